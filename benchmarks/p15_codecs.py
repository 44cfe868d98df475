"""P15: payloads decoded per second, natively and in JavaScript, alone and beside a hostile codec.

One core for the native ones, one process for the codec in JavaScript. The same soil probe's frames
(EM500-SMTC) are read by both; one frame in ten has another shape than the rest.
"""

import random
import time
from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.rows import Row, best_of
from ingest.codecs import CODECS, milesight
from ingest.scripts.pool import ScriptPool
from ingest.scripts.script import Script, make_script
from ingest.scripts.wire import Fate, Uplink

FRAMES = 50_000
SINGLE = 500
ATTACK, ATTACKS = 100, 3
SOIL = """
function decodeUplink(input) {
  var data = {}, bytes = input.bytes;
  for (var i = 0; i < bytes.length;) {
    var tag = bytes[i] << 8 | bytes[i + 1];
    i += 2;
    if (tag === 0x0175) { data.battery = bytes[i]; i += 1; }
    else if (tag === 0x0367) {
      data.temperature = (bytes[i + 1] << 24 >> 16 | bytes[i]) / 10;
      i += 2;
    }
    else if (tag === 0x0468) { data.moisture = bytes[i] / 2; i += 1; }
    else if (tag === 0x04ca) { data.moisture = (bytes[i + 1] << 8 | bytes[i]) / 100; i += 2; }
    else if (tag === 0x057f) { data.conductivity = bytes[i + 1] << 8 | bytes[i]; i += 2; }
    else break;
  }
  return { data: data };
}
"""
HOSTILE = "function decodeUplink() { for (;;); }"


def run() -> list[Row]:
    """Measure all of it."""
    payloads = _frames()
    native = FRAMES / best_of(3, _native(payloads))
    with ScriptPool(1) as pool:
        soil = make_script("soil.js", SOIL.encode())
        uplinks = [Uplink(85, 1_700_000_000_000, payload) for payload in payloads]
        pool.decode(soil, uplinks[:SINGLE])()
        scripted = FRAMES / best_of(3, lambda: list(pool.decode(soil, uplinks)()))
        single = SINGLE / best_of(
            2, lambda: [pool.decode(soil, [uplink])() for uplink in uplinks[:SINGLE]]
        )
    return [
        Row("P15", "payloads decoded natively, one core", native, "/s"),
        Row(
            "P15",
            "payloads decoded in JavaScript, one process, 256 at once",
            scripted,
            "/s",
            "the native columns",
            native / scripted,
            note="the ratio is how many times faster the native columns are",
        ),
        Row("P15", "the same, one payload at once", single, "/s", "256 at once", single / scripted),
        *_beside_hostile(uplinks),
    ]


def _frames() -> list[bytes]:
    dice = random.Random(15)
    found = []
    for _ in range(FRAMES):
        values = {
            "battery": dice.randrange(101),
            "temperature": round(dice.uniform(-5, 30), 1),
            "moisture": round(dice.uniform(5, 60), 2),
            "conductivity": dice.randrange(2000),
        }
        if dice.random() < 0.1:
            del values["battery"]
        found.append(milesight.encode("em500-smtc", **values))
    return found


def _native(payloads: Sequence[bytes]) -> Callable[[], object]:
    ports = np.full(len(payloads), 85, np.int16)
    return lambda: CODECS["em500-smtc"].decode(payloads, ports)


def _beside_hostile(uplinks: Sequence[Uplink]) -> list[Row]:
    """Batches of an honest codec, each beside frames of another one that never ends.

    The honest batch is timed by itself. Every loop is a codec of its own, new to the pool: each has
    all its strikes before it, so the attack lasts as long as the measure.
    """
    soil = make_script("soil.js", SOIL.encode())
    batches = [uplinks[first : first + 10_000] for first in range(0, len(uplinks), 10_000)]

    def alone(batch: Sequence[Uplink], _: int) -> float:
        return _timed(pool, soil, batch)

    def beside(batch: Sequence[Uplink], number: int) -> float:
        loop = make_script(f"loop-{number}.js", f"{HOSTILE} // {number}".encode())
        attacks = [pool.decode(loop, batch[:ATTACK]) for _ in range(ATTACKS)]
        took = _timed(pool, soil, batch)
        for attack in attacks:
            attack()
        assert loop.key in pool.quarantined
        return took

    with ScriptPool(2) as pool:
        pool.decode(soil, uplinks[:SINGLE])()
        alone(batches[0], 0)
        pairs = []
        for number, batch in enumerate(batches * 2):
            ways = (alone, beside) if number % 2 else (beside, alone)
            took = {way: way(batch, number) for way in ways}
            pairs.append((took[alone], took[beside]))
    apart, attacked = np.array(pairs).T
    ratio = float(np.median(apart / attacked))
    return [
        Row(
            "P15",
            "rate of an honest codec while another one loops",
            len(batches[0]) / float(np.median(attacked)),
            "/s",
            "alone",
            ratio,
            "≥ 0.9 ×",
            ratio >= 0.9,
            f"median of {len(pairs)} pairs, {np.min(apart / attacked):.2f} to "
            f"{np.max(apart / attacked):.2f}; a new loop beside each",
        )
    ]


def _timed(pool: ScriptPool, script: Script, uplinks: Sequence[Uplink]) -> float:
    began = time.perf_counter()
    answers = pool.decode(script, uplinks)()
    took = time.perf_counter() - began
    assert all(answer.fate is Fate.ANSWERED for answer in answers)
    return took


if __name__ == "__main__":
    for row in run():
        print(row)
