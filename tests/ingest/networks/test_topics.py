"""What ingest subscribes to: each network's topics, and none of them twice."""

import pytest
from paho.mqtt.client import topic_matches_sub

from ingest.networks import Networks

TOPICS = [
    "application/17c82e96-be03-4f38-aef3-f83d48582d97/device/0101010101010101/event/up",
    "application/3/device/02aaaa0100000014/event/error",
    "application/3/device/02aaaa0100000014/rx",
    "v3/app1@city/devices/valve-7/up",
    "v3/app1/devices/valve-7/down/ack",
    "v3/app1/devices/valve-7/location/solved",
    "fifo/lamps",
    "router/~event/v1/data/new/typ/x/dev/y/con/lora/evt/z/grp/a/b",
    "helium/0a/rx",
    "eu868/gateway/0016c001f153a14c/state/conn",
    "gateway/0016c001f153a14c/event/stats",
    "spBv1.0/ville/NBIRTH/n1",
    "spBv1.0/ville/DDATA/n1/meter",
    "zigbee2mqtt/Salle 3/fenêtre",
    "zigbee2mqtt/plug/availability",
    "tele/cour/plug/SENSOR",
    "stat/plug/RESULT",
    "shellies/shelly1-A1B2C3/relay/0/power",
    "shellypro4pm-f008d1d8b8b8/events/rpc",
    "shellypro4pm-f008d1d8b8b8/online",
    "reverbere/reading/meter-7",
    "replay/1763582072123456/application/a/device/b/event/up",
]


@pytest.mark.parametrize("topic", TOPICS)
def test_each_topic_is_delivered_once(topic: str) -> None:
    matching = [wanted for wanted in Networks().topics if topic_matches_sub(wanted, topic)]
    assert len(matching) == 1, matching


@pytest.mark.parametrize("topic", TOPICS)
def test_each_topic_has_its_network(topic: str) -> None:
    source, _ = Networks().read(topic, b'{"x":')
    assert source != "unknown" or topic.startswith("replay/")


def test_lines_of_an_export_come_by_a_replay_alone() -> None:
    topic = "reception/d1d1e80000000033"
    assert not any(topic_matches_sub(wanted, topic) for wanted in Networks().topics)
    assert Networks().read(topic, b'{"x":')[0] == "reception_export"


def test_orders_and_radio_frames_are_not_subscribed_to() -> None:
    for topic in (
        "application/a/device/b/command/down",
        "eu868/gateway/x/event/up",
        "cmnd/x/POWER",
    ):
        assert not any(topic_matches_sub(wanted, topic) for wanted in Networks().topics)
