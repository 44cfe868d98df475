"""What people record: a cut, a burnt cabinet, works; their latches, their cards, their proofs."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin.incidents.test_latch import (
    MINUTE,
    MOMENT,
    START,
    STORY,
    T,
    facts,
    latched,
    told,
)
from tests.twin.incidents.town import (
    A112,
    A113,
    A114,
    D4,
    SUBSTATION,
    extent,
    flood,
    lit_town,
    look,
    place,
    ranks,
    tell,
    town,
)
from tests.twin.incidents.town import T as NOW
from twin.incidents.causes import causes
from twin.incidents.city import City
from twin.incidents.declared import Declared, declared_out, works_since
from twin.incidents.describe import describe
from twin.incidents.latch import (
    AWAITING,
    BURNT,
    DSO_CUT,
    NO_POWER,
    NORMAL,
    PLANNED,
    REASONS,
    RECOVERING,
    TRIPPED,
)
from twin.incidents.latching import advance
from twin.incidents.light_states import OFF
from twin.incidents.proof import Document, seal, stamp
from twin.incidents.proof_check import check
from twin.incidents.times import NEVER
from twin.incidents.understanding import Understanding
from twin.model.states import CauseKind, LightState

CUT, FIRE, WORKS = CauseKind.DISTRIBUTOR_CUT, CauseKind.BURNT_CABINET, CauseKind.WORKS_ORDER
HOUR = 60 * MINUTE
NONE = np.empty(0, np.int64)


def cause(kind: CauseKind = CUT, **more: Any) -> Declared:
    known: dict[str, Any] = {
        "code": "C-2026-0001",
        "title": "",
        "reference": "ENE-77",
        "starts_at": T,
        "until": NEVER,
        "ended_at": NEVER,
        "withdrawn_at": NEVER,
        "devices": np.array([0]),
        "lights": NONE,
    }
    return Declared(kind=kind, **{**known, **more})


# when a cause holds


def test_a_cut_holds_from_its_beginning_to_its_announced_end_or_to_the_recorded_one() -> None:
    planned = cause(until=T + HOUR)
    assert [planned.holds(T + k) for k in (-1, 0, HOUR - 1, HOUR)] == [False, True, True, False]
    assert planned.over_at(T + 2 * HOUR) == T + HOUR
    earlier = replace(planned, ended_at=T + 10 * MINUTE)
    assert not earlier.holds(T + 10 * MINUTE)
    later = replace(planned, ended_at=T + 3 * HOUR)  # the notice was wrong: people say so
    assert later.holds(T + 2 * HOUR)
    assert later.over_at(T + 4 * HOUR) == T + 3 * HOUR
    assert cause().holds(T + 10**6 * HOUR)


def test_what_is_burnt_lasts_whatever_end_was_hoped_for() -> None:
    assert cause(FIRE, until=T + HOUR).holds(T + 9 * HOUR)
    assert not cause(FIRE, ended_at=T + HOUR).holds(T + 9 * HOUR)


def test_a_withdrawn_cause_never_held() -> None:
    assert not cause(withdrawn_at=T + HOUR).holds(T + MINUTE)


def test_of_several_causes_at_a_device_the_gravest_that_holds_counts() -> None:
    both = np.array([0, 1])
    found = declared_out(
        [
            cause(FIRE, devices=np.array([1]), starts_at=T + MINUTE),
            cause(CUT, devices=both),
            cause(WORKS, devices=both, starts_at=T + 2 * MINUTE),
            cause(FIRE, devices=np.array([2]), ended_at=T + 3 * MINUTE),
            cause(CUT, devices=np.array([3]), starts_at=T + 99 * HOUR),
        ],
        5,
        T + HOUR,
    )
    assert found.cause.tolist() == [1, 0, 3, -1, -1]
    assert found.reason.tolist() == [DSO_CUT, BURNT, BURNT, 0, 0]
    assert found.since.tolist() == [T, T + MINUTE, NEVER, NEVER, NEVER]
    assert found.over_at.tolist() == [NEVER, NEVER, T + 3 * MINUTE, NEVER, NEVER]


def test_a_light_under_two_works_is_worked_on_since_the_first() -> None:
    orders = [
        cause(WORKS, lights=np.array([1, 2]), starts_at=T + MINUTE),
        cause(WORKS, lights=np.array([2, 3]), starts_at=T),
        cause(CUT, lights=np.array([0])),
    ]
    assert works_since(orders, 5, T + HOUR).tolist() == [NEVER, T + MINUTE, T, T, NEVER]


# the latch

CUT_OFF = {"declared_since": T, "declared_reason": DSO_CUT, "p_declared": 0.97}
BURNED = {"declared_since": T, "declared_reason": BURNT, "p_declared": 0.99}
OVER = {"declared_over": T + HOUR, "declared_reason": DSO_CUT}


def because(latch: Any) -> str:
    return REASONS[int(latch.reason[0])].value


def cut_off(**known: Any) -> Any:
    return advance(START, facts(**CUT_OFF, **known), T + 1)[0]


def test_a_cut_puts_out_by_notice_and_gives_back_by_itself() -> None:
    assert told(START, **CUT_OFF) == ("tripped", T, "announced", 0.97)
    latch = cut_off()
    assert because(latch) == "dso_cut"
    assert told(latch, T + HOUR, **OVER) == ("normal", T + HOUR, "announced", 0)
    assert told(latch, T + HOUR, **OVER, watched=True)[:2] == ("recovering", T + HOUR)
    back = {"supply": 1, "supply_at": T + HOUR + 5 * MINUTE}
    assert told(latch, T + 2 * HOUR, **OVER, **back, watched=True) == (
        "normal", T + HOUR + 5 * MINUTE, "measured", 0,
    )  # fmt: skip


def test_power_that_does_not_come_back_in_its_hour_rings_and_late_power_still_clears_it() -> None:
    latch = cut_off()
    dead = {"supply": 0, "supply_at": T + HOUR + MINUTE}  # before its deadline nothing is said
    waits, _ = advance(latch, facts(**OVER, **dead, watched=True), T + HOUR + 2 * MINUTE)
    assert waits.state[0] == RECOVERING
    rings, _ = advance(waits, facts(**OVER, watched=True), T + 2 * HOUR + MINUTE)
    assert (rings.state[0], because(rings), rings.probability[0]) == (AWAITING, "dso_cut", 0.5)
    assert told(rings, T + 9 * HOUR, supply=1, supply_at=T + 5 * HOUR, watched=True)[0] == "normal"


def test_a_meter_that_shows_supply_disproves_a_notice_and_a_loss_after_it_is_the_cuts() -> None:
    alive = {"supply": 1, "supply_at": T + 5 * MINUTE}
    assert told(START, **CUT_OFF, **alive)[0] == "normal"
    latch = advance(cut_off(), facts(**CUT_OFF, **alive), T + 6 * MINUTE)[0]
    assert latch.state[0] == NORMAL
    dead = {"supply": 0, "supply_at": T + 9 * MINUTE}
    latch = advance(latch, facts(**CUT_OFF, **dead), T + 10 * MINUTE)[0]
    assert (latch.state[0], because(latch)) == (TRIPPED, "dso_cut")


def test_a_loss_is_the_cuts_where_it_began_with_it_and_not_where_it_began_long_before() -> None:
    for before, reason in ((5 * MINUTE, "dso_cut"), (5 * HOUR, "no_power")):
        known = {"supply": 0, "supply_at": T - before}
        lost = advance(START, facts(**known), T - before + 1)[0]
        after = advance(lost, facts(**CUT_OFF, **known), T + MINUTE)[0]
        assert (because(after), after.since[0]) == (reason, T - before)
    burnt = advance(lost, facts(**BURNED, **known), T + MINUTE)[0]
    assert because(burnt) == "burnt"  # a person saw why it had been out


def test_what_is_burnt_stays_out_until_it_was_replaced() -> None:
    assert told(START, **BURNED) == ("tripped", T, "observed", 0.99)
    latch = advance(START, facts(**BURNED), T + 1)[0]
    alive = {"supply": 1, "supply_at": T + 30 * MINUTE}
    assert told(latch, **BURNED, **alive)[0] == "tripped"
    repaired = {"declared_over": T + HOUR, "declared_reason": BURNT}
    assert told(latch, T + HOUR, **repaired) == ("normal", T + HOUR, "observed", 0)
    assert told(latch, T + HOUR, **repaired, watched=True)[0] == "recovering"


def test_water_in_a_cut_zone_stays_when_the_power_is_back() -> None:
    water = {"wet_since": T + 10 * MINUTE, "p_trip": 0.97}
    latch = advance(cut_off(), facts(**CUT_OFF, **water), T + 11 * MINUTE)[0]
    assert because(latch) == "flooded"
    latch = advance(latch, facts(**OVER, **water, watched=True), T + HOUR)[0]
    assert (latch.state[0], because(latch)) == (TRIPPED, "flooded")
    # known at once: the cut is over, the water is there
    latch = advance(cut_off(), facts(**OVER, **water, watched=True), T + HOUR)[0]
    assert (latch.state[0], because(latch)) == (TRIPPED, "flooded")


def test_an_inspected_cabinet_in_a_zone_still_cut_is_out_by_the_cut() -> None:
    for watched in (True, False):
        latch = latched(AWAITING, T + MINUTE)
        known = facts(**CUT_OFF, inspected_at=T + HOUR, watched=watched)
        after = advance(latch, known, T + HOUR + 1)[0]
        assert (after.state[0], because(after), after.since[0]) == (TRIPPED, "dso_cut", T + HOUR)


def test_a_withdrawn_notice_leaves_what_is_measured() -> None:
    withdrawn = {"declared_over": T + HOUR, "declared_reason": DSO_CUT, "withdrawn": True}
    assert told(cut_off(), T + HOUR, **withdrawn, watched=True)[:2] == ("normal", T + HOUR)
    dead = {"supply": 0, "supply_at": T + 2 * MINUTE}
    lost = advance(cut_off(), facts(**withdrawn, **dead, watched=True), T + HOUR)[0]
    assert (lost.state[0], because(lost)) == (TRIPPED, "no_power")


TOLD = st.fixed_dictionaries(
    {
        **STORY,
        "declared_since": MOMENT,
        "declared_reason": st.sampled_from([DSO_CUT, PLANNED, BURNT]),
        "p_declared": st.floats(0.9, 1),
        "withdrawn": st.booleans(),
    }
)


@given(
    st.sampled_from([NORMAL, TRIPPED, AWAITING, RECOVERING]),
    TOLD,
    st.sampled_from(["holds", "over"]),
)
def test_assessing_twice_changes_nothing_more(
    state: int, known: dict[str, Any], moment: str
) -> None:
    now = T + 300 * MINUTE
    if moment == "over" and known["declared_since"] > NEVER:
        known = {**known, "declared_over": known["declared_since"], "declared_since": NEVER}
    reason = known["declared_reason"]
    start = replace(
        latched(state, probability=0.9 * (state in {TRIPPED, AWAITING})),
        reason=np.array([reason], np.int8),
    )
    first, _ = advance(start, facts(**known), now)
    again, changes = advance(first, facts(**known), now)
    assert changes == []
    assert again.state[0] == first.state[0]
    assert (first.probability[0] > 0) == first.out[0]


@given(TOLD)
def test_without_water_or_contrary_news_a_cut_that_holds_is_out_and_one_that_is_over_is_not(
    known: dict[str, Any],
) -> None:
    quiet = {"wet_since": NEVER, "supply": -1, "lights_out_at": NEVER, "lights_lit_at": NEVER}
    known = {**known, **quiet, "declared_since": T, "inspected_at": NEVER}
    latch = advance(START, facts(**known), T + 300 * MINUTE)[0]
    assert latch.out[0]
    over = {**known, "declared_since": NEVER, "declared_over": T + 290 * MINUTE}
    assert not advance(latch, facts(**over), T + 300 * MINUTE)[0].out[0]


# the town


@pytest.fixture(scope="module")
def city() -> City:
    return town()


def recorded(city: City, kind: CauseKind, *devices: int, **more: Any) -> Declared:
    """A cause recorded of some devices, ten minutes ago."""
    places = np.array([place(city, device) for device in devices], np.int64)
    supply = city.supply
    below = [np.arange(supply.first_light[p], supply.last_light[p]) for p in places]
    lights = np.concatenate(below) if kind is WORKS and below else NONE
    known = {"starts_at": NOW - 10 * MINUTE, "devices": places, "lights": lights}
    return cause(kind, **{**known, **more})


def states(city: City, known: Understanding, *lights: int) -> set[str]:
    return {LightState(s).name for s in known.lights.state[ranks(city, *lights)]}


def cards(city: City, observed: Any, known: Understanding) -> dict[str, Document]:
    """Every card with its proof, which must pass the independent check."""
    found = {}
    for each in causes(city, observed, known):
        body = describe(city, observed, known, each)
        territory = {"slug": "essai", "name": "Essai", "simulated": True}
        sealed = seal(body, incident="I-2026-0001", version=1, as_of=NOW, territory=territory)
        assert check(sealed.text, sealed.sha256) == []
        found[each.root_key] = sealed.document
    return found


@pytest.fixture
def observed(city: City) -> Any:
    return lit_town(city, NOW - 10 * MINUTE)  # every light was lit a quarter of an hour ago


def test_a_cut_is_one_card_for_all_its_cabinets_and_says_until_when(
    city: City, observed: Any
) -> None:
    cut = recorded(city, CUT, A112, A113, until=NOW + HOUR)
    known = look(city, observed, declared=[cut])
    assert states(city, known, *range(101, 115)) == {"INFERRED_DARK"}
    (proof,) = cards(city, observed, known).values()
    assert (proof["kind"], proof["root"]["code"]) == ("distributor_cut", "C-2026-0001")
    assert proof["headline"]["lights"] == 14
    assert proof["claim"]["basis"] == "announced"
    assert proof["claim"]["until"] == stamp(NOW + HOUR)
    steps = [(link["step"], link["basis"], link["source"]) for link in proof["chain"][:2]]
    assert steps == [("cut", "announced", "distributor"), ("supply_lost", "announced", "notice")]
    assert "cause" not in proof["unknown"]
    assert "dso_cut" not in [one["cause"] for one in proof["ruled_out"]]


def test_a_burnt_cabinet_was_seen_and_its_lights_are_confirmed(city: City, observed: Any) -> None:
    known = look(city, observed, declared=[recorded(city, FIRE, A112)])
    assert states(city, known, *range(101, 111)) == {"CONFIRMED_DARK"}
    (proof,) = cards(city, observed, known).values()
    assert proof["root"]["code"] == "A-112"
    assert proof["claim"]["basis"] == "observed"


def test_works_in_their_window_are_dark_by_design(city: City, observed: Any) -> None:
    order = recorded(city, WORKS, A114, title="Remplacement du câble", until=NOW + HOUR)
    off = tell(observed.lights, ranks(city, *range(115, 121)), reported=OFF, reported_at=NOW)
    observed = replace(observed, lights=off)
    known = look(city, observed, declared=[order])
    assert states(city, known, *range(115, 121)) == {"MAINTENANCE"}
    found = cards(city, observed, known)
    assert found.keys() == {"works:C-2026-0001"}
    proof = found["works:C-2026-0001"]
    assert proof["claim"]["verdict"] == "maintenance"
    assert proof["headline"]["lights"] == 6
    assert proof["headline"]["gateways"] == 1  # it hangs on A-114: explained, not alarmed


def test_lights_dark_after_their_works_are_an_incident(city: City, observed: Any) -> None:
    order = recorded(city, WORKS, A114, until=NOW - 5 * MINUTE)
    during = look(city, observed, declared=[replace(order, until=NEVER)])
    off = tell(
        observed.lights, ranks(city, *range(115, 121)), reported=OFF, reported_at=NOW - MINUTE
    )
    observed = replace(observed, lights=off)
    known = look(city, observed, declared=[order], latch=during.latch)
    assert states(city, known, *range(115, 121)) == {"CONFIRMED_DARK"}
    assert not [key for key in cards(city, observed, known) if key.startswith("works:")] or (
        known.latch.state[place(city, A114)] == RECOVERING
    )


def test_works_on_a_street_explain_its_lights_and_put_no_device_out(
    city: City, observed: Any
) -> None:
    order = recorded(city, WORKS, lights=ranks(city, 101, 102).astype(np.int64))
    known = look(city, replace(observed, lights=tell(observed.lights, ranks(city, 101, 102),
                 reported=OFF)), declared=[order])  # fmt: skip
    assert states(city, known, 101, 102) == {"MAINTENANCE"}
    assert not known.latch.out.any()


def test_where_a_flood_meets_a_cut_each_cabinet_hangs_on_its_own_cause(
    city: City, observed: Any
) -> None:
    """A-112 stands in the water, A-113 and A-114 are dry: all three are in the zone cut."""
    water = flood(extent(city, NOW - 8 * MINUTE, (-0.551, -0.5495, 0.62)))
    cut = recorded(city, CUT, A112, A113, A114)
    known = look(city, observed, water, declared=[cut])
    found = cards(city, observed, known)
    assert found.keys() == {"flood:crue-demo", "distributor_cut:C-2026-0001"}
    by_flood, by_cut = found["flood:crue-demo"], found["distributor_cut:C-2026-0001"]
    assert [device["code"] for device in by_flood["devices"]] == ["A-112"]
    assert [device["code"] for device in by_cut["devices"]] == ["A-114", "A-113"]
    assert by_flood["headline"]["lights"] + by_cut["headline"]["lights"] == 20
    # the quay hangs on A-112 and on A-113: each card tells its own part of it
    (wet,) = (s for s in by_flood["streets"] if s["slug"] == "quai-des-tanneurs")
    (dry,) = (s for s in by_cut["streets"] if s["slug"] == "quai-des-tanneurs")
    assert (wet["device"], dry["device"]) == ("A-112", "A-113")
    assert wet["inferred"] + dry["inferred"] == 8


def test_a_burnt_cabinet_below_a_cut_substation_stays_a_card_of_its_own(
    city: City, observed: Any
) -> None:
    fire = recorded(city, FIRE, A112, code="C-2026-0002")
    known = look(city, observed, declared=[recorded(city, CUT, SUBSTATION), fire])
    found = cards(city, observed, known)
    assert found.keys() == {"distributor_cut:C-2026-0001", "burnt_cabinet:C-2026-0002"}
    # when the power is back the burnt one still keeps its own in the dark
    assert found["burnt_cabinet:C-2026-0002"]["headline"]["lights"] == 10
    assert found["distributor_cut:C-2026-0001"]["headline"]["lights"] == 10


def test_a_cut_that_ended_is_watched_on_its_own_card(city: City, observed: Any) -> None:
    cut = recorded(city, CUT, A112)
    before = look(city, observed, declared=[cut])
    over = replace(cut, ended_at=NOW - MINUTE)
    known = look(city, observed, declared=[over], latch=before.latch)
    assert known.latch.state[place(city, A112)] == RECOVERING
    (card,) = causes(city, observed, known)
    assert (card.root_key, card.status) == ("distributor_cut:C-2026-0001", "recovering")


def test_a_loss_by_notice_without_its_notice_is_found_by_the_check(
    city: City, observed: Any
) -> None:
    known = look(city, observed, declared=[recorded(city, CUT, D4)])
    (each,) = causes(city, observed, known)
    body = describe(city, observed, known, each)
    body["chain"] = [link for link in body["chain"] if link["step"] != "cut"]
    sealed = seal(body, incident="I-2026-0001", version=1, as_of=NOW, territory={})
    assert any("no link (cut)" in problem for problem in check(sealed.text))


def test_every_reason_that_people_record_is_told_apart() -> None:
    assert len({REASONS[k] for k in (NO_POWER, DSO_CUT, PLANNED, BURNT)}) == 4
