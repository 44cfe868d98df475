"""The territory that a page speaks of."""

from starlette.requests import Request

from twin.errors import NoTerritory
from twin.store.city import Territory


def territory_of(request: Request) -> Territory:
    """Return the territory that is served.

    Raises
    ------
    NoTerritory
        There is none yet.
    """
    territory: Territory | None = request.app.state.territory()
    if territory is None:
        raise NoTerritory
    return territory
