"""Who heard a frame, in every network's words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.receptions import Reception, receptions_of

EUI = "0016c001f153a14c"


@pytest.mark.parametrize(
    "raw",
    [
        b'[{"gatewayId":"0016c001f153a14c","rssi":-97,"snr":7.5}]',
        b'[{"gatewayID":"0016C001F153A14C","rssi":-97,"loRaSNR":7.5}]',
        b'[{"gatewayID":"ABbAAfFToUw=","rssi":-97,"loRaSNR":7.5}]',
        b'[{"gateway_ids":{"gateway_id":"0016c001f153a14c"},"rssi":-97,"snr":7.5}]',
        b'[{"Lrrid":"0016C001F153A14C","LrrRSSI":"-97","LrrSNR":"7.5"}]',
        b'[{"mac":"0016c001f153a14c","rssi":-97,"loRaSNR":7.5}]',
    ],
)
def test_networks_say_it_in_their_own_words(raw: bytes) -> None:
    assert receptions_of(raw) == [Reception(EUI, -97.0, 7.5)]


def test_copies_are_heard_by_all_of_their_gateways_the_best_first() -> None:
    first = b'[{"gatewayId":"b","rssi":-110}]'
    second = b'[{"gatewayId":"a","rssi":-80},{"gatewayId":"b","rssi":-90}]'
    raw = first + b"\n" + second
    assert [(one.gateway, one.rssi) for one in receptions_of(raw)] == [("a", -80), ("b", -90)]


@given(st.binary() | st.from_regex(r"\[\{.*\}\]", fullmatch=True).map(str.encode))
def test_what_cannot_be_read_says_nothing(raw: bytes) -> None:
    assert all(isinstance(one, Reception) for one in receptions_of(raw))
