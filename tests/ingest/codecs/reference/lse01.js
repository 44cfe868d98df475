function decodeUplink({ bytes, fPort }) {
  if (fPort !== 2 || bytes.length < 2) return { data: {} };
  const data = { battery_voltage: (unsigned(bytes, 0, 2) & 0x3fff) / 1000 };
  if (bytes.length === 11) Object.assign(data, { external_temperature: signed(bytes, 2, 2) / 10,
    moisture: unsigned(bytes, 4, 2) / 100, temperature: signed(bytes, 6, 2) / 100,
    conductivity: unsigned(bytes, 8, 2) });
  return { data };
}
