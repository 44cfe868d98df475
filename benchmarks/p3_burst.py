"""P3: 280 000 messages that waited at the broker through an outage, drained by one worker."""

import time

from benchmarks.events import READINGS
from benchmarks.ingest_load import (
    DEVICES,
    Load,
    committed,
    memory_peak_mb,
    start_worker,
    totals,
    wait_until,
)
from benchmarks.rows import Row
from benchmarks.servers import servers

MESSAGES = 280_000
MOST_MB = 300


def run() -> list[Row]:
    """Let them wait, start the worker, measure until the last commit."""
    total = DEVICES + MESSAGES
    with servers() as running, running.fresh("burst") as database:
        load = Load(running.mqtt_url, total, warm=DEVICES)
        first = start_worker(running.mqtt_url, database)
        load.go()
        wait_until(lambda: committed(database) >= DEVICES, 120)
        first.terminate()
        first.wait()
        load.go()
        load.finish()  # the broker holds them all
        began = time.perf_counter()
        worker = start_worker(running.mqtt_url, database, wait=False)
        wait_until(lambda: committed(database) >= total, 900)
        took = time.perf_counter() - began
        memory = memory_peak_mb(worker.pid)
        worker.terminate()
        worker.wait()
        frames, readings = totals(
            database, ["SELECT count(*) FROM frame", "SELECT count(*) FROM observation"]
        )
    lost = total - frames + total * READINGS - readings
    what = f"burst of {MESSAGES:,} messages"
    rate = f"{MESSAGES / took:,.0f} msg/s, start of the process included"
    return [
        Row("P3", f"{what}: drained in", took, "s", target="drained", reached=True, note=rate),
        Row(
            "P3",
            f"{what}: memory of the worker",
            memory,
            "MB",
            "",
            None,
            f"≤ {MOST_MB} MB",
            memory <= MOST_MB,
        ),
        Row("P3", f"{what}: lost", lost, "messages", target="0", reached=lost == 0),
    ]


if __name__ == "__main__":
    for row in run():
        print(row)
