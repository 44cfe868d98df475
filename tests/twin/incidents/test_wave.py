"""Outages that come together are one event; those that do not stay alone."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from twin.incidents.causes import Cause
from twin.incidents.times import SECOND
from twin.incidents.wave import LEAST, gather

MINUTE = 60 * SECOND


def outage(number: int, minute: float, kind: str = "cabinet_out", status: str = "open") -> Cause:
    at = round(minute * MINUTE)
    lights = np.arange(number * 10, number * 10 + number)
    return Cause(
        kind, f"cabinet:A-{number}", status, at, at, number, np.array([number]), lights=lights
    )


def keys(*causes: Cause, known: tuple[str, ...] = ()) -> list[str]:
    return [cause.root_key for cause in gather(causes, known)]


def test_two_stay_alone_and_the_third_within_ten_minutes_makes_an_event() -> None:
    assert keys(outage(1, 0), outage(2, 5)) == ["cabinet:A-1", "cabinet:A-2"]
    assert keys(outage(1, 0), outage(2, 5), outage(3, 11)) == [f"cabinet:A-{k}" for k in (1, 2, 3)]
    [event] = gather([outage(1, 0), outage(2, 5), outage(3, 10)])
    assert (event.kind, event.root_key, event.opened_at) == ("area_out", "area_out:0", 0)
    assert event.devices.tolist() == [3, 2, 1]  # the one with most dark lights first
    assert event.lights.tolist() == [10, 20, 21, 30, 31, 32]
    assert event.changed_at == 10 * MINUTE


def test_an_event_takes_in_an_hour_and_no_more() -> None:
    found = keys(outage(1, 0), outage(2, 1), outage(3, 2), outage(4, 60), outage(5, 61))
    assert found == ["area_out:0", "cabinet:A-5"]


def test_an_open_event_keeps_its_last_and_ends_with_it() -> None:
    assert keys(outage(3, 2), known=("area_out:0",)) == ["area_out:0"]
    assert keys(outage(9, 200), known=("area_out:0",)) == ["cabinet:A-9"]
    [event] = gather([outage(1, 0, status="recovering")], ("area_out:0",))
    assert event.status == "recovering"


def test_floods_lamps_and_works_are_never_gathered_nor_gateways_with_cabinets() -> None:
    others = [outage(k, 0, kind) for k, kind in enumerate(("flood", "lamp_failure", "works"))]
    assert {cause.kind for cause in gather(others)} == {"flood", "lamp_failure", "works"}
    mixed = [outage(1, 0), outage(2, 0), outage(3, 0, "gateway_silent")]
    assert len(gather(mixed)) == 3


@given(st.lists(st.integers(0, 300), max_size=30), st.randoms())
def test_nothing_is_lost_and_the_order_does_not_matter(minutes: list[int], dice: object) -> None:
    causes = [outage(k + 1, minute) for k, minute in enumerate(minutes)]
    shuffled = list(causes)
    dice.shuffle(shuffled)  # type: ignore[attr-defined] # a Random of Hypothesis
    found = gather(causes)
    assert keys(*shuffled) == [cause.root_key for cause in found]
    devices = np.sort(np.concatenate([np.empty(0, int), *(cause.devices for cause in found)]))
    assert devices.tolist() == list(range(1, len(minutes) + 1))
    alone = sorted(cause.opened_at for cause in found if cause.kind == "cabinet_out")
    for first, last in zip(alone, alone[LEAST - 1 :], strict=False):
        assert last - first > 10 * MINUTE
