function decodeUplink({ bytes }) {
  const data = {};
  if (bytes.length < 5 || bytes[0] !== 2) return { data };
  const flags = unsigned(bytes, 3, 2);
  let at = 5;
  if (flags & 1) {
    if (at + 6 > bytes.length) return { data };
    data.moisture = (unsigned(bytes, at, 2) / 10) * 0.0003879 - 0.6956;
    data.temperature = (unsigned(bytes, at + 2, 2) - 32768) / 10;
    data.conductivity = unsigned(bytes, at + 4, 2);
    at += 6;
  }
  if (flags & 2 && at + 2 <= bytes.length) data.battery_voltage = unsigned(bytes, at, 2) / 1000;
  return { data };
}
