"""Messages as networks write them.

Recomposed: field names, nesting and literal types follow the formats that the networks publish, the
values are ours. Real captures are read by ``tests/ingest/test_captures.py``.
"""

from typing import Any

THINGS_STACK: dict[str, Any] = {
    "end_device_ids": {
        "device_id": "valve-7",
        "application_ids": {"application_id": "app1"},
        "dev_eui": "0004A30B001C0530",
        "join_eui": "800000000000000C",
        "dev_addr": "00BCB929",
    },
    "correlation_ids": ["gs:uplink:01E0", "as:up:01E0WZ", "ns:uplink:01E0"],
    "received_at": "2026-02-12T15:15:46.014773143Z",
    "uplink_message": {
        "session_key_id": "AXA50w==",
        "f_port": 1,
        "f_cnt": 1,
        "frm_payload": "gkHe",
        "decoded_payload": {"t": 1},
        "normalized_payload": [
            {"soil": {"moisture": 55, "ec": 0.24}, "battery": 3.6},
            {"time": "2026-02-12T15:00:00Z", "soil": {"moisture": 54}},
        ],
        "rx_metadata": [
            {"packet_broker": {"forwarder_net_id": "000013"}, "rssi": -90},
            {
                "gateway_ids": {"gateway_id": "gw1", "eui": "9C5C8E00001A05C4"},
                "time": "2026-02-12T15:15:45.700Z",
                "rssi": -35,
                "snr": 5.2,
            },
        ],
        "settings": {
            "data_rate": {"lora": {"bandwidth": 125000, "spreading_factor": 7}},
            "frequency": "868300000",
        },
        "received_at": "2026-02-12T15:15:45.78Z",
        "confirmed": True,
        "version_ids": {"brand_id": "milesight-iot", "model_id": "em500-smtc"},
    },
}

THINGPARK: dict[str, Any] = {
    "DevEUI_uplink": {
        "Time": "2024-12-17T10:16:55.911+01:00",
        "DevEUI": "0018B20000000B20",
        "FPort": 1,
        "FCntUp": 368,
        "MType": 4,
        "payload_hex": "9e1848",
        "LrrRSSI": "-84.0",
        "Lrrid": "10001273",
        "Late": 1,
        "Lrrs": {"Lrr": [{"Lrrid": "10001273", "LrrRSSI": -84.0, "LrrSNR": 9.75}]},
        "CustomerID": "100002164",
        "DriverCfg": {"app": {"pId": "adeunis", "mId": "field-test", "ver": "1"}},
        "DevAddr": "040006CC",
        "Frequency": 868.5,
        "payload": {},
        "points": {
            "temperature": {"unitId": "Cel", "record": 24},
            "humidity": {
                "unitId": "%RH",
                "records": [{"eventTime": "2024-12-17T09:00:00Z", "value": 50}],
            },
        },
    }
}

THINGPARK_OLD = {  # 2018: every number is a text
    "DevEUI_uplink": {
        "Time": "2018-11-05T16:10:14.000+01:00",
        "DevEUI": "0018B20000000B20",
        "FPort": "2",
        "FCntUp": "7",
        "MType": "2",
        "payload_hex": "01ff",
        "Late": "0",
        "Frequency": "868.1",
        "PayloadEncryption": "0",
    }
}

LIVE_OBJECTS: dict[str, Any] = {
    "metadata": {
        "connector": "lora",
        "source": "urn:lo:nsid:lora:70B3D59BA0009832",
        "encoding": "codec-x",
        "network": {
            "lora": {
                "devEUI": "70B3D59BA0009832",
                "port": 5,
                "fcnt": 1,
                "rssi": -99,
                "snr": 7,
                "sf": 12,
                "gatewayCnt": 1,
                "messageType": "UNCONFIRMED_DATA_UP",
            }
        },
    },
    "streamId": "urn:lo:nsid:lora:70B3D59BA0009832",
    "created": "2026-10-23T12:32:48.011Z",
    "timestamp": "2026-10-23T12:32:44.546Z",
    "model": "lora_v0",
    "value": {"payload": "6d011f0179", "temperature": 21.5},
    "tags": ["t"],
}

LORIOT: dict[str, Any] = {
    "cmd": "gw",
    "seqno": 1742,
    "EUI": "0004A30B00E8355E",
    "ts": 1670259961585,
    "fcnt": 3,
    "port": 2,
    "freq": 868300000,
    "dr": "SF12 BW125 4/5",
    "ack": False,
    "gws": [
        {
            "rssi": -92,
            "snr": -13,
            "ts": 1670259961614,
            "time": "2022-12-05T17:06:01.552Z",
            "gweui": "7076FFFFFF019BF7",
        },
        {"rssi": -101, "snr": -17, "ts": 1670259961620, "gweui": "7076FFFFFF019BF8"},
    ],
    "bat": 255,
    "data": "00320019",
}
LORIOT_RX = {
    **{key: LORIOT[key] for key in ("seqno", "EUI", "ts", "fcnt", "port", "freq", "ack", "data")},
    "cmd": "rx",
    "rssi": -92,
    "snr": -13,
}

AWS: dict[str, Any] = {
    "WirelessDeviceId": "5b58245e-146c-4c30-9703-0ca942e3ff35",
    "PayloadData": "AQI=",
    "WirelessMetadata": {
        "LoRaWAN": {
            "DevEui": "84a8c1d2e3f40506",
            "FPort": 2,
            "FCnt": 11,
            "DataRate": "0",
            "Frequency": "868100000",
            "Timestamp": "2026-05-03T03:24:29Z",
            "Gateways": [{"GatewayEui": "80029cfffe5cf1cc", "Rssi": -29, "Snr": 9.75}],
        }
    },
}

EXPORTED: dict[str, Any] = {
    "file": "export.csv.gz",
    "row": 17,
    "time": "2024-01-23T17:13Z",
    "cells": {
        "Date Time": "23/01/2024 18:13",
        "Gateway": "Left",
        "Direction": "up",
        "Type": "UNCONF_DATA_UP",
        "DevAddr": "FC00AF46",
        "DevEUI": "d1d1e80000000033",
        "Timestamp": "1911976398",
        "Port": "3",
        "Sequence": "31786",
        "SF": "7",
        "RSSI": "-115",
        "SNR": "-8,5",
    },
}
"""A line of an operator's export, as ``ingest.exports`` sends it on."""

JOINING: dict[str, Any] = {
    **EXPORTED,
    "cells": {**EXPORTED["cells"], "Type": "JOIN_REQUEST", "DevAddr": "", "Sequence": ""},
}
