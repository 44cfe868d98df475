"""The exception tree above ``gis.errors``: store, laws, replay, commands, services.

::

    ReverbereError                      gis.errors
    ├── (geographic branch)             gis.errors
    ├── StoreError
    │   ├── StoreUnreachable            the database does not answer
    │   ├── StoreOutdated               its schema is not the one this code expects
    │   │   └── MigrationChanged        a step's script was edited after it was applied
    │   ├── NoTerritory                 nothing has been imported or generated yet
    │   └── LedgerOutOfStep             the ledger does not hold what the quarantine says
    ├── BrokerUnreachable               the MQTT broker does not answer
    ├── NotFound                        no such asset, street, incident, command…
    ├── Refused                         an act that the rules do not allow, with the rule
    │   ├── CommandExpired              its time is over: it must never act
    │   └── Conflict                    the state has changed meanwhile
    ├── InsufficientData                a law declines to answer, with its reason code
    ├── RecordingInvalid                a recording cannot be replayed from some line on
    └── ServiceError                    an embedded service cannot be made, started or stopped
        └── PortTaken

HTTP answers are chosen in one table, ``control_center.api.problems``.
"""

from collections.abc import Sequence

from gis.errors import ReverbereError


class StoreError(ReverbereError):
    """Something between us and the database."""


class StoreUnreachable(StoreError):
    """The database does not answer."""

    def __init__(self, address: str, cause: str) -> None:
        self.address, self.cause = address, cause
        super().__init__(f"the database at {address} does not answer: {cause}")


class StoreOutdated(StoreError):
    """The schema lacks a step of this code, or holds one that this code does not know."""

    def __init__(self, found: int, missing: Sequence[str], unknown: Sequence[str] = ()) -> None:
        self.found, self.missing, self.unknown = found, missing, unknown
        what, remedy = (
            (f"holds {_few(unknown)}, which this version does not know", "update Réverbère")
            if unknown
            else (f"lacks {_few(missing)}", "run `reverbere db migrate`")
        )
        super().__init__(f"the database has schema {found} and {what}: {remedy}")


class MigrationChanged(StoreOutdated):
    """The script of a step was edited after it was applied: two stores would differ unseen."""

    def __init__(self, number: int, step: str) -> None:
        self.number, self.step = number, step
        StoreError.__init__(
            self,
            f"the script of {step} was changed after it was applied to this database: put it back "
            "and make a step of its own of the change, or lose its tables with "
            f"`reverbere db rollback --to {number - 1}`",
        )


def _few(names: Sequence[str], shown: int = 3) -> str:
    more = [f"{len(names) - shown} more"] if len(names) > shown else []
    return ", ".join([*names[:shown], *more])


class NoTerritory(StoreError):
    """The store holds no territory yet."""

    def __init__(self) -> None:
        super().__init__(
            "no territory in this store yet: `reverbere up` makes the demonstration town, "
            "`reverbere import FILE` brings a real one"
        )


class LedgerOutOfStep(StoreError):
    """The ledger does not hold what the quarantine says of its messages; nothing was changed."""

    def __init__(self, expected: int, found: int) -> None:
        self.expected, self.found = expected, found
        super().__init__(
            f"the ledger holds {found} of the {expected} rows that the quarantine speaks of: "
            "something else has written to it"
        )


class BrokerUnreachable(ReverbereError):
    """The MQTT broker does not answer."""

    def __init__(self, address: str, cause: str) -> None:
        self.address, self.cause = address, cause
        super().__init__(f"the MQTT broker at {address} does not answer: {cause}")


class NotFound(ReverbereError):
    """Nothing of that kind has that name."""

    def __init__(self, kind: str, name: str) -> None:
        self.kind, self.name = kind, name
        super().__init__(f"no {kind} named {name!r}")


class Refused(ReverbereError):
    """An act that the rules do not allow; ``rule`` is a short stable code.

    ``field`` names what was wrong of what was asked, where it is one thing.
    """

    field: str | None = None

    def __init__(self, rule: str, why: str, field: str | None = None) -> None:
        self.rule, self.why, self.field = rule, why, field
        super().__init__(why)


class CommandExpired(Refused):
    """The time of a command is over; it must never act."""

    def __init__(self, command: str) -> None:
        super().__init__("expired", f"command {command} has expired and will not be carried out")


class Conflict(Refused):
    """The state changed between what the person saw and what they asked."""

    def __init__(self, why: str) -> None:
        super().__init__("conflict", why)


class InsufficientData(ReverbereError):
    """A law declines to answer; ``reason`` is a stable code that screens translate.

    ``facts`` holds what a sentence needs, e.g. ``{"days": 273, "needed": 365}``.
    """

    def __init__(self, reason: str, **facts: float | int | str) -> None:
        self.reason, self.facts = reason, facts
        told = ", ".join(f"{key} {value}" for key, value in facts.items())
        super().__init__(f"not enough data: {reason}" + (f" ({told})" if told else ""))


class RecordingInvalid(ReverbereError):
    """A recording cannot be read from some line on."""

    def __init__(self, file: str, line: int, problem: str) -> None:
        self.file, self.line, self.problem = file, line, problem
        super().__init__(f"{file}, line {line}: {problem}")


class ServiceError(ReverbereError):
    """An embedded service cannot be made, started or stopped."""

    def __init__(self, service: str, problem: str, remedy: str = "") -> None:
        self.service, self.problem, self.remedy = service, problem, remedy
        super().__init__(f"{service}: {problem}" + (f"; {remedy}" if remedy else ""))


class PortTaken(ServiceError):
    """Another program listens on the port that a service needs."""

    def __init__(self, service: str, port: int, setting: str) -> None:
        self.port, self.setting = port, setting
        super().__init__(service, f"port {port} is already taken", f"choose another with {setting}")
