function decodeUplink({ bytes }) {
  const data = {}, end = bytes.length - 1;
  if (bytes.length <= 2) return { data };
  let register = 0;
  for (let i = 0; i < end; i++) {
    register ^= bytes[i];
    for (let bit = 0; bit < 8; bit++) register = ((register << 1) ^ (register & 128 ? 7 : 0)) & 255;
  }
  if (register !== bytes[end]) return { data };
  const sizes = (tag) => tag <= 0x16 ? 4 : tag <= 0x19 ? 1 : tag === 0x1a ? 2 : tag === 0x1b ? 4 : tag <= 0x23 ? 4
    : tag <= 0x2b ? 8 : tag === 0xf0 || tag === 0xf7 ? 1 : tag === 0xf1 || tag === 0xf2 ? 4
    : tag >= 0xf3 && tag <= 0xf6 ? 2 : tag >= 0xf8 && tag <= 0xfe ? 4 : 0;
  const found = {};
  for (let at = 4; at < end;) {
    const tag = bytes[at], size = sizes(tag);
    if (!size || at + 1 + size > end) break;
    found[tag] = at + 1;
    const figure = (field, channel, per) => { data[name(field, channel)] = signed(bytes, at + 1, size, true) / per; };
    if (tag >= 0x0b && tag <= 0x0e) figure("power", tag - 0x0b, 1);
    if (tag >= 0x0f && tag <= 0x13) figure("current", tag - 0x0f, 1000);
    if (tag >= 0x14 && tag <= 0x16) figure("voltage", tag - 0x13, 10);
    if (tag >= 0x17 && tag <= 0x19) figure("power_factor", tag - 0x16, 100);
    if (tag === 0x1a) figure("frequency", 0, 10);
    if (tag === 0x1b) figure("mean_power", 0, 1);
    if (tag === 0xf0) { data.faults = bytes[at + 1]; data.supply_present = (bytes[at + 1] >> 5) & 1 ? 0 : 1; }
    at += 1 + size;
  }
  ["active_import", "active_export", "reactive_import", "reactive_export"].forEach((field, number) => {
    for (const [first, size, per] of [[0x24, 8, 1000], [0x1c, 4, 1], [0x03, 4, 1000]]) {
      const tariffs = [first + 2 * number, first + 2 * number + 1].filter((tag) => tag in found);
      if (!tariffs.length) continue;
      data[field] = tariffs.reduce((sum, tag) => sum + unsigned(bytes, found[tag], size, true), 0) / per;
      break;
    }
  });
  return { data };
}
