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
from ingest.scripts.script import make_script
from ingest.scripts.wire import Fate, Uplink

FRAMES = 50_000
SINGLE = 500
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
    """Batches of an honest codec, each with frames of one that never ends."""
    soil, loop = make_script("soil.js", SOIL.encode()), make_script("loop.js", HOSTILE.encode())
    batches = [uplinks[first : first + 5_000] for first in range(0, len(uplinks), 5_000)]

    def take(batch: Sequence[Uplink], *, beside: bool) -> float:
        began = time.perf_counter()
        waiting = [pool.decode(loop, batch[:100])] if beside else []
        waiting.append(pool.decode(soil, batch))
        answers = [wait() for wait in waiting]
        assert all(answer.fate is Fate.ANSWERED for answer in answers[-1])
        return time.perf_counter() - began

    with ScriptPool(2) as pool:
        pool.decode(soil, uplinks[:SINGLE])()
        pairs = [(take(batch, beside=False), take(batch, beside=True)) for batch in batches]
        assert loop.key in pool.quarantined
    alone, beside = np.array(pairs).T
    ratio = float(np.median(alone / beside))
    once = float(beside.max() - np.median(alone))
    return [
        Row(
            "P15",
            "rate of an honest codec beside one that loops",
            len(batches[0]) / float(np.median(beside)),
            "/s",
            "alone",
            ratio,
            "≥ 0.9 ×",
            ratio >= 0.9,
            f"the loop cost {once:.2f} s once, then it was in quarantine",
        )
    ]


if __name__ == "__main__":
    for row in run():
        print(row)
