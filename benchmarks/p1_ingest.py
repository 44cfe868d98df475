"""P1: rate of committed messages beside a naive script and a subscriber that stores nothing.

Whole ChirpStack v4 events of 2 000 lamp controllers, QoS 1, unique keys, fsync on; devices are
known before the clock starts. Each message makes one raw frame, seven observations and their newest
values; the naive script keeps the observations alone.
"""

import subprocess
import sys
import threading
import time

from benchmarks.events import READINGS
from benchmarks.ingest_load import (
    DEVICES,
    TOPIC,
    Cost,
    Load,
    committed,
    start_worker,
    totals,
    wait_until,
)
from benchmarks.mqtt_load import forget, receive_nothing_stored
from benchmarks.rows import Row
from benchmarks.servers import Servers, servers
from twin.errors import ServiceError

MESSAGES = 160_000
NAIVE_MESSAGES = 16_000
ROUNDS = 3


def run() -> list[Row]:
    """Measure the three side by side, each in its best round."""
    with servers() as running:
        rounds = [
            (_bare(running, MESSAGES // 2), _naive(running, number), _ours(running, number))
            for number in range(ROUNDS)
        ]
    (bare_name, bare), (naive, naive_cost), (ours, cost) = (
        max(column) for column in zip(*rounds, strict=True)
    )
    what = f"ingest, {MESSAGES:,} ChirpStack events committed"
    return [
        Row(
            "P1",
            what,
            ours,
            "msg/s",
            "naive script",
            ours / naive,
            "≥ 5 ×",
            ours >= 5 * naive,
            cost,
        ),
        Row("P1", what, ours, "msg/s", bare_name, ours / bare, "≥ 0.7 ×", ours >= 0.7 * bare, ""),
        Row("P1", "naive script: paho, json, executemany", naive, "msg/s", note=naive_cost),
        Row("P1", bare_name, bare, "msg/s"),
    ]


def _bare(running: Servers, count: int) -> tuple[str, float]:
    """Receive only: the C subscriber where there is one, else a bare socket in Python."""
    load = Load(running.mqtt_url, count)
    try:
        program = running.programs.mosquitto_sub()
    except ServiceError as error:
        threading.Timer(1.0, load.go).start()
        took = receive_nothing_stored(running.mqtt_url, [TOPIC], count)
        load.finish()
        return f"bare socket, stores nothing (mosquitto_sub: {error})", count / took
    port = running.mqtt_url.rpartition(":")[2]
    command = [program, "-p", port, "-t", TOPIC, "-q", "1", "-C", str(count), "-c", "-i", "bare"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as subscriber:
        time.sleep(1.0)
        began = time.perf_counter()
        load.go()
        subscriber.wait()
        took = time.perf_counter() - began
    load.finish()
    forget(running.mqtt_url, "bare")
    return "mosquitto_sub, stores nothing", count / took


def _naive(running: Servers, number: int) -> tuple[float, str]:
    total = DEVICES + NAIVE_MESSAGES
    with running.fresh(f"naive{number}") as database:
        load = Load(running.mqtt_url, total, warm=DEVICES)
        command = [sys.executable, "-m", "benchmarks.naive_ingest", running.mqtt_url]
        with subprocess.Popen(
            [*command, database.url, str(total)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as script:
            assert script.stdout is not None
            assert script.stdout.readline().strip() == "ready"
            count = ["SELECT count(*) FROM naive_reading"]
            load.go()
            wait_until(lambda: totals(database, count) == [DEVICES * READINGS], 120)
            cost = Cost(running, script.pid, database)
            began = time.perf_counter()
            load.go()
            wait_until(lambda: totals(database, count) == [total * READINGS], 600, 0.2)
            took = time.perf_counter() - began
            told = cost.per_message(NAIVE_MESSAGES)
        load.finish()
        forget(running.mqtt_url, "naive")
    return NAIVE_MESSAGES / took, told


def _ours(running: Servers, number: int) -> tuple[float, str]:
    total = DEVICES + MESSAGES
    with running.fresh(f"ours{number}") as database:
        load = Load(running.mqtt_url, total, warm=DEVICES)
        name = "ours"
        worker = start_worker(running.mqtt_url, database, REVERBERE_INGEST_CLIENT_ID=name)
        load.go()
        wait_until(lambda: committed(database) >= DEVICES, 120)
        cost = Cost(running, worker.pid, database)
        began = time.perf_counter()
        load.go()
        wait_until(lambda: committed(database) >= total, 600)
        took = time.perf_counter() - began
        told = cost.per_message(MESSAGES)
        load.finish()
        worker.terminate()
        worker.wait()
        forget(running.mqtt_url, name)
        kept = totals(database, ["SELECT count(*) FROM frame", "SELECT count(*) FROM observation"])
        assert kept == [total, total * READINGS], kept
    return MESSAGES / took, told


if __name__ == "__main__":
    for row in run():
        print(row)
