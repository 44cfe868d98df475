"""What the web's door refuses, and what its texts lack; continues the tree of ``twin.errors``.

::

    Refused                             twin.errors
    ├── AccessNeeded                    nobody is known to be asking
    ├── NotAllowed                      who is asking may not do this
    ├── ForeignHost                     the request names a host that is not ours
    ├── ForeignOrigin                   another site asks in the name of its visitor
    ├── RateExceeded                    too many requests in too little time
    ├── BodyTooLarge                    more bytes than an act can need
    ├── QueryInvalid                    a parameter of an address is unknown or cannot be read
    ├── NotAcceptable                   an answer in a form that we do not write
    └── TooManyRows                     a file larger than is made for one request

    ReverbereError                      gis.errors
    ├── UnknownText                     control_center.catalogue: no text of that name
    └── MissingSlot                     control_center.catalogue: a text lacks a value
"""

from twin.errors import Refused


class AccessNeeded(Refused):
    """Nobody is known to be asking."""

    def __init__(self) -> None:
        super().__init__("access_needed", "an access key is needed: enter it at /entrer")


class NotAllowed(Refused):
    """Who is asking may not do this."""

    def __init__(self, role: str, needed: str) -> None:
        self.role, self.needed = role, needed
        super().__init__("not_allowed", f"this act is for the role {needed!r}, not for {role!r}")


class ForeignHost(Refused):
    """The request names a host that is not ours: a rebound name, or a setting to complete."""

    def __init__(self, host: str) -> None:
        self.host = host
        super().__init__(
            "foreign_host",
            f"this server does not answer to the name {host[:80]!r}; "
            "add it to REVERBERE_WEB_HOSTS if it is yours",
        )


class ForeignOrigin(Refused):
    """Another site asks in the name of its visitor."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        super().__init__(
            "foreign_origin", f"acts are only taken from our own pages, not from {origin[:80]!r}"
        )


class RateExceeded(Refused):
    """Too many requests in too little time.

    Parameters
    ----------
    retry_after_s : int
        When the next one will be taken. [s]
    """

    def __init__(self, retry_after_s: int) -> None:
        self.retry_after_s = retry_after_s
        super().__init__("rate_exceeded", f"too many requests; try again in {retry_after_s} s")


class BodyTooLarge(Refused):
    """More bytes than an act can need."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__("body_too_large", f"the request is larger than {limit} bytes")


class QueryInvalid(Refused):
    """A parameter of an address is unknown or cannot be read."""

    def __init__(self, parameter: str, problem: str) -> None:
        self.parameter, self.problem = parameter, problem
        super().__init__("query_invalid", f"{parameter}: {problem}")


class NotAcceptable(Refused):
    """An answer is asked for in a form that we do not write."""

    def __init__(self, offered: str) -> None:
        super().__init__("not_acceptable", f"this can be had as: {offered}")


class TooManyRows(Refused):
    """A file larger than is made for one request."""

    def __init__(self, rows: int, most: int) -> None:
        super().__init__(
            "too_many_rows",
            f"the layer has {rows} rows, a file may hold {most}: "
            "read it in pages, or run `reverbere export` beside the database",
        )
