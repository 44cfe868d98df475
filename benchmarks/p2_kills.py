"""P2: the stream with 5 % duplicates, disorder and 1 % garbage, the worker killed three times."""

import sys
import time

from benchmarks.events import READINGS
from benchmarks.ingest_load import Load, committed, start_worker, totals, wait_until
from benchmarks.rows import Row
from benchmarks.servers import servers
from twin.store.database import Database

MESSAGES = 40_000
RATE = 4_000.0
KILLS = 3
DEVICES = 2_000


def run() -> list[Row]:
    """Send, kill, wait, count."""
    with servers() as running, running.fresh("kills") as database:
        load = Load(running.mqtt_url, MESSAGES, devices=DEVICES, rate=RATE, trouble=True)
        worker = start_worker(running.mqtt_url, database)
        load.go()
        for _ in range(KILLS):
            time.sleep(MESSAGES / RATE / (KILLS + 1))
            worker.kill()
            worker.wait()
            worker = start_worker(running.mqtt_url, database, wait=False)
        load.finish()
        _wait_until_quiet(database)
        worker.terminate()
        worker.wait()
        return _counted(database, MESSAGES // 100)


def _wait_until_quiet(database: Database) -> None:
    wait_until(lambda: committed(database) >= MESSAGES, 300)
    last = -1
    while last != (last := committed(database)):
        time.sleep(2.0)


def _counted(database: Database, garbage: int) -> list[Row]:
    frames, keys, readings, rejected, received, ended = totals(
        database,
        [
            "SELECT count(*) FROM frame",
            "SELECT count(DISTINCT (dev_eui, f_cnt)) FROM frame",
            "SELECT count(*) FROM observation",
            "SELECT count(*) FROM rejected",
            "SELECT sum(count) FROM ledger WHERE outcome = 'received'",
            "SELECT sum(count) FROM ledger WHERE outcome <> 'received'",
        ],
    )
    lost = MESSAGES - keys + garbage - rejected
    doubled = frames - keys + readings - keys * READINGS
    what = f"{MESSAGES:,} messages, worker killed {KILLS} times"
    told = f"{received:,} deliveries, {garbage} pieces of garbage in quarantine"
    return [
        Row("P2", f"{what}: lost", lost, "messages", target="0", reached=lost == 0, note=told),
        Row("P2", f"{what}: doubled", doubled, "rows", target="0", reached=doubled == 0),
        Row(
            "P2",
            f"{what}: ledger off by",
            received - ended,
            "",
            target="0",
            reached=received == ended,
        ),
    ]


if __name__ == "__main__":
    for row in run():
        print(row, file=sys.stdout)
