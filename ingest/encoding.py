"""Orders as bytes for a device: by our own encoders, or by a territory codec's ``encodeDownlink``.

Every order is read back before it may leave, by the device's own table or by the codec's
``decodeDownlink``. An order to open a valve that cannot be read back is not written.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from ingest.codecs import milesight, strega, uc51x_rules, volc2180
from ingest.codecs.profiles import Profile
from ingest.scripts.pool import ScriptPool
from ingest.scripts.script import Script
from ingest.scripts.wire import Answer, Fate
from twin.errors import Refused

Parameters = Mapping[str, Any]

_MOST_BYTES: Final = 242
"""No LoRaWAN downlink carries more. [byte]"""
_PORTS: Final = range(1, 224)
_LEVEL_STEP: Final = 0.2
"""Half a step of VOLC2180's dimming. [%]"""
_OPENING: Final = "open_valve"


class Encoded(NamedTuple):
    """An order as it goes down.

    Attributes
    ----------
    f_port : int
        Port that it is addressed to.
    payload : bytes
        The order.
    read_back : mapping
        What the device, or its codec, reads in it.
    """

    f_port: int
    payload: bytes
    read_back: Mapping[str, Any]


class _Downlink(msgspec.Struct):
    bytes: list[int]
    fPort: int | None = None  # noqa: N815 - the standard's name
    errors: list[Any] | str | None = None


def encode(
    profile: Profile,
    verb: str,
    parameters: Parameters,
    *,
    sequence: int = 0,
    pool: ScriptPool | None = None,
) -> Encoded:
    """Write an order for a device of this profile.

    Parameters
    ----------
    verb : str
        ``open_valve`` (``duration_s``, ``valve``), ``close_valve`` (``valve``), ``dim``
        (``level`` %), ``switch_on``, ``switch_off``, ``set_schedule`` (``days``, ``start``,
        ``end``, ``number``, ``valve``, ``enabled``); a territory's profile may have others.
    sequence : int
        Number of the order, where the device's orders have one.
    pool : ScriptPool, optional
        Runs codecs in JavaScript; by default a process is started for this one call.

    Raises
    ------
    Refused
        ``not_supported``: devices of this profile do not obey that verb. ``not_encodable``: a
        parameter is missing or out of range, or the codec says no. ``not_readable``: the order
        does not read back as it was meant.
    """
    if profile.script is not None:
        return _by_script(profile, profile.script, verb, parameters, pool)
    native = _NATIVE.get((profile.codec, verb))
    if native is None:
        raise _unknown(profile, verb)
    try:
        payload, f_port = native.write(parameters, sequence)
    except KeyError as missing:
        raise Refused("not_encodable", f"the order {verb!r} needs {missing}") from None
    except (ValueError, TypeError, OverflowError) as error:
        raise Refused("not_encodable", f"the order {verb!r}: {error}") from error
    port = profile.f_port if f_port is None else f_port
    told = native.read(payload, port)
    if told is None or not native.means(told, parameters):
        raise _unreadable(verb)
    return Encoded(port, payload, told)


def verbs(profile: Profile) -> frozenset[str]:
    """Return the orders that devices of a profile obey."""
    native = {verb for codec, verb in _NATIVE if codec == profile.codec}
    return frozenset(native | set(profile.orders))


class _Native(NamedTuple):
    """How one order is written, read back, and compared with what was meant."""

    write: Callable[[Parameters, int], tuple[bytes, int | None]]
    read: Callable[[bytes, int], dict[str, Any] | None]
    means: Callable[[Mapping[str, Any], Parameters], bool]


def _write_uc51x(parameters: Parameters, sequence: int, *, is_open: bool) -> tuple[bytes, None]:
    payload = milesight.encode_valve(
        is_open=is_open,
        valve=_valve(parameters),
        duration_s=round(parameters["duration_s"]) if is_open else 0,
        sequence=sequence,
    )
    return payload, None


def _valve(parameters: Parameters) -> int:
    valve = int(parameters.get("valve", 0))
    if valve not in {0, 1}:
        raise ValueError(f"valve 0 or 1, not {valve}")
    return valve


def _read_uc51x(payload: bytes, _port: int) -> dict[str, Any] | None:
    order = milesight.decode_command(payload)
    return None if order is None else order._asdict()


def _fields(rule: uc51x_rules.Rule | None) -> dict[str, Any] | None:
    return None if rule is None else rule._asdict()


def _read_strega(payload: bytes, port: int) -> dict[str, Any] | None:
    told = strega.decode_command(payload, port)
    return None if told is None else {"is_open": told[0], "duration_s": told[1]}


def _uc51x(*, is_open: bool) -> _Native:
    return _Native(
        lambda asked, sequence: _write_uc51x(asked, sequence, is_open=is_open),
        _read_uc51x,
        lambda told, asked: (
            (told["valve"], told["is_open"]) == (_valve(asked), is_open)
            and told["duration_s"] == (round(asked["duration_s"]) if is_open else 0)
        ),
    )


def _lamp(write: Callable[[Parameters], bytes], meant: Callable[[Parameters], Any]) -> _Native:
    return _Native(
        lambda asked, _: (write(asked), None),
        lambda payload, _: volc2180.decode_command(payload),
        lambda told, asked: abs(next(iter(told.values())) - meant(asked)) <= _LEVEL_STEP,
    )


def _dim(parameters: Parameters) -> bytes:
    level = float(parameters["level"])
    if not 0 <= level <= 100:
        raise ValueError(f"a level of 0 to 100 %, not {level:g}")
    return volc2180.encode_dim(level)


def _relay(*, on: bool) -> _Native:
    return _Native(
        lambda *_: (milesight.encode_switch(on=on), None),
        lambda payload, _: {"switch": payload[2]} if payload[:2] == b"\x08\x01" else None,
        lambda told, _: told["switch"] == int(on),
    )


_RULE: Final = _Native(
    lambda asked, _: (uc51x_rules.encode_rule(uc51x_rules.rule_of(asked)), None),
    lambda payload, _: _fields(uc51x_rules.decode_rule(payload)),
    lambda told, asked: told == uc51x_rules.rule_of(asked)._asdict(),
)
_STREGA_OPEN: Final = _Native(
    lambda asked, _: strega.encode_open(round(asked["duration_s"])),
    _read_strega,
    lambda told, asked: told["is_open"] and 0 < told["duration_s"] <= round(asked["duration_s"]),
)
_STREGA_CLOSE: Final = _Native(
    lambda *_: strega.encode_close(), _read_strega, lambda told, _: not told["is_open"]
)
_NATIVE: Final[dict[tuple[str, str], _Native]] = {
    **{(model, _OPENING): _uc51x(is_open=True) for model in ("uc511", "uc512")},
    **{(model, "close_valve"): _uc51x(is_open=False) for model in ("uc511", "uc512")},
    **{(model, "set_schedule"): _RULE for model in ("uc511", "uc512")},
    **{(model, _OPENING): _STREGA_OPEN for model in strega.MODELS},
    **{(model, "close_valve"): _STREGA_CLOSE for model in strega.MODELS},
    ("volc2180", "dim"): _lamp(_dim, lambda asked: float(asked["level"])),
    ("volc2180", "switch_on"): _lamp(lambda _: volc2180.encode_switch(on=True), lambda _: 1.0),
    ("volc2180", "switch_off"): _lamp(lambda _: volc2180.encode_switch(on=False), lambda _: 0.0),
    ("ws558", "switch_on"): _relay(on=True),
    ("ws558", "switch_off"): _relay(on=False),
}


def _by_script(
    profile: Profile, script: Script, verb: str, parameters: Parameters, pool: ScriptPool | None
) -> Encoded:
    form = profile.orders.get(verb)
    if form is None:
        raise _unknown(profile, verb)
    data = _filled(form.data, parameters, verb)
    f_port = form.f_port or profile.f_port
    if pool is not None:
        return _asked(pool, script, verb, data, f_port)
    with ScriptPool(1) as own:
        return _asked(own, script, verb, data, f_port)


def _asked(pool: ScriptPool, script: Script, verb: str, data: Any, f_port: int) -> Encoded:
    abilities = pool.load(script).abilities
    if "e" not in abilities:
        raise Refused("not_supported", f"{script.name} offers no encodeDownlink")
    told = _said(
        pool.call(script, "encodeDownlink", msgspec.json.encode({"data": data})), script, verb
    )
    try:
        written = msgspec.convert(told, _Downlink)
        payload = bytes(written.bytes)
    except (msgspec.ValidationError, ValueError) as error:
        problem = f"{script.name} wrote no order: {error}"
        raise Refused("not_encodable", problem) from error
    f_port = written.fPort or f_port
    if f_port not in _PORTS or not 0 < len(payload) <= _MOST_BYTES:
        problem = f"{script.name} wrote {len(payload)} bytes for port {f_port}"
        raise Refused("not_encodable", problem)
    if "d" not in abilities:
        if verb == _OPENING:
            raise Refused("not_readable", f"{script.name} offers no decodeDownlink: not for valves")
        return Encoded(f_port, payload, data)
    asked = msgspec.json.encode({"bytes": list(payload), "fPort": f_port})
    back = _said(pool.call(script, "decodeDownlink", asked), script, verb).get("data")
    if not isinstance(back, dict) or any(back.get(name) != value for name, value in data.items()):
        raise _unreadable(verb)
    return Encoded(f_port, payload, back)


def _said(answer: Answer, script: Script, verb: str) -> dict[str, Any]:
    """Return what a function of a codec answered; a refusal where it did not."""
    if answer.fate is Fate.ANSWERED:
        try:
            told = msgspec.json.decode(answer.text)
        except (msgspec.DecodeError, RecursionError):
            told = None
        if isinstance(told, dict):
            return told
    why = answer.text.decode(errors="replace")[:200] or "it had to be stopped"
    raise Refused("not_encodable", f"the order {verb!r}: {script.name} says {why}")


def _filled(form: Any, parameters: Parameters, verb: str) -> Any:
    """Put an order's parameters where its form names them."""
    if isinstance(form, dict):
        return {name: _filled(value, parameters, verb) for name, value in form.items()}
    if isinstance(form, list):
        return [_filled(value, parameters, verb) for value in form]
    if not isinstance(form, str) or not form.startswith("$"):
        return form
    value = parameters.get(form[1:])
    if value is None:
        raise Refused("not_encodable", f"the order {verb!r} needs {form[1:]!r}")
    return value


def _unknown(profile: Profile, verb: str) -> Refused:
    return Refused("not_supported", f"devices of profile {profile.name} do not obey {verb!r}")


def _unreadable(verb: str) -> Refused:
    return Refused("not_readable", f"the order {verb!r} does not read back as it was meant")
