"""Columns against JavaScript: two decoders of one published layout, fed with the same broken bytes.

The JavaScript is ours, written from the layouts one value at a time (``reference/``): vendors' code
may not be copied here, and has faults of its own. Whoever has it puts it beside a profile and runs
its examples with ``reverbere codec test``.
"""

import random
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

from ingest.codecs import CODECS, emu_professional
from ingest.scripts.pool import ScriptPool
from ingest.scripts.script import make_script
from ingest.scripts.wire import Fate, Uplink
from tests.ingest.codecs.test_columns import _GOOD
from tests.ingest.codecs.values import _PORTS, all_by_name

REFERENCE = Path(__file__).with_name("reference")
MILESIGHT = ("em500-smtc", "em500-swl", "em400-udl", "uc511", "ws558")
PAYLOADS = 1_000
SEEDS = {
    "em500-smtc": [
        "01755C03673401046865057FF000",
        "83D7340105000120CE00F15365F00034016400",
        "04CA1027",
    ],
    "em500-swl": ["01755C03772C0120CE00F153652C01"],
    "em400-udl": ["01755C0367F8FF04821B0A050001836734010184821B0A01"],
    "uc511": [
        "030101050100",
        "04C80A00000006C8FFFFFFFF070101080100097B3601",
        "20CE00F153651100010000" + "20CE00F153650000010000" + "21CE00F153653601",
    ],
    "ws558": ["0831FF5505816407C902000374B2080683FFFFFFFF0480010000FF"],
    "cayenne-lpp": ["03670110056700FF", "067104D2FB2E0000018806765FF2960A0003E80273271003682A"],
    "elsys": [
        "0100460253033B0FFD070E20",
        "0400C8050106022608012C09A1B2C3D4E5F60A000C0B0000FFFF0CFF9C0D010E0BB8",
        "0F051000C8FF9C1101120014000F76361532281600011700000002180BB8",
        "1900C81900D21A011BFFFFFF001C0020",
    ],
    "netvox-r718n": [
        "014A032403E800C81B5836",
        "014901A400320A00000000",
        "014A012403E800C81B580A",
        "014A022405640000000000",
        "014A042D3F000000000000",
        "01CA0124F0000000000000",
        "01CA02000003E8000007D0",
    ],
    "strega": [
        "333138383223633D77DB433030304146465630464635",
        "F3313838325630424238",
        "33313838324030392C",
        "403233303030303031",
    ],
    "dl-trs12": ["020B5000034E20815A00C80C1D", "020B5000020C1D", "020B500001000000000000"],
    "tektelic-agriculture": [
        "00BAE101040B0005040B040604012C0B67FFCE0B68780A7103E8FC180000",
        "02020BB803020BB804020BB8096501F40900FF0A00000C6700C8",
    ],
    "volc2180": ["58FA002A01E24003B600BE00038464", "00FA002A01E24003B600BE0003846423"],
    "lse01": ["CE2900F107A5099B6E2890", "0C1D7D0007A5FF9C006400"],
    "ldds75": ["0D3B0AEF00000001", "0D3B001300000001"],
}
CASES = [*MILESIGHT, *(name for name in SEEDS if name not in MILESIGHT), "emu-professional"]


@pytest.fixture(scope="module")
def pool() -> Iterator[ScriptPool]:
    with ScriptPool(1) as made:
        yield made


def source_of(codec: str) -> str:
    common = (REFERENCE / "common.js").read_text(encoding="utf-8")
    if codec in MILESIGHT:
        body = (REFERENCE / "milesight.js").read_text(encoding="utf-8")
        return f'{common}const MODEL = "{codec}";\n{body}'
    return common + (REFERENCE / f"{codec}.js").read_text(encoding="utf-8")


def mutated(codec: str, dice: random.Random) -> bytes:
    """A good frame whose bytes were changed, cut, repeated or put together with another's."""
    if codec == "emu-professional":
        return telegram(dice)
    seeds = [bytes.fromhex(seed) for seed in SEEDS[codec]]
    frame = bytearray(dice.choice(seeds))
    for _ in range(dice.randrange(4)):
        kind = dice.randrange(5)
        at = dice.randrange(len(frame) + 1)
        if kind < 2 and at < len(frame):
            frame[at] = dice.choice((0, 1, 127, 128, 254, 255, dice.randrange(256)))
        elif kind == 2:
            del frame[at:]
        elif kind == 3:
            frame += dice.choice(seeds)
        else:
            frame[at:at] = dice.randbytes(dice.randrange(3))
    return bytes(frame[:250])


def telegram(dice: random.Random) -> bytes:
    """A telegram of random registers, mostly with the right checksum."""
    sizes = list(emu_professional._SIZES.items())
    body = dice.randbytes(4)
    for tag, size in dice.choices(sizes, k=dice.randrange(9)):
        body += bytes([tag]) + dice.choice((dice.randbytes(size), b"\xff" * size, bytes(size)))
    body = body[: len(body) - dice.randrange(2)]
    return body + bytes([emu_professional.checksum(body) ^ (dice.random() < 0.1)])


def alike(mine: dict[str, float], said: dict[str, float]) -> bool:
    """Whether two decoders read the same names and, but for their last digits, figures."""
    return mine.keys() == said.keys() and all(
        abs(value - said[name]) <= 1e-9 * max(1.0, abs(said[name])) for name, value in mine.items()
    )


@pytest.mark.parametrize("codec", CASES)
def test_columns_and_javascript_read_the_same_in_broken_frames(
    codec: str, pool: ScriptPool
) -> None:
    dice = random.Random(codec)
    payloads = [mutated(codec, dice) for _ in range(PAYLOADS)]
    payloads += [_GOOD[codec]] if codec in _GOOD else []
    port = _PORTS.get(codec, 1)
    columns = CODECS[codec].decode(payloads, np.full(len(payloads), port, np.int16))
    script = make_script(f"{codec}.js", source_of(codec).encode())
    answers = pool.decode(script, [Uplink(port, 0, payload) for payload in payloads])()
    read = 0
    found = all_by_name(columns, len(payloads))
    for payload, answer, mine in zip(payloads, answers, found, strict=True):
        assert answer.fate is Fate.ANSWERED, (payload.hex(), answer)
        said = msgspec.json.decode(answer.text)["data"]
        assert alike(mine, said), (payload.hex(), mine, said)
        read += bool(said)
    assert read > PAYLOADS / 4
