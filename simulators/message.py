"""One MQTT message of the simulated town."""

from typing import NamedTuple


class Message(NamedTuple):
    """What is published.

    Attributes
    ----------
    at : int
        When, in the simulation's time. [µs since 1970, UTC]
    topic : str
        MQTT topic.
    payload : bytes
        JSON.
    retain : bool
        Whether the broker keeps it: states are kept, events never.
    """

    at: int
    topic: str
    payload: bytes
    retain: bool = False
