function decodeUplink({ bytes }) {
  const size = { 0x58: 15, 0x00: 16 }[bytes[0]];
  if (!size || bytes.length < size) return { data: {} };
  const data = { dimming: bytes[1] / 2.5, power: unsigned(bytes, 2, 2), energy: unsigned(bytes, 4, 3) / 1000,
    power_factor: unsigned(bytes, 7, 2) / 1000, current: unsigned(bytes, 9, 2) / 1000,
    voltage: unsigned(bytes, 11, 4) / 1000 };
  if (bytes[0] === 0) data.temperature = bytes[15];
  return { data };
}
