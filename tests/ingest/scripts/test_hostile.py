"""A codec that means harm is stopped, three times, and then not run any more; others go on."""

import os
import signal
import sys
from pathlib import Path

import pytest

from ingest.scripts.pool import ScriptPool
from ingest.scripts.script import Script
from ingest.scripts.wire import Answer, Fate, Uplink
from ingest.scripts.worker import Worker
from tests.ingest.scripts.codecs import AT_MS, HONEST, decoding, honest_ones, run, script, told

SLOW, MEMORY = "it does not come to an end in time", "it wants too much memory"
LONG, TAMPERED = "its answers are too long", "it replaces what belongs to the language"
ENDED = "its process had to be ended"

HOSTILE = [
    pytest.param(decoding("for (;;);"), SLOW, id="loops"),
    pytest.param(
        decoding("for (;;) { try { for (;;); } finally { continue; } }"),
        SLOW,
        id="loops and will not be interrupted",
    ),
    pytest.param(script("for (;;);"), SLOW, id="loops when it is loaded"),
    pytest.param(
        decoding("return { data: { toJSON() { for (;;); } } }"), SLOW, id="loops in its answer"
    ),
    pytest.param(
        decoding("return { data: { hit: /^(a+)+$/.test('a'.repeat(40) + 'b') } }"),
        SLOW,
        id="catastrophic regular expression",
    ),
    pytest.param(
        decoding("return { data: { text: new Array(2e8).join('') } }"),
        ENDED,
        id="keeps the engine itself busy, where nothing interrupts it",
    ),
    pytest.param(
        decoding("let all = []; for (;;) all.push(new Array(1000).fill(1));"),
        MEMORY,
        id="array bomb",
    ),
    pytest.param(
        decoding("let all = []; for (;;) all.push(new Uint8Array(1e6));"),
        MEMORY,
        id="typed array bomb",
    ),
    pytest.param(
        decoding("return { data: { text: 'a'.repeat(3e6) } }"), LONG, id="answers at length"
    ),
    pytest.param(
        decoding("return { data: { a: 1 } }", before="JSON.stringify = () => '{\"data\":{}}';"),
        TAMPERED,
        id="replaces JSON when it is loaded",
    ),
    pytest.param(
        decoding("Array.prototype.join = () => 'mine'; return { data: { a: 1 } }"),
        TAMPERED,
        id="replaces a method of all arrays",
    ),
    pytest.param(
        decoding("Date = function () {}; return { data: { a: 1 } }"), TAMPERED, id="replaces Date"
    ),
]


@pytest.mark.parametrize(("codec", "reason"), HOSTILE)
def test_a_hostile_codec_is_quarantined_after_three_times_and_others_go_on(
    pool: ScriptPool, codec: Script, reason: str
) -> None:
    fates = [run(pool, codec, b"\x01\x02")[0].fate for _ in range(4)]
    assert pool.quarantined[codec.key].reason == reason
    assert fates[3] is Fate.NOT_RUN
    assert honest_ones(pool)
    assert HONEST.key not in pool.quarantined


def test_one_poisonous_frame_costs_its_neighbours_nothing(pool: ScriptPool) -> None:
    codec = decoding("if (input.bytes[0] === 9) for (;;); return { data: { a: input.bytes[0] } }")
    answers = run(pool, codec, *(bytes([number]) for number in range(20)))
    assert [a.fate for a in answers if a.fate is not Fate.ANSWERED] == [Fate.TOO_SLOW]
    assert answers[9].fate is Fate.TOO_SLOW
    assert answers[19].text == b'{"data":{"a":19},"warnings":[]}'
    assert codec.key not in pool.quarantined


def test_a_frame_that_ends_the_process_costs_its_neighbours_nothing(pool: ScriptPool) -> None:
    stuck = "if (input.bytes[0] === 1) new Array(2e8).join(''); return { data: { a: 1 } }"
    answers = run(pool, decoding(stuck), *(bytes([number]) for number in range(3)))
    assert [answer.fate for answer in answers] == [Fate.ANSWERED, Fate.KILLED, Fate.ANSWERED]


def test_three_strikes_in_one_batch_stop_the_rest_of_it(pool: ScriptPool) -> None:
    codec = decoding("let all = []; for (;;) all.push(new Uint8Array(1e5));")
    answers = run(pool, codec, *[b"\x01"] * 300)
    assert {answer.fate for answer in answers} == {Fate.NO_MEMORY, Fate.NOT_RUN}
    assert codec.key in pool.quarantined


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("throw new Error('no such model')", "no such model"),
        ("throw null", "null"),
        ("throw { get message() { throw 1 } }", ""),
        ("return 5", "no object"),
        ("return [1]", "no object"),
        ("return null", "no object"),
        ("let a = {}; a.a = a; return { data: a }", "circular"),
        ("let deeper = () => deeper(); deeper()", "call stack"),
        ("let a = {}; for (let i = 0; i < 1e5; i++) a = { a }; return { data: a }", "call stack"),
        ("return { data: { big: 10n } }", "BigInt"),
    ],
)
def test_a_codec_that_fails_is_told_why_and_not_punished(
    pool: ScriptPool, body: str, reason: str
) -> None:
    codec = decoding(body)
    for _ in range(4):
        fate, text = told(pool, codec)
        assert (fate, reason in text) == ("T", True), text
    assert codec.key not in pool.quarantined


def test_errors_of_a_codec_come_before_its_data(pool: ScriptPool) -> None:
    assert told(pool, decoding("return { data: { a: 1 }, errors: ['bad'] }")) == ("E", '["bad"]')


def test_what_a_codec_does_to_its_bytes_reaches_nobody(pool: ScriptPool) -> None:
    codec = decoding("input.bytes.reverse(); input.bytes.length = 1; return { data: input }")
    first, second = run(pool, codec, b"\x01\x02", b"\x01\x02")
    assert first == second
    assert b'"bytes":[2]' in first.text


def test_nothing_of_the_outside_can_be_named(pool: ScriptPool) -> None:
    names = [
        "require", "process", "fetch", "XMLHttpRequest", "std", "os", "setTimeout", "performance",
        "Atomics", "SharedArrayBuffer", "WebAssembly", "queueMicrotask", "WeakRef", "print",
    ]  # fmt: skip
    seen = ",".join(f"typeof {name}" for name in names)
    fate, text = told(pool, decoding(f"return {{ data: {{ seen: [{seen}] }} }}"))
    assert fate == "A"
    assert text.count('"undefined"') == len(names), text
    _, text = told(pool, decoding("return { data: { a: import('os') } }"))
    assert text in ('{"data":{"a":{}},"warnings":[]}', '""') or "module" in text


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells only on Linux")
def test_the_process_may_open_nothing_and_knows_nothing_of_us() -> None:
    worker = Worker()
    try:
        worker.load(HONEST.key, HONEST.source)
        own = Path(f"/proc/{worker.pid}")
        limits = own.joinpath("limits").read_text()
        for name in ("Max open files", "Max processes", "Max file size", "Max core file size"):
            [line] = [line for line in limits.splitlines() if line.startswith(name)]
            assert line[26:].split()[:2] == ["0", "0"], line
        status = own.joinpath("status").read_text()
        assert "NoNewPrivs:\t1" in status
        if os.geteuid() == 0:
            assert "Uid:\t65534\t65534\t65534\t65534" in status
            assert set(own.joinpath("environ").read_bytes().split(b"\0")) == {
                b"TZ=UTC",
                b"LC_ALL=C.UTF-8",
                b"",
            }
            assert sorted(os.listdir(own / "fd")) == ["0", "1", "2"]  # noqa: PTH208 - names alone
    finally:
        worker.close()


def test_a_process_that_is_killed_is_started_anew() -> None:
    worker = Worker()
    try:
        uplinks = [Uplink(5, AT_MS, b"\x01\x02")]
        before = worker.decode(HONEST.key, HONEST.source, uplinks)
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGKILL)
        after = worker.decode(HONEST.key, HONEST.source, uplinks)
        if after[0][0].fate is Fate.KILLED:  # its end was not seen before it was asked
            after = worker.decode(HONEST.key, HONEST.source, uplinks)
        assert after == before == ([Answer(Fate.ANSWERED, before[0][0].text)], False)
    finally:
        worker.close()


def test_a_process_that_stands_still_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = Worker()
    try:
        worker.load(HONEST.key, HONEST.source)
        stood = worker.pid
        assert stood is not None
        monkeypatch.setattr("ingest.scripts.worker._STARVED", 0.05)
        os.kill(stood, signal.SIGSTOP)
        long = [Uplink(5, AT_MS, bytes(200))] * 1000  # more than a pipe holds
        [answer], _ = worker.decode(HONEST.key, HONEST.source, long)
        assert (answer.fate, answer.text) == (Fate.KILLED, b"it did not answer")
        assert worker.pid != stood  # another one is on its way
        monkeypatch.undo()
        [answer], _ = worker.decode(HONEST.key, HONEST.source, long[:1])
        assert answer.fate is Fate.ANSWERED
    finally:
        worker.close()


def test_only_who_has_proved_itself_runs_among_the_others() -> None:
    """Where codecs are tried, the processor is left to those that work."""
    with ScriptPool(1) as pool:
        uplinks = [Uplink(5, AT_MS, b"\x01\x02")]
        for _ in range(2):  # on trial, then among the proven
            [answer] = pool.decode(HONEST, uplinks)()
            assert answer.fate is Fate.ANSWERED
        lanes = (pool._proven_ones, pool._others)
        pids = [worker.pid for lane in lanes for worker in lane._workers]
        proven, others = (os.getpriority(os.PRIO_PROCESS, pid) for pid in pids if pid is not None)
        assert others - proven == 10
        sessions = [Path(f"/proc/{pid}/autogroup") for pid in pids]
        if not all(session.exists() for session in sessions):
            return  # a system that does not share the processor among sessions
        proven, others = (int(session.read_text().split()[-1]) for session in sessions)
        assert others - proven == 10


def test_a_pardoned_codec_runs_again(pool: ScriptPool) -> None:
    codec = decoding("return { data: { text: 'b'.repeat(3e6) } }")
    run(pool, codec, *[b"\x01"] * 3)
    assert told(pool, codec)[0] == "N"
    other = decoding("return { data: { text: 'c'.repeat(3e6) } }")
    run(pool, other, *[b"\x01"] * 2)
    pool.pardon({})
    assert told(pool, codec)[0] == "L"
    assert codec.key not in pool.quarantined
    assert told(pool, other)[0] == "L"
    assert other.key in pool.quarantined  # its two strikes were not forgotten with the other's
