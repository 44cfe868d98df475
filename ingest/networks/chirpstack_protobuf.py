"""The tables of ChirpStack's Protobuf: version 4 by event, version 3 by event, gateways.

Numbers and names of ``integration.proto``, ``gw.proto``, ``common.proto`` of the servers; names as
in their JSON. What ingest does not read and JSON would not show is left out.
"""

from typing import Final

from ingest.networks.protobuf import Field, Message

_LEVELS: Final = ("INFO", "WARNING", "ERROR")
_CODES: Final = (
    "UNKNOWN",
    "DOWNLINK_PAYLOAD_SIZE",
    "UPLINK_CODEC",
    "DOWNLINK_CODEC",
    "OTAA",
    "UPLINK_F_CNT_RESET",
    "UPLINK_MIC",
    "UPLINK_F_CNT_RETRANSMISSION",
    "DOWNLINK_GATEWAY",
    "RELAY_NEW_END_DEVICE",
    "F_CNT_DOWN",
    "EXPIRED",
)
_CODES_V3: Final = (
    "UNKNOWN",
    "DOWNLINK_PAYLOAD_SIZE",
    "DOWNLINK_FCNT",
    "UPLINK_CODEC",
    "DOWNLINK_CODEC",
    "OTAA",
    "UPLINK_FCNT_RESET",
    "UPLINK_MIC",
    "UPLINK_FCNT_RETRANSMISSION",
    "DOWNLINK_GATEWAY",
)
_CODE_RATES: Final = (
    "CR_UNDEFINED",
    "CR_4_5",
    "CR_4_6",
    "CR_4_7",
    "CR_4_8",
    "CR_3_8",
    "CR_2_6",
    "CR_1_4",
    "CR_1_6",
    "CR_5_6",
    "CR_LI_4_5",
    "CR_LI_4_6",
    "CR_LI_4_8",
)
_SOURCES: Final = (
    "UNKNOWN",
    "GPS",
    "CONFIG",
    "GEO_RESOLVER_TDOA",
    "GEO_RESOLVER_RSSI",
    "GEO_RESOLVER_GNSS",
    "GEO_RESOLVER_WIFI",
)


_Told = tuple[int, str | tuple[str, ...] | Message]
"""A field's number and kind."""


def _message(**named: _Told) -> Message:
    return Message({number: Field(name, kind) for name, (number, kind) in named.items()})


_LOCATION: Final = _message(
    latitude=(1, "double"),
    longitude=(2, "double"),
    altitude=(3, "double"),
    source=(4, _SOURCES),
    accuracy=(5, "float"),
)
_MODULATION: Final = _message(
    lora=(
        3,
        _message(
            bandwidth=(1, "uint"),
            spreadingFactor=(2, "uint"),
            codeRateLegacy=(3, "text"),
            polarizationInversion=(4, "bool"),
            codeRate=(5, _CODE_RATES),
            preamble=(6, "uint"),
            noCrc=(7, "bool"),
        ),
    ),
    fsk=(4, _message(frequencyDeviation=(1, "uint"), datarate=(2, "uint"))),
    lrFhss=(
        5,
        _message(
            operatingChannelWidth=(1, "uint"),
            codeRateLegacy=(2, "text"),
            gridSteps=(3, "uint"),
            codeRate=(4, _CODE_RATES),
        ),
    ),
)
_DEVICE: Final = _message(
    tenantId=(1, "text"),
    tenantName=(2, "text"),
    applicationId=(3, "text"),
    applicationName=(4, "text"),
    deviceProfileId=(5, "text"),
    deviceProfileName=(6, "text"),
    deviceName=(7, "text"),
    devEui=(8, "text"),
    tags=(9, "map"),
    deviceClassEnabled=(10, ("CLASS_A", "CLASS_B", "CLASS_C")),
)
_RELAY: Final = _message(
    devEui=(1, "text"),
    frequency=(2, "uint"),
    dr=(3, "uint"),
    snr=(4, "int"),
    rssi=(5, "int"),
    worChannel=(6, "uint"),
)
_JOIN_SERVER: Final = _message(
    sessionKeyId=(1, "text"),
    appSKey=(2, _message(kekLabel=(1, "text"), aesKey=(2, "bytes"))),
)
_RECEPTION: Final = _message(
    gatewayId=(1, "text"),
    uplinkId=(2, "uint"),
    gwTime=(3, "time"),
    timeSinceGpsEpoch=(4, "duration"),
    fineTimeSinceGpsEpoch=(5, "duration"),
    rssi=(6, "int"),
    snr=(7, "float"),
    channel=(8, "uint"),
    rfChain=(9, "uint"),
    board=(10, "uint"),
    antenna=(11, "uint"),
    location=(12, _LOCATION),
    context=(13, "bytes"),
    metadata=(15, "map"),
    crcStatus=(16, ("NO_CRC", "BAD_CRC", "CRC_OK")),
    nsTime=(17, "time"),
)
_TIMING: Final = _message(
    immediately=(1, _message()),
    delay=(2, _message(delay=(1, "duration"))),
    gpsEpoch=(3, _message(timeSinceGpsEpoch=(1, "duration"))),
)
_DOWN: Final = _message(
    frequency=(1, "uint"),
    power=(2, "int"),
    modulation=(3, _MODULATION),
    board=(4, "uint"),
    antenna=(5, "uint"),
    timing=(6, _TIMING),
    context=(7, "bytes"),
)
_HEAD: Final[dict[str, _Told]] = {
    "deduplicationId": (1, "text"),
    "time": (2, "time"),
    "deviceInfo": (3, _DEVICE),
}

UP: Final = Message(
    {
        **_message(
            **_HEAD,
            devAddr=(4, "text"),
            adr=(5, "bool"),
            dr=(6, "uint"),
            fCnt=(7, "uint"),
            fPort=(8, "uint"),
            confirmed=(9, "bool"),
            data=(10, "bytes"),
            object=(11, "struct"),
            txInfo=(13, _message(frequency=(1, "uint"), modulation=(2, _MODULATION))),
            relayRxInfo=(14, _RELAY),
            joinServerContext=(15, _JOIN_SERVER),
            regionConfigId=(16, "text"),
        ).fields,
        12: Field("rxInfo", _RECEPTION, repeated=True),
    }
)
EVENTS: Final = {
    "up": UP,
    "join": _message(
        **_HEAD,
        devAddr=(4, "text"),
        relayRxInfo=(5, _RELAY),
        joinServerContext=(6, _JOIN_SERVER),
        regionConfigId=(7, "text"),
    ),
    "ack": _message(
        **_HEAD, queueItemId=(4, "text"), acknowledged=(5, "bool"), fCntDown=(6, "uint")
    ),
    "txack": _message(
        downlinkId=(1, "uint"),
        time=(2, "time"),
        deviceInfo=(3, _DEVICE),
        queueItemId=(4, "text"),
        fCntDown=(5, "uint"),
        gatewayId=(6, "text"),
        txInfo=(7, _DOWN),
    ),
    "log": _message(
        time=(1, "time"),
        deviceInfo=(2, _DEVICE),
        level=(3, _LEVELS),
        code=(4, _CODES),
        description=(5, "text"),
        context=(6, "map"),
    ),
    "status": _message(
        **_HEAD,
        margin=(5, "int"),
        externalPowerSource=(6, "bool"),
        batteryLevelUnavailable=(7, "bool"),
        batteryLevel=(8, "float"),
    ),
    "location": _message(**_HEAD, location=(4, _LOCATION)),
}
"""Version 4, by the event's kind."""

_HEAD_V3: Final[dict[str, _Told]] = {
    "applicationID": (1, "uint"),
    "applicationName": (2, "text"),
    "deviceName": (3, "text"),
    "devEUI": (4, "bytes"),
}
_RECEPTION_V3: Final = _message(
    gatewayID=(1, "bytes"),
    time=(2, "time"),
    timeSinceGPSEpoch=(3, "duration"),
    rssi=(5, "int"),
    loRaSNR=(6, "double"),
    channel=(7, "uint"),
    rfChain=(8, "uint"),
    board=(9, "uint"),
    antenna=(10, "uint"),
    location=(11, _LOCATION),
    context=(15, "bytes"),
    uplinkID=(16, "bytes"),
    crcStatus=(17, ("NO_CRC", "BAD_CRC", "CRC_OK")),
)
EVENTS_V3: Final = {
    "up": Message(
        {
            **_message(
                **_HEAD_V3,
                adr=(7, "bool"),
                dr=(8, "uint"),
                fCnt=(9, "uint"),
                fPort=(10, "uint"),
                data=(11, "bytes"),
                objectJSON=(12, "text"),
                tags=(13, "map"),
                confirmedUplink=(14, "bool"),
                devAddr=(15, "bytes"),
            ).fields,
            5: Field("rxInfo", _RECEPTION_V3, repeated=True),
        }
    ),
    "join": _message(**_HEAD_V3, devAddr=(5, "bytes"), tags=(9, "map")),
    "ack": _message(**_HEAD_V3, acknowledged=(5, "bool"), fCnt=(6, "uint"), tags=(7, "map")),
    "txack": _message(**_HEAD_V3, fCnt=(5, "uint"), tags=(6, "map")),
    "error": _message(
        **_HEAD_V3, type=(5, _CODES_V3), error=(6, "text"), fCnt=(7, "uint"), tags=(8, "map")
    ),
    "status": _message(
        **_HEAD_V3,
        margin=(5, "int"),
        externalPowerSource=(6, "bool"),
        batteryLevelUnavailable=(7, "bool"),
        batteryLevel=(8, "float"),
        tags=(9, "map"),
    ),
    "location": _message(**_HEAD_V3, location=(5, _LOCATION), tags=(6, "map")),
}
"""Version 3, by the event's kind."""

GATEWAY: Final = {
    "event/stats": _message(
        gatewayIdLegacy=(1, "bytes"),
        time=(2, "time"),
        location=(3, _LOCATION),
        configVersion=(4, "text"),
        rxPacketsReceived=(5, "uint"),
        rxPacketsReceivedOk=(6, "uint"),
        txPacketsReceived=(7, "uint"),
        txPacketsEmitted=(8, "uint"),
        metadata=(10, "map"),
        txPacketsPerFrequency=(12, "map"),
        rxPacketsPerFrequency=(13, "map"),
        txPacketsPerStatus=(16, "map"),
        gatewayId=(17, "text"),
    ),
    "state/conn": _message(
        gatewayIdLegacy=(1, "bytes"),
        state=(2, ("OFFLINE", "ONLINE")),
        gatewayId=(3, "text"),
    ),
}
"""What a gateway tells of itself, by the last two words of the topic."""
