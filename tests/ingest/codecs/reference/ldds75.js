function decodeUplink({ bytes, fPort }) {
  if (fPort !== 2 || bytes.length < 2) return { data: {} };
  const data = { battery_voltage: (unsigned(bytes, 0, 2) & 0x3fff) / 1000 };
  const millimetres = bytes.length === 8 ? unsigned(bytes, 2, 2) : 0;
  if (millimetres >= 20) data.distance = millimetres / 1000;
  return { data };
}
