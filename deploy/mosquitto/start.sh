#!/bin/sh
# Write the accounts from the environment, then be mosquitto.
set -eu
passwords=/mosquitto/data/passwords
rm -f "$passwords"
touch "$passwords"
chmod 600 "$passwords"
mosquitto_passwd -b "$passwords" ingest "$MQTT_INGEST_PASSWORD"
mosquitto_passwd -b "$passwords" devices "$MQTT_DEVICES_PASSWORD"
chown -R mosquitto: /mosquitto/data
exec mosquitto -c /mosquitto/config/mosquitto.conf
