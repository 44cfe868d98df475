"""What people and cameras saw, beside what the lights report of themselves."""

from dataclasses import replace

import numpy as np

from twin.incidents.common_cause import LAMP_FAILURE
from twin.incidents.light_states import MISSES, OFF, ON, LightFacts, readings
from twin.incidents.observed import Observed
from twin.incidents.schedule import Night
from twin.incidents.sightings import VALID_S, Witnessed, weigh_sightings


def witnesses(observed: Observed, facts: LightFacts, night: Night) -> Witnessed:
    """Weigh what people and cameras saw."""
    return weigh_sightings(
        observed.sightings,
        lights=len(facts),
        now=night.now,
        lit=readings(facts, night.now).lit if len(observed.sightings) else None,
        lamp_failure=LAMP_FAILURE,
        void_before=facts.void_before,
        struck_at=facts.struck_at,
        switched_at=night.switched_at,
    )


def with_witnesses(facts: LightFacts, witnessed: Witnessed) -> LightFacts:
    """Let the word of a camera, a patrol or a crew stand for the report of the light itself.

    It does where it is newer; of a light that nothing watches it stays current as long as such
    words are worth anything.
    """
    dark_at, lit_at = witnessed.seen_dark_at, witnessed.seen_lit_at
    at = np.maximum(dark_at, lit_at)
    newer = at > facts.reported_at
    if not newer.any():
        return facts
    watched = facts.interval_s > 0
    return replace(
        facts,
        reported_at=np.where(newer, at, facts.reported_at),
        reported=np.where(newer, np.where(dark_at > lit_at, OFF, ON), facts.reported).astype(
            np.int8
        ),
        interval_s=np.where(newer & ~watched, VALID_S / MISSES, facts.interval_s),
        weak=facts.weak & ~newer,
    )
