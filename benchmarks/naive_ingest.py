"""The yardstick: what one writes in an afternoon. paho, json, executemany; 500 messages or 0.5 s.

``python -m benchmarks.naive_ingest URL DATABASE COUNT`` ends when the last reading is committed and
prints the seconds since the first message.
"""

import base64
import json
import queue
import sys
import time
from datetime import datetime

import psycopg
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

TABLE = """
CREATE TABLE IF NOT EXISTS naive_reading (
    time timestamptz NOT NULL, device text NOT NULL, metric text NOT NULL, value float8 NOT NULL,
    PRIMARY KEY (time, device, metric))
"""
INSERT = "INSERT INTO naive_reading VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING"


def decode(payload: bytes) -> dict[str, float]:
    """Read a VOLC2180 meter frame."""
    number = int.from_bytes
    return {
        "dimming_level": payload[1] / 2.5,
        "active_power": number(payload[2:4], "big"),
        "lamp_on": float(number(payload[2:4], "big") > 2),
        "active_energy": number(payload[4:7], "big") / 1000,
        "power_factor": number(payload[7:9], "big") / 1000,
        "current": number(payload[9:11], "big") / 1000,
        "voltage": number(payload[11:15], "big") / 1000,
    }


def main(url: str, database: str, count: int) -> None:
    """Receive ``count`` messages and store their readings."""
    waiting: queue.Queue[MQTTMessage] = queue.Queue()
    client = Client(CallbackAPIVersion.VERSION2, client_id="naive", clean_session=False)
    client.on_message = lambda _client, _userdata, message: waiting.put(message)
    host, _, port = url.rpartition("//")[2].rpartition("@")[2].partition(":")
    client.connect(host, int(port or 1883))
    client.subscribe("application/+/device/+/event/up", qos=1)
    client.loop_start()
    with psycopg.connect(database) as connection:
        connection.execute(TABLE)
        connection.commit()
        print("ready", flush=True)
        began, seen = 0.0, 0
        while seen < count:
            rows, messages, until = [], 0, time.perf_counter() + 0.5
            while messages < 500 and (left := until - time.perf_counter()) > 0:
                try:
                    message = waiting.get(timeout=left)
                except queue.Empty:
                    break
                began = began or time.perf_counter()
                messages += 1
                event = json.loads(message.payload)
                at = datetime.fromisoformat(event["time"])
                device = event["deviceInfo"]["devEui"]
                for metric, value in decode(base64.b64decode(event["data"])).items():
                    rows.append((at, device, metric, value))
            with connection.cursor() as cursor:
                cursor.executemany(INSERT, rows)
            connection.commit()
            seen += messages
        print(time.perf_counter() - began, flush=True)
        sys.stdin.readline()  # what it cost is read while it is there
    client.disconnect()
    client.loop_stop()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
