"""A cut or works announced to end at another time: both ends kept, told, proven, counted."""

import json
from datetime import timedelta

import pytest

from control_center import declaring, returns
from control_center.pages.street_view import street_view
from tests.assessment.stored_town import StoredTown
from tests.assessment.test_declaring import CUT, EAST, FIRE, HOUR, WORKS, proven, record, run
from twin.errors import Conflict, NotFound, Refused
from twin.store.city import CityReader
from twin.store.declared import CauseReader
from twin.store.incidents import IncidentReader
from twin.store.returns import ReturnReader


def told(town: StoredTown, slug: str = "rue-haute") -> str:
    """What the residents of a street are told, short and long."""
    territory = CityReader(town.database).territory()
    view = street_view(town.database, territory, town.now, "fr", slug)
    (one,) = view.told
    return f"{one.spoken.medium} {one.spoken.long}".replace("\u00a0", " ")


def test_an_extended_cut_says_so_keeps_both_ends_and_gets_a_new_proof(
    town: StoredTown, reader: IncidentReader
) -> None:
    first_end = town.now + 3 * HOUR
    code = record(town, CUT, area=EAST, until=first_end)
    first = proven(town, reader)
    assert returns.run(town.database, town.clock) == 1
    assert "prolongée" not in told(town)
    town.later(20)
    for _ in range(2):  # sent twice, done once
        found = declaring.move_end(town.database, town.clock, "Karim", code, first_end + HOUR)
    assert (found.until, found.until_before, found.moved) == (
        first_end + HOUR, first_end, "extended",
    )  # fmt: skip
    assert (found.moved_by, found.moved_at) == ("Karim", town.now)
    (kept,) = CauseReader(town.database).terms(code)
    assert kept == (town.now, "Karim", first_end, first_end + HOUR)
    second = proven(town, reader)
    assert second.proof_version == first.proof_version + 1
    assert {"until", "until_before"} <= second.claim.keys()
    assert "until_before" not in reader.proof(first.code, first.proof_version)["claim"]
    assert "prolongée jusqu’à" in told(town)
    assert returns.run(town.database, town.clock) == 1  # the return that was announced moves along
    windows = ReturnReader(town.database).announced(first.code)
    assert {window.earliest for window in windows} == {first_end, first_end + HOUR}
    assert returns.run(town.database, town.clock) == 0
    acts_told = town.sql("SELECT person, act, detail ->> 'until_before' FROM audit ORDER BY id")
    assert acts_told[1:] == [("Karim", "cause_term", first_end.isoformat())]


def test_what_was_known_before_the_end_was_moved_is_still_known(town: StoredTown) -> None:
    first_end = town.now + 3 * HOUR
    code = record(town, CUT, "A-113", until=first_end)
    before = town.now
    town.later(20)
    declaring.move_end(town.database, town.clock, "Karim", code, first_end - HOUR)
    reader = CauseReader(town.database)
    (then,), (now,) = reader.known_at(before), reader.known_at(town.now)
    assert (then.until, then.moved) == (first_end, None)
    assert (now.until, now.moved) == (first_end - HOUR, "shortened")
    assert reader.known_at(before - timedelta(minutes=1)) == []  # nobody had said so yet
    long_after = first_end + HOUR
    assert reader.known_at(long_after) == []
    assert len(reader.known_at(long_after, 3 * HOUR)) == 1


def test_works_are_extended_and_a_cut_whose_hour_has_passed_holds_again(
    town: StoredTown, reader: IncidentReader
) -> None:
    works = record(town, WORKS, "D4", title="Câble", until=town.now + HOUR)
    town.later(10)
    town.all_lit(but=range(115, 121))
    town.say_all(range(115, 121), lamp_on=0, active_power=0, dimming_level=100)
    declaring.move_end(town.database, town.clock, "Karim", works, town.now + 2 * HOUR)
    assert proven(town, reader).kind == "works"
    assert "prolongés jusqu’à" in told(town)
    declaring.end(town.database, town.clock, "Karim", works)
    cut = record(town, CUT, "A-112", until=town.now + HOUR)
    town.later(70)
    assert CauseReader(town.database).one(cut).state(town.now) == "over"  # type: ignore[union-attr]
    found = declaring.move_end(town.database, town.clock, "Karim", cut, town.now + HOUR)
    assert found.state(town.now) == "holds"
    assert "distributor_cut" in {
        one.kind for one in reader.open_incidents() if one.status == "open"
    }


def test_an_end_that_cannot_be_is_refused(
    town: StoredTown, capsys: pytest.CaptureFixture[str]
) -> None:
    cut = record(town, CUT, "A-113", until=town.now + HOUR)
    fire = record(town, FIRE, "A-112")
    later = record(town, CUT, "A-114", starts_at=town.now + 5 * HOUR)
    town.later(10)
    for code, until, rule in (
        (cut, town.now - timedelta(minutes=1), "past_end"),
        (cut, town.now - HOUR, "reversed_window"),
        (later, town.now + HOUR, "reversed_window"),
        (cut, town.now + timedelta(days=400), "not_then"),
        (fire, town.now + HOUR, "no_end"),
    ):
        with pytest.raises(Refused) as refused:
            declaring.move_end(town.database, town.clock, "Karim", code, until)
        assert (refused.value.rule, refused.value.field) == (rule, "until"), code
    declaring.end(town.database, town.clock, "Karim", cut)
    with pytest.raises(Conflict, match="ended already"):
        declaring.move_end(town.database, town.clock, "Karim", cut, town.now + HOUR)
    with pytest.raises(NotFound):
        declaring.move_end(town.database, town.clock, "Karim", "C-0000-1", town.now + HOUR)


def test_the_command_extends(town: StoredTown, capsys: pytest.CaptureFixture[str]) -> None:
    recorded = json.loads(run(capsys, "record", "cut", "A-113", "--json")[1])
    tomorrow = CityReader(town.database).clock().now() + 24 * HOUR  # that of the command
    until = f"{tomorrow:%Y-%m-%dT%H:%M}"
    code, out, _ = run(capsys, "extend", recorded["code"], "--until", until)
    assert (code, "nouvelle fin enregistrée" in out) == (0, True)
    assert json.loads(run(capsys, "list", "--json")[1])[0]["moved_by"]
    code, _, err = run(capsys, "extend", recorded["code"], "--until", "2020-01-01T00:00")
    assert (code, "must end after" in err) == (1, True)
