"""Understanding in the control centre: facts in, laws applied, states, incidents and proofs out.

==============  ===========================================================
module          its one job
==============  ===========================================================
``source``      the city as it stands in the store, laid out
``news``        what instruments and people last said
``streams``     what each datastream is about
``floods``      floods, their extents laid over the city
``declared``    recorded cuts, burnt cabinets and works, laid over the city
``assessor``    one assessment: a page of verbs, one transaction
``lights``      the states of lights, and what to write of them
``sensors``     the states of sensors, and what to write of them
``cards``       incidents and proofs, and what to write of them
``checks``      what is worth looking at next
``aftermath``   whom causes silenced, until each is heard again
==============  ===========================================================
"""

from weakref import WeakKeyDictionary

from control_center.assessment.assessor import Assessment, Assessor
from twin.clock import Clock
from twin.store.database import Database

__all__ = ["Assessment", "Assessor", "assess"]

_assessors: WeakKeyDictionary[Database, Assessor] = WeakKeyDictionary()


def assess(database: Database, clock: Clock) -> Assessment:
    """Assess a territory; its assessor is kept as long as its database.

    Raises
    ------
    NoTerritory, StoreUnreachable
        See ``Assessor.assess``.
    """
    assessor = _assessors.get(database)
    if assessor is None:
        assessor = _assessors[database] = Assessor(database, clock)
    return assessor.assess()
