function decodeUplink({ bytes, fPort }) {
  const data = {}, device = bytes[1], type = bytes[2];
  if (fPort !== 6 || bytes.length < 11 || type === 0) return { data };
  const battery = () => { data.battery_voltage = (bytes[3] & 127) / 10; data.battery_low = bytes[3] >> 7; };
  const phases = (read) => [1, 2, 3].forEach((phase) => read(phase, unsigned(bytes, 2 + 2 * phase, 2)));
  if (device === 0x49 && type === 1) { battery(); data.current = (unsigned(bytes, 4, 2) * bytes[6]) / 1000; }
  if (device === 0x4a && type === 1) {
    battery();
    phases((phase, raw) => { data["current_raw." + phase] = raw; });
    data["current.1"] = (unsigned(bytes, 4, 2) * bytes[10]) / 1000;
    data["multiplier.1"] = bytes[10];
  }
  if (device === 0x4a && type === 2) { battery(); data["multiplier.2"] = bytes[4]; data["multiplier.3"] = bytes[5]; }
  if (device === 0x4a && type === 3) { battery(); phases((phase, raw) => {
    data["current." + phase] = (raw * [1, 5, 10, 100][(bytes[10] >> (2 * phase - 2)) & 3]) / 1000; }); }
  if (device === 0x4a && type === 4) { battery(); phases((phase) => {
    data["alarm_low." + phase] = (bytes[4] >> (2 * phase - 2)) & 1;
    data["alarm_high." + phase] = (bytes[4] >> (2 * phase - 1)) & 1; }); }
  if (device === 0xca && type === 1) { battery(); data["current.1"] = unsigned(bytes, 4, 4) / 1000; }
  if (device === 0xca && type === 2) {
    data["current.2"] = unsigned(bytes, 3, 4) / 1000;
    data["current.3"] = unsigned(bytes, 7, 4) / 1000;
  }
  return { data };
}
