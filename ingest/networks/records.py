"""What a network's parser answers for one message: an uplink, an event, or why neither.

Parsers are functions ``read(topic, payload) -> Record``. They raise nothing but
``msgspec.DecodeError`` (bytes that are not what the network writes); everything else that can be
wrong with a message is an answer.
"""

from typing import Final

import msgspec

NO_TIME: Final = -(1 << 63)
"""Marks an instant that the message does not carry."""

UNTOLD: Final = 128
"""The network tells that a frame was heard and not what it said: its payload is not known."""
TO_THE_MINUTE: Final = 256
"""Its time was told without seconds."""

Instant = str | int
"""RFC 3339 text as it came, µs since 1970 UTC, or ``NO_TIME`` (also ``""``)."""


class Reading(msgspec.Struct, frozen=True, gc=False):
    """A value that needs no codec: observed property, channel, value in its unit, own instant.

    ``historical`` marks what comes from the sender's memory: it is never the current value.
    """

    property: str
    value: float
    channel: int = 0
    at: Instant = NO_TIME
    historical: bool = False


class Named(msgspec.Struct, frozen=True, gc=False):
    """A value under the sender's own name: the device's profile says what it is.

    Attributes
    ----------
    name : str
        Path of words joined by dots, ``"ENERGY.Power"``.
    value : bool, int, float, str or None
        As sent; None is no value.
    unit : str
        As sent; empty: not said.
    channel : int
        Its place in an array, or the number beneath its name.
    historical : bool
        From the sender's memory: never the current value.
    """

    name: str
    value: bool | int | float | str | None
    unit: str = ""
    channel: int = 0
    at: Instant = NO_TIME
    historical: bool = False


class Unmapped(msgspec.Struct, frozen=True, gc=False):
    """A value that became no reading, and why.

    ``why`` is ``no_mapping``, ``not_a_number``, ``unit`` or ``bad_channel``.
    """

    name: str
    why: str
    unit: str
    example: str


class Uplink(msgspec.Struct, gc=False):
    """One delivery of one frame.

    Attributes
    ----------
    network : str
        The parser's name: also the source in the ledger.
    dev_eui : str
        16 lower-case hexadecimal digits, or the plain identifier of a device without one.
    session : str
        Address or session key; a new one starts a new epoch.
    f_cnt, f_port : int
        Frame counter as sent, port. 0 where absent.
    payload : bytes
        Decrypted application payload; still encrypted when ``encrypted``.
    copy_id : str
        The network's own identifier of the frame, the same in each redelivery; empty: none.
    gateway_at, network_at, application_at : Instant
        Times of reception on the way up.
    receptions : bytes
        JSON as received: which gateways heard it and how well.
    radio : int
        How it was sent, see ``ingest.networks.radio``; 0: not told.
    decoded : bytes
        JSON as received: what the network's own codec made of it; empty: nothing.
    counted : bool
        Whether ``f_cnt`` counts; False for sources without a counter.
    readings : tuple of Reading
        Values that need no codec.
    state : bool
        Tells how things stand rather than a measurement: taken also when retained.
    named : tuple of Named
        Values under names of the sender's own.
    unmapped : tuple of Unmapped
        Values that its parser knows to be nobody's.
    marks : int
        What else is known of it, as bits of ``frame.flags``: ``UNTOLD``, ``TO_THE_MINUTE``.
    """

    network: str
    dev_eui: str
    payload: bytes
    session: str = ""
    f_cnt: int = 0
    f_port: int = 0
    copy_id: str = ""
    gateway_at: Instant = NO_TIME
    network_at: Instant = NO_TIME
    application_at: Instant = NO_TIME
    receptions: bytes = b"[]"
    decoded: bytes = b""
    application: str = ""
    profile: str = ""
    name: str = ""
    confirmed: bool = False
    encrypted: bool = False
    counted: bool = True
    readings: tuple[Reading, ...] = ()
    state: bool = False
    named: tuple[Named, ...] = ()
    unmapped: tuple[Unmapped, ...] = ()
    radio: int = 0
    marks: int = 0


class Event(msgspec.Struct, gc=False):
    """Something that a network reports beside measurements.

    Attributes
    ----------
    kind : str
        ``join``, ``ack``, ``txack``, ``log``, ``status``, ``location``, ``gateway``,
        ``availability``.
    subject : str
        Device or gateway.
    identity : str
        What is the same in each redelivery of this event and differs between events.
    detail : bytes
        JSON object as received.
    command_id : str
        The order it speaks of; empty: none.
    outcome : str
        For that order: a value of ``CommandState``; with ``reason`` when it ends it badly.
    """

    network: str
    kind: str
    subject: str
    identity: str
    at: Instant
    detail: bytes
    readings: tuple[Reading, ...] = ()
    application: str = ""
    profile: str = ""
    name: str = ""
    command_id: str = ""
    outcome: str = ""
    reason: str = ""
    state: bool = False


class Rejection(msgspec.Struct, frozen=True, gc=False):
    """The message cannot be taken: stable reason code, and what was found."""

    reason: str
    detail: str = ""


class Ignored(msgspec.Struct, frozen=True, gc=False):
    """The message is not for us: stable reason code."""

    reason: str


class Several(msgspec.Struct, frozen=True, gc=False):
    """One message that speaks of several devices, or of a device and its state."""

    parts: tuple[Uplink | Event, ...]


Record = Uplink | Event | Several | Rejection | Ignored
