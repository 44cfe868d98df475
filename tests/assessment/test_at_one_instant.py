"""Who looks twice at one instant, or second, sees and says the same."""

from datetime import timedelta
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from control_center.assessment import Assessor
from tests.assessment.stored_town import StoredTown
from tests.support.databases import fresh_database

SAID = (
    *((light, name) for light in (101, 102, 111, 115) for name in ("lamp_on", "active_power")),
    (103, "dimming_level"), (104, "voltage"), (2, "voltage"), (2, "water_depth"),
    *((device, "supply_present") for device in (2, 3, 4, 5)),
)  # fmt: skip
readings = st.lists(
    st.tuples(
        st.sampled_from(SAID),
        st.sampled_from([0.0, 1.0, 3.0, 100.0, 211.0]),
        st.integers(-60, 3),  # minutes from now
    ),
    max_size=8,
)
#: The gateway is taken to be down: nobody is heard. Then one light is: the gateway is not down, and
#: the silence of the others is forgiven from that instant on.
BACK_ON_AIR = [([], 34), ([], 25), ([((101, "lamp_on"), 0.0, 0)], 0)]
#: A meter tells of a loss of supply, yet lights below it were heard after that: neither the gateway
#: any longer nor the loss explains their silence.
HEARD_AFTER_THE_LOSS = [([((4, "supply_present"), 0.0, -2)], 19), ([], 27)]


def written(town: StoredTown) -> list[Any]:
    return [
        town.sql("SELECT asset_id, state, probability, root_id FROM light_state ORDER BY 1"),
        town.sql("SELECT asset_id, state FROM supply_state ORDER BY 1"),
        town.sql("SELECT root_key, kind, closed_at IS NULL FROM incident ORDER BY 1, 2"),
    ]


@settings(max_examples=10)
@given(night=st.lists(st.tuples(readings, st.integers(0, 50)), min_size=1, max_size=4))
@example(night=BACK_ON_AIR)
@example(night=HEARD_AFTER_THE_LOSS)
def test_a_second_look_at_one_instant_changes_nothing_whoever_takes_it(night: list[Any]) -> None:
    with fresh_database() as database:
        town = StoredTown(database)
        town.all_lit()
        one = Assessor(database, town.clock)
        one.assess()
        for said, minutes in night:
            for (asset, name), value, ago in said:
                town.say(asset, at=town.now + timedelta(minutes=ago), **{name: value})
            town.later(minutes)
            one.assess()
            first = written(town)
            Assessor(database, town.clock).assess()
            assert written(town) == first
            one.assess()
            assert written(town) == first
