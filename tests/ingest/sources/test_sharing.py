"""Of several workers each has its share of the messages, and one has all that come in order."""

from ingest.networks import IN_ORDER, TOPICS
from ingest.sources.sharing import subscriptions

GROUP = "reverbere-essai"


def test_a_worker_alone_has_everything_and_no_share() -> None:
    wanted, left = subscriptions(TOPICS, group=GROUP, workers=1, in_order=IN_ORDER)
    assert wanted == list(TOPICS)
    assert left == [f"$share/{GROUP}/{topic}" for topic in TOPICS]


def test_what_must_come_in_order_goes_to_the_first_alone() -> None:
    first, second = (
        subscriptions(TOPICS, group=GROUP, workers=2, in_order=IN_ORDER, first=one)
        for one in (True, False)
    )
    assert "spBv1.0/#" in first.wanted
    assert not any("spBv1.0" in topic for topic in second.wanted)
    assert [topic for topic in first.wanted if topic not in IN_ORDER] == second.wanted
    assert all(topic.startswith(f"$share/{GROUP}/") for topic in second.wanted)
    everything = {*TOPICS, *(f"$share/{GROUP}/{topic}" for topic in TOPICS)}
    for one in (first, second):
        assert set(one.wanted) | set(one.left) == everything
        assert not set(one.wanted) & set(one.left)
