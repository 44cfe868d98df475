"""Sparkplug B: births name metrics, data may carry their aliases alone, deaths make all stale.

``spBv1.0/<group>/<NBIRTH|DBIRTH|NDATA|DDATA|NDEATH|DDEATH|NCMD|DCMD>/<node>[/<device>]``. An alias
that no birth gave is never guessed: the message is rejected, kept, and the node asked to be born
again. So it is after a gap in the sequence that stays open for some seconds. What births said is
remembered, bounded, and kept in the store (``ingest.births``), where a worker that starts finds it.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import msgspec

from ingest.networks.conventions import measured, state
from ingest.networks.identifiers import device_name, hex_eui
from ingest.networks.records import (
    NO_TIME,
    Event,
    Ignored,
    Named,
    Record,
    Rejection,
    Several,
    Uplink,
)
from ingest.networks.sparkplug_payload import (
    DATE_TIME,
    Metric,
    Payload,
    read_payload,
    write_rebirth,
)

NAME: Final = "sparkplug"
TOPIC: Final = "spBv1.0/"

_REORDER_US: Final = 5_000_000
_ASK_AGAIN_US: Final = 60_000_000
MOST_NODES: Final = 2_000
_MOST_ALIASES: Final = 200_000
"""Over all nodes; some 30 MB. Beyond it the node heard least lately is forgotten."""
_SEQUENCE: Final = 256
_LONGEST_TOPIC: Final = 512
_CONTROL: Final = ("bdSeq", "Node Control/", "Device Control/", "Node Info/", "Properties/")


class Request(NamedTuple):
    """A message to publish, not retained, QoS 0; ``at`` is when its reason was received. [µs]"""

    topic: str
    payload: bytes
    at: int


class Meaning(NamedTuple):
    """What a birth said of a metric."""

    name: str
    alias: int | None
    datatype: int
    unit: str


class Birth(NamedTuple):
    """What the last birth of a node, or of a device of it, said.

    Attributes
    ----------
    node : str
        ``group/node``.
    device : str
        Empty: the node's own.
    number : int or None
        The node's ``bdSeq``.
    born_at : int
        At our door. [µs since 1970 UTC]
    """

    node: str
    device: str
    number: int | None
    born_at: int
    metrics: tuple[Meaning, ...]


class _Node(msgspec.Struct, gc=False):
    """What is remembered of one node; devices by name, the node's own metrics under ``""``."""

    aliases: dict[str, dict[int, Meaning]]
    types: dict[str, dict[str, Meaning]]
    birth: int | None = None
    """``bdSeq`` of its last birth."""
    seq: int | None = None
    at: int = 0
    missing: set[int] = set()
    gap_since: int = NO_TIME
    asked_at: int = NO_TIME
    size: int = 1
    """How much of the memory for all nodes it takes."""
    born_at: dict[str, int] = {}
    """When each device was born, at our door. [µs since 1970 UTC]"""

    def name(self, device: str, meanings: Sequence[Meaning], born_at: int) -> None:
        """Take in the names, aliases and types that a birth gave."""
        self.size -= self._size_of(device)
        self.types[device] = {meaning.name: meaning for meaning in meanings}
        self.aliases[device] = {
            meaning.alias: meaning for meaning in meanings if meaning.alias is not None
        }
        self.born_at[device] = born_at
        self.size += self._size_of(device)

    def _size_of(self, device: str) -> int:
        if device not in self.types:
            return 0
        return 1 + len(self.aliases[device]) + len(self.types[device])


class Sparkplug:
    """The parser of all nodes, and what it wants published.

    Attributes
    ----------
    recall : callable
        Called before a message is read; it may ``learn`` births that others have read.
    follows : bool
        Whether all messages of a node come here: only then are gaps in its sequence gaps.
    """

    def __init__(self) -> None:
        self.recall: Callable[[], None] = lambda: None
        self.follows = True
        self._nodes: OrderedDict[str, _Node] = OrderedDict()
        self._births: dict[tuple[str, str], Birth] = {}
        self._size = 0
        self._requests: deque[Request] = deque(maxlen=1_000)

    def births(self) -> list[Birth]:
        """Return the births that were read since the last call, the last of each.

        A node's own comes before its devices': it ends what they were.
        """
        found, self._births = list(self._births.values()), {}
        return found

    def learn(self, births: Sequence[Birth]) -> None:
        """Take in what others have read, in order, where it is newer than what is known here."""
        for birth in births:
            node = self._nodes.get(birth.node)
            if node is not None and birth.born_at <= node.born_at.get(birth.device, NO_TIME):
                continue
            self._take_in(birth)

    def requests(self) -> list[Request]:
        """Return the rebirths to ask for since the last call."""
        found = []
        while self._requests:
            found.append(self._requests.popleft())
        return found

    def read(self, topic: str, payload: bytes, received_at: int) -> Record:
        """Read one message."""
        words = topic.split("/")
        if words[1:2] == ["STATE"] or (len(words) > 2 and words[2] == "STATE"):
            return Ignored("host_state")
        if not 4 <= len(words) <= 5 or not all(words) or len(topic) > _LONGEST_TOPIC:
            return Rejection("unknown_topic", topic[:128])
        _, group, kind, node_name, *rest = words
        if kind in {"NCMD", "DCMD"}:
            return Ignored("command")
        if kind not in _KINDS or bool(rest) != kind.startswith("D"):
            return Rejection("unknown_topic", topic[:128])
        try:
            told = read_payload(payload)
        except msgspec.DecodeError as error:
            return Rejection("not_protobuf", str(error))
        self.recall()
        place = _Place(group, node_name, rest[0] if rest else "")
        if kind.endswith("BIRTH"):
            return self._born(place, told, payload, kind, received_at)
        if kind.endswith("DEATH"):
            return self._died(place, told, payload)
        return self._data(place, told, payload, received_at)

    def _born(
        self, place: "_Place", told: Payload, payload: bytes, kind: str, received_at: int
    ) -> Record:
        if not told.metrics and kind == "NBIRTH":
            return Rejection("no_values")
        known = self._nodes.get(place.key)
        number = _birth_number(told) if kind == "NBIRTH" else known.birth if known else None
        meanings = tuple(
            Meaning(metric.name, metric.alias, metric.datatype, metric.unit)
            for metric in told.metrics
            if metric.name
        )
        birth = Birth(place.key, place.device, number, received_at, meanings)
        node = self._take_in(birth)
        node.seq, node.at = told.seq, told.at or 0
        self._note(birth)
        return self._uplink(place, node, told, payload, online=True)

    def _take_in(self, birth: Birth) -> _Node:
        """Remember what a birth said; a node's own makes it another node."""
        known = self._nodes.pop(birth.node, None)
        self._size -= known.size if known else 0
        node = known
        if node is None or not birth.device:
            node = _Node({}, {})
            node.asked_at = known.asked_at if known else NO_TIME
        node.birth = birth.number
        node.name(birth.device, birth.metrics, birth.born_at)
        self._remember(birth.node, node)
        return node

    def _note(self, birth: Birth) -> None:
        """Keep a birth for the store."""
        if not birth.device:
            devices = [key for key in self._births if key[0] == birth.node]
            for key in devices:
                del self._births[key]
        self._births[birth.node, birth.device] = birth

    def _remember(self, key: str, node: _Node) -> None:
        self._nodes[key] = node
        self._size += node.size
        while len(self._nodes) > MOST_NODES or self._size > _MOST_ALIASES:
            _, forgotten = self._nodes.popitem(last=False)
            self._size -= forgotten.size

    def _data(self, place: "_Place", told: Payload, payload: bytes, received_at: int) -> Record:
        node = self._nodes.get(place.key)
        if node is None or place.device not in node.types:
            self._ask(place, node, received_at)
            return Rejection("before_birth", place.key[:128])
        self._nodes.move_to_end(place.key)
        unknown = next(
            (m for m in told.metrics if not m.name and m.alias not in node.aliases[place.device]),
            None,
        )
        if unknown is not None:
            self._ask(place, node, received_at)
            return Rejection("unknown_alias", str(unknown.alias))
        self._follow(place, node, told, received_at)
        return self._uplink(place, node, told, payload, online=False)

    def _follow(self, place: "_Place", node: _Node, told: Payload, received_at: int) -> None:
        """Keep the sequence: 0 comes after 255; what is missing for long asks for a rebirth."""
        seq = told.seq
        if not self.follows or seq is None or not 0 <= seq < _SEQUENCE:
            return
        node.missing.discard(seq)
        if node.seq is None or (told.at or 0) >= node.at:  # an older one came late, or again
            ahead = 0 if node.seq is None else (seq - node.seq) % _SEQUENCE
            if ahead > 1:
                node.missing |= {(seq - back) % _SEQUENCE for back in range(1, ahead)}
                node.gap_since = received_at if node.gap_since == NO_TIME else node.gap_since
            node.seq, node.at = seq, told.at or 0
        if not node.missing:
            node.gap_since = NO_TIME
        elif received_at - node.gap_since > _REORDER_US:
            node.missing, node.gap_since = set(), NO_TIME
            self._ask(place, node, received_at)

    def _ask(self, place: "_Place", node: _Node | None, received_at: int) -> None:
        """Ask a node to be born again, once a minute at most."""
        if node is None:
            node = _Node({}, {})
            self._remember(place.key, node)
        if node.asked_at != NO_TIME and 0 <= received_at - node.asked_at < _ASK_AGAIN_US:
            return
        node.asked_at = received_at
        topic = f"{TOPIC}{place.group}/NCMD/{place.node}"
        self._requests.append(
            Request(topic, write_rebirth(max(0, received_at // 1000)), received_at)
        )

    def _died(self, place: "_Place", told: Payload, payload: bytes) -> Record:
        node = self._nodes.get(place.key)
        number = _birth_number(told)
        stale = node is not None and None not in {node.birth, number} and node.birth != number
        if stale and not place.device:
            return Ignored("stale_death")
        devices = [place.device] if place.device else ["", *(node.types if node else ())]
        identity = f"death {number} {told.at}"
        parts: list[Event | Uplink] = []
        for device in dict.fromkeys(devices):
            name = place.name_of(device)
            identifier = device_name(name)
            if identifier is None:
                return Rejection("bad_identifier", place.key[:64])
            parts.append(state(NAME, identifier, name, 0, payload, identity))
        return Several(tuple(parts))

    def _uplink(
        self, place: "_Place", node: _Node, told: Payload, payload: bytes, *, online: bool
    ) -> Record:
        aliases, types = node.aliases[place.device], node.types[place.device]
        named = tuple(
            one for metric in told.metrics if (one := _named(metric, told, aliases, types))
        )
        at = NO_TIME if told.at is None else told.at * 1000
        name = place.name_of(place.device)
        found = measured(NAME, name, payload, named, at if at < 1 << 62 else NO_TIME)
        if not online or isinstance(found, Rejection):
            return found
        device = device_name(name) or ""
        told_state = state(NAME, device, name, 1, payload, f"birth {told.at} {node.birth}")
        told_state.at = at if at < 1 << 62 else NO_TIME
        parts = (told_state, found) if isinstance(found, Uplink) else (told_state,)
        return Several(parts)


class _Place(NamedTuple):
    """Where a message belongs."""

    group: str
    node: str
    device: str

    @property
    def key(self) -> str:
        return f"{self.group}/{self.node}"

    def name_of(self, device: str) -> str:
        """Return the name of one of the node's devices; an EUI stands for itself."""
        return hex_eui(device) or ":".join(word for word in (self.group, self.node, device) if word)


def _birth_number(told: Payload) -> int | None:
    return next((metric.raw for metric in told.metrics if metric.name == "bdSeq"), None)


def _named(
    metric: Metric, told: Payload, aliases: dict[int, Meaning], types: dict[str, Meaning]
) -> Named | None:
    """Return a metric's value under its name; None for nulls, dates and the node's own controls."""
    known = types.get(metric.name) if metric.name else aliases.get(metric.alias or 0)
    name = metric.name or (known.name if known else "")
    datatype = metric.datatype or (known.datatype if known else 0)
    value = metric.typed(datatype)
    if value is None or datatype == DATE_TIME or name.startswith(_CONTROL):
        return None
    instant = told.at if metric.at is None else metric.at
    return Named(
        name=name.replace("/", "."),
        value=value,
        unit=metric.unit or (known.unit if known else ""),
        at=NO_TIME if instant is None or instant > 1 << 52 else instant * 1000,
        historical=metric.historical,
    )


_KINDS: Final = frozenset({"NBIRTH", "DBIRTH", "NDATA", "DDATA", "NDEATH", "DDEATH"})
