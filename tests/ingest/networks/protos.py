"""The published Protobuf messages, built for Google's own library: an encoder that is not ours.

One line a field, as the servers' .proto files number them; the definitions are cut to what the
tests write.
"""

import re
from functools import cache
from typing import Any, Final

from google.protobuf import (
    descriptor_pb2,
    descriptor_pool,
    duration_pb2,  # noqa: F401 - registers google.protobuf.Duration
    message_factory,
    struct_pb2,  # noqa: F401 - registers google.protobuf.Struct
    timestamp_pb2,  # noqa: F401 - registers google.protobuf.Timestamp
)

CHIRPSTACK_V4: Final = """
enum DeviceClass { CLASS_A CLASS_B CLASS_C }
enum CRCStatus { NO_CRC BAD_CRC CRC_OK }
enum CodeRate { CR_UNDEFINED CR_4_5 CR_4_6 CR_4_7 CR_4_8 }
enum LogLevel { INFO WARNING ERROR }
enum LogCode { UNKNOWN DOWNLINK_PAYLOAD_SIZE UPLINK_CODEC DOWNLINK_CODEC OTAA UPLINK_F_CNT_RESET
  UPLINK_MIC UPLINK_F_CNT_RETRANSMISSION DOWNLINK_GATEWAY RELAY_NEW_END_DEVICE F_CNT_DOWN EXPIRED }
enum State { OFFLINE ONLINE }
message Location { double latitude=1 double longitude=2 double altitude=3 float accuracy=5 }
message DeviceInfo { string tenant_id=1 string tenant_name=2 string application_id=3
  string application_name=4 string device_profile_id=5 string device_profile_name=6
  string device_name=7 string dev_eui=8 map tags=9 DeviceClass device_class_enabled=10 }
message Lora { uint32 bandwidth=1 uint32 spreading_factor=2 CodeRate code_rate=5 }
message Modulation { Lora lora=3 }
message UplinkTxInfo { uint32 frequency=1 Modulation modulation=2 }
message UplinkRxInfo { string gateway_id=1 uint32 uplink_id=2 Timestamp gw_time=3
  Duration time_since_gps_epoch=4 Duration fine_time_since_gps_epoch=5 int32 rssi=6 float snr=7
  uint32 channel=8 uint32 rf_chain=9 uint32 board=10 uint32 antenna=11 Location location=12
  bytes context=13 map metadata=15 CRCStatus crc_status=16 Timestamp ns_time=17 }
message Relay { string dev_eui=1 uint32 frequency=2 uint32 dr=3 int32 snr=4 int32 rssi=5 }
message KeyEnvelope { string kek_label=1 bytes aes_key=2 }
message JoinServerContext { string session_key_id=1 KeyEnvelope app_s_key=2 }
message UplinkEvent { string deduplication_id=1 Timestamp time=2 DeviceInfo device_info=3
  string dev_addr=4 bool adr=5 uint32 dr=6 uint32 f_cnt=7 uint32 f_port=8 bool confirmed=9
  bytes data=10 Struct object=11 repeated UplinkRxInfo rx_info=12 UplinkTxInfo tx_info=13
  Relay relay_rx_info=14 JoinServerContext join_server_context=15 string region_config_id=16 }
message JoinEvent { string deduplication_id=1 Timestamp time=2 DeviceInfo device_info=3
  string dev_addr=4 }
message AckEvent { string deduplication_id=1 Timestamp time=2 DeviceInfo device_info=3
  string queue_item_id=4 bool acknowledged=5 uint32 f_cnt_down=6 }
message DownlinkTxInfo { uint32 frequency=1 int32 power=2 }
message TxAckEvent { uint32 downlink_id=1 Timestamp time=2 DeviceInfo device_info=3
  string queue_item_id=4 uint32 f_cnt_down=5 string gateway_id=6 DownlinkTxInfo tx_info=7 }
message LogEvent { Timestamp time=1 DeviceInfo device_info=2 LogLevel level=3 LogCode code=4
  string description=5 map context=6 }
message StatusEvent { string deduplication_id=1 Timestamp time=2 DeviceInfo device_info=3
  int32 margin=5 bool external_power_source=6 bool battery_level_unavailable=7
  float battery_level=8 }
message LocationEvent { string deduplication_id=1 Timestamp time=2 DeviceInfo device_info=3
  Location location=4 }
message GatewayStats { Timestamp time=2 uint32 rx_packets_received=5 map metadata=10
  string gateway_id=17 }
message ConnState { bytes gateway_id_legacy=1 State state=2 string gateway_id=3 }
"""

CHIRPSTACK_V3: Final = """
enum CRCStatus { NO_CRC BAD_CRC CRC_OK }
message UplinkRXInfo { bytes gateway_id=1 Timestamp time=2 Duration time_since_gps_epoch=3
  int32 rssi=5 double lora_snr=6 bytes uplink_id=16 CRCStatus crc_status=17 }
message UplinkEvent { uint64 application_id=1 string application_name=2 string device_name=3
  bytes dev_eui=4 repeated UplinkRXInfo rx_info=5 bool adr=7 uint32 dr=8 uint32 f_cnt=9
  uint32 f_port=10 bytes data=11 string object_json=12 map tags=13 bool confirmed_uplink=14
  bytes dev_addr=15 }
message StatusEvent { uint64 application_id=1 string application_name=2 string device_name=3
  bytes dev_eui=4 int32 margin=5 bool external_power_source=6 bool battery_level_unavailable=7
  float battery_level=8 }
"""

SPARKPLUG: Final = """
message PropertyValue { uint32 type=1 bool is_null=2 uint32 int_value=3 string string_value=8 }
message PropertySet { repeated string keys=1 repeated PropertyValue values=2 }
message Template { string version=1 repeated Metric metrics=2 }
message Metric { string name=1 uint64 alias=2 uint64 timestamp=3 uint32 datatype=4
  bool is_historical=5 bool is_transient=6 bool is_null=7 PropertySet properties=9
  oneof uint32 int_value=10 oneof uint64 long_value=11 oneof float float_value=12
  oneof double double_value=13 oneof bool boolean_value=14 oneof string string_value=15
  oneof bytes bytes_value=16 oneof Template template_value=18 }
message Payload { uint64 timestamp=1 repeated Metric metrics=2 uint64 seq=3 string uuid=4
  bytes body=5 }
"""

_FIELD = re.compile(r"(repeated |oneof )?(\w+) (\w+)=(\d+)")
_SCALARS: Final = {
    "double": 1,
    "float": 2,
    "uint64": 4,
    "int32": 5,
    "bool": 8,
    "string": 9,
    "bytes": 12,
    "uint32": 13,
}
_GOOGLE: Final = {"Timestamp", "Duration", "Struct"}


@cache
def classes(package: str) -> dict[str, Any]:
    """Return the message classes of ``v4``, ``v3`` or ``sparkplug`` by name."""
    text, syntax = {
        "v4": (CHIRPSTACK_V4, "proto3"),
        "v3": (CHIRPSTACK_V3, "proto3"),
        "sparkplug": (SPARKPLUG, "proto2"),
    }[package]
    file = descriptor_pb2.FileDescriptorProto(name=f"{package}.proto", package=package)
    file.syntax = syntax
    file.dependency.extend(f"google/protobuf/{name.lower()}.proto" for name in sorted(_GOOGLE))
    enums = re.findall(r"enum (\w+) \{([^}]*)\}", text)
    for name, values in enums:
        enum = file.enum_type.add(name=name)
        for number, value in enumerate(values.split()):
            enum.value.add(name=f"{name}_{value}" if value == "UNKNOWN" else value, number=number)
    names = [name for name, _ in enums]
    for name, body in re.findall(r"message (\w+) \{([^}]*)\}", text):
        _add_message(file.message_type.add(name=name), package, body, names)
    pool = descriptor_pool.Default()
    pool.Add(file)  # type: ignore[no-untyped-call]
    found = pool.FindFileByName(f"{package}.proto")  # type: ignore[no-untyped-call]
    return {
        name: message_factory.GetMessageClass(descriptor)
        for name, descriptor in found.message_types_by_name.items()
    }


def _add_message(message: Any, package: str, body: str, enums: list[str]) -> None:
    for label, kind, name, number in _FIELD.findall(body):
        field = message.field.add(name=name, number=int(number), label=1)
        if label == "repeated ":
            field.label = 3
        if label == "oneof ":
            if not message.oneof_decl:
                message.oneof_decl.add(name="value")
            field.oneof_index = 0
        if kind in _SCALARS:
            field.type = _SCALARS[kind]
        elif kind == "map":
            entry = message.nested_type.add(name=f"{name.title().replace('_', '')}Entry")
            entry.options.map_entry = True
            entry.field.add(name="key", number=1, label=1, type=9)
            entry.field.add(name="value", number=2, label=1, type=9)
            field.label, field.type = 3, 11
            field.type_name = f".{package}.{message.name}.{entry.name}"
        else:
            field.type = 14 if kind in enums else 11
            field.type_name = (
                f".google.protobuf.{kind}" if kind in _GOOGLE else f".{package}.{kind}"
            )
