"""How complete a city is, how old: hand-counted cases."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from control_center.open_data.collections import COLLECTIONS
from control_center.open_data.freshness import LATE, Frequency, freshness
from control_center.open_data.holdings import Held
from control_center.open_data.preparing import rounded_residents
from control_center.open_data.quality import Share, absent, cuts_assumed, shares
from twin.store.layers import WATCHED

NOW = datetime(2026, 11, 20, tzinfo=UTC)

LIGHTS = pl.DataFrame(
    {
        "code": list("abcdefgh"),
        "supplied_by": ["F1", "F1", "F2", "A2", "A2", "A2", None, "A3"],
        "supply_rung": [0, 1, 2, 3, 4, 2, None, 3],
        "lamp_w": [70.0, 70.0, None, None, None, None, None, None],
        "mains_w": [None, None, 80.0, 80.0, None, None, None, None],
        "mains_estimate_w": [77.0, 77.0, None, None, None, None, None, None],
        "mains_estimated": [None, True, False, True, None, None, None, None],
        "on_feeder": [True, True, True, False, False, False, False, False],
        "on_street": [True] * 6 + [False] * 2,
    }
)
FEEDERS = pl.DataFrame({"code": ["F1", "F2"], "supplied_by": ["A1", "A2"]})
CABINETS = pl.DataFrame(
    {
        "code": ["A1", "A2", "A3", "A4"],
        "plinth_m": [0.35, 0.2, None, 0.3],
        "plinth_source": ["measured", "assumed", None, "plan"],
        "ground_m_ngf": [12.4, 12.6, 13.0, None],
        "ground_error_m": [None, 0.2, 9.7, None],
    }
)
LAYERS = {"streetlights": LIGHTS, "feeders": FEEDERS, "cabinets": CABINETS}


def read(name: str) -> Held:
    return Held(COLLECTIONS[name], LAYERS[name], NOW, "")


def counted(watched: pl.DataFrame | None = None) -> dict[str, tuple[int, int, int]]:
    seen = WATCHED.to_frame() if watched is None else watched
    found = shares(read, seen, set(LAYERS))
    return {share.key: (share.known, share.assumed, share.unknown) for share in found}


def test_what_is_registered_inferred_and_unknown_is_told_apart() -> None:
    found = counted()
    assert found["supply"] == (4, 3, 1)  # rungs 0-2, 3-4, none
    assert found["feeder"] == (3, 0, 5)
    assert found["wattage"] == (2, 2, 4)  # a, c published; b, d estimated at the mains
    assert found["mains"] == (1, 3, 4)  # c published; a, b with usual gear, d its publisher's guess
    assert found["on_street"] == (6, 0, 2)
    assert found["plinth"] == (2, 1, 1)  # surveyed or from a plan; assumed; none
    assert found["ground"] == (1, 1, 2)  # of a register; of a fine grid; of a coarse one, or none


def test_what_is_watched_is_counted_by_the_property_that_most_things_have() -> None:
    rows = [
        ("streetlight", "lamp_on", 3, NOW),
        ("streetlight", "active_power", 5, NOW),
        ("streetlight", "air_temperature", 8, NOW),
        ("cabinet", "active_energy", 9, None),
    ]
    found = counted(pl.DataFrame(rows, schema=WATCHED, orient="row"))
    assert found["lamp_watched"] == (5, 0, 3)
    assert found["cabinet_meter"] == (4, 0, 0)  # never more than there are


def test_cuts_are_assumed_in_proportion_to_the_lights_below() -> None:
    # A1 (2 lights) is sure; A2 (4) and A3 (1) are not; the light without supply counts nowhere
    assert cuts_assumed(read, set(LAYERS)) == pytest.approx(5 / 7)
    assert cuts_assumed(read, {"streetlights"}) is None


def test_layers_that_are_waited_for_are_named() -> None:
    assert "river_gauges" in absent(set(LAYERS))
    assert not {"cabinets", "feeders", "streetlights"} & set(absent(set(LAYERS)))


@given(st.integers(0, 99), st.integers(0, 99), st.integers(0, 99))
def test_parts_make_a_whole(known: int, assumed: int, unknown: int) -> None:
    share = Share("plinth", "cabinets", known, assumed, unknown)
    parts = [share.part(count) for count in (known, assumed, unknown)]
    assert sum(parts) == pytest.approx(1 if share.whole else 0)
    assert share.missing == pytest.approx(parts[1] + parts[2])


@given(st.floats(0, 1e5))
def test_few_residents_are_never_told(residents: float) -> None:
    frame = pl.DataFrame({"residents": [residents]})
    [told] = frame.select(rounded_residents("residents"))["residents"]
    if 0 < residents < 100:
        assert told is None
    else:
        assert told % 10 == 0
        assert abs(told - residents) <= 5


# ------------------------------------------------------------------------------------- how old
def test_a_data_set_grows_stale_past_one_and_a_half_of_its_period() -> None:
    year = timedelta(days=366)
    for age, stale in ((0.5 * year, False), (1.49 * year, False), (1.51 * year, True)):
        found = freshness("annual", 1, NOW - age, NOW - age, NOW)
        assert (found.frequency, found.declared, found.stale) == (Frequency.ANNUAL, True, stale)
    assert LATE == 1.5


@pytest.mark.parametrize(
    ("days", "times", "expected"),
    [
        (0, 1, Frequency.UNKNOWN),
        (365, 2, Frequency.UNKNOWN),  # two imports are no rhythm
        (2, 3, Frequency.DAILY),
        (60, 3, Frequency.MONTHLY),
        (700, 3, Frequency.ANNUAL),
        (2000, 3, Frequency.UNKNOWN),
    ],
)
def test_a_rhythm_is_read_from_the_imports(days: int, times: int, expected: Frequency) -> None:
    last = NOW - timedelta(hours=1)
    found = freshness("", times, last - timedelta(days=days), last, NOW)
    assert (found.frequency, found.declared, found.stale) == (expected, False, False)


def test_what_never_came_or_has_no_rhythm_is_not_called_stale() -> None:
    long_ago = NOW - timedelta(days=5000)
    assert not freshness("", 1, long_ago, long_ago, NOW).stale
    assert not freshness("never", 1, long_ago, long_ago, NOW).stale
    assert not freshness("annual", 0, None, None, NOW).stale
    assert freshness("a word of nobody", 1, NOW, NOW, NOW).frequency is Frequency.UNKNOWN


def test_frequencies_are_those_of_the_eu() -> None:
    assert Frequency.ANNUAL.uri.endswith("/frequency/ANNUAL")
    assert Frequency.CONTINUOUS.uri.endswith("/frequency/CONT")
    assert Frequency.BIANNUAL.uri.endswith("/frequency/ANNUAL_2")
