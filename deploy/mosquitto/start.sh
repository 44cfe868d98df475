#!/bin/sh
# Write the accounts and the rights from the environment, then be mosquitto.
set -eu
passwords=/mosquitto/data/passwords
rights=/mosquitto/data/rights
rm -f "$passwords" "$rights"
touch "$passwords"
chmod 600 "$passwords"
mosquitto_passwd -b "$passwords" ingest "$MQTT_INGEST_PASSWORD"
mosquitto_passwd -b "$passwords" devices "$MQTT_DEVICES_PASSWORD"
# devices, the last user of the file, may also publish what ingest is told to read: a JSON list
{
    cat /mosquitto/rights
    printf '%s' "${REVERBERE_INGEST_TOPICS:-[]}" | tr -d '[]"\n' | tr ',' '\n' |
        sed -e 's/^ *//' -e 's/ *$//' -e '/./!d' -e 's/^/topic write /'
    echo
} > "$rights"
chmod 600 "$rights"
chown -R mosquitto: /mosquitto/data
exec mosquitto -c /mosquitto/config/mosquitto.conf
