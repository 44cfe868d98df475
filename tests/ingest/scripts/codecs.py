"""Codecs that tests write, and short ways to run them."""

from ingest.scripts.pool import ScriptPool
from ingest.scripts.script import Script, make_script
from ingest.scripts.wire import Answer, Fate, Uplink

AT_MS = 1_700_000_000_123
"""2023-11-14T22:13:20.123Z."""


def script(source: str, name: str = "codec.js") -> Script:
    return make_script(name, source.encode())


def decoding(body: str, before: str = "") -> Script:
    """A codec whose ``decodeUplink(input)`` has this body."""
    return script(f"{before}\nfunction decodeUplink(input) {{ {body} }}")


def run(pool: ScriptPool, codec: Script, *payloads: bytes, f_port: int = 5) -> list[Answer]:
    return pool.decode(codec, [Uplink(f_port, AT_MS, payload) for payload in payloads])()


def told(pool: ScriptPool, codec: Script, payload: bytes = b"\x01\x02") -> tuple[str, str]:
    """How one call ended, as a letter, and its JSON."""
    [answer] = run(pool, codec, payload)
    return answer.fate.value, answer.text.decode()


HONEST = decoding(
    "const raw = input.bytes[0] << 8 | input.bytes[1];"
    "return { data: { temperature: raw / 10, port: input.fPort } }"
)


def honest_ones(pool: ScriptPool, count: int = 20) -> bool:
    """Whether the honest codec answers as it always does."""
    answers = run(pool, HONEST, *(bytes([1, number]) for number in range(count)))
    expected = [
        f'{{"data":{{"temperature":{(256 + number) / 10:g},"port":5}},"warnings":[]}}'
        for number in range(count)
    ]
    return [(a.fate, a.text.decode()) for a in answers] == [(Fate.ANSWERED, e) for e in expected]
