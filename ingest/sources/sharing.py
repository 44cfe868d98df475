"""Which subscriptions one of several workers has at the broker, and which it has no more."""

from collections.abc import Sequence
from typing import NamedTuple


class Subscriptions(NamedTuple):
    """MQTT filters, those of shared subscriptions with ``$share/<group>/`` before them.

    Attributes
    ----------
    wanted : list of str
        What this worker is to have.
    left : list of str
        What its session may remember from another number of workers.
    """

    wanted: list[str]
    left: list[str]


def subscriptions(
    topics: Sequence[str],
    *,
    group: str,
    workers: int,
    in_order: Sequence[str] = (),
    first: bool = True,
) -> Subscriptions:
    """Share filters out among workers.

    Parameters
    ----------
    group : str
        Under which several workers share them; a worker alone has none and takes all.
    in_order : sequence of str
        Filters that are not shared: the first worker has all their messages.
    first : bool
        Whether this is that worker.
    """
    shared = [f"$share/{group}/{topic}" for topic in topics]
    if workers == 1:
        return Subscriptions(list(topics), shared)
    apart = set(in_order)
    wanted = [
        topic if topic in apart else together
        for topic, together in zip(topics, shared, strict=True)
        if first or topic not in apart
    ]
    return Subscriptions(wanted, [one for one in (*topics, *shared) if one not in wanted])
