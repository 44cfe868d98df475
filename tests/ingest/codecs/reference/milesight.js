// MODEL is put in front: which of the tables holds.
function decodeUplink({ bytes }) {
  const data = {};
  const broken = (raw) => raw === 0xffff || raw === 0xfffd;
  const u2 = (field, per, at, channel) => {
    const raw = unsigned(bytes, at, 2, true);
    if (!broken(raw)) data[name(field, channel)] = raw / per;
  };
  const celsius = (at) => { data.temperature = signed(bytes, at, 2, true) / 10; };
  const flag = (field, at, channel) => { if (bytes[at] <= 1) data[name(field, channel)] = bytes[at]; };
  const nothing = () => undefined;
  const shared = { 0x0175: [1, (a) => { data.battery = bytes[a]; }], 0xff01: [1, nothing], 0xff09: [2, nothing],
    0xff0a: [2, nothing], 0xffff: [2, nothing], 0xff16: [8, nothing], 0xff0f: [1, nothing],
    0xfffe: [1, nothing], 0xff0b: [1, nothing] };
  const tables = {
    "em500-smtc": { 0x0367: [2, celsius], 0x0468: [1, (a) => { data.moisture = bytes[a] / 2; }],
      0x04ca: [2, (a) => u2("moisture", 100, a)], 0x057f: [2, (a) => u2("conductivity", 1, a)],
      0x83d7: [5, celsius],
      0x20ce: [10, (a) => { u2("conductivity", 1, a + 4); celsius(a + 6); u2("moisture", 100, a + 8); }] },
    "em500-swl": { 0x0377: [2, (a) => u2("depth", 100, a)], 0x20ce: [6, (a) => u2("depth", 100, a + 4)] },
    "em400-udl": { 0x0367: [2, celsius], 0x0482: [2, (a) => u2("distance", 1000, a)],
      0x0500: [1, (a) => { data.tilt = bytes[a]; }], 0x8367: [3, celsius],
      0x8482: [3, (a) => u2("distance", 1000, a)] },
    uc511: { 0x0301: [1, (a) => flag("valve_open", a, 0)], 0x0501: [1, (a) => flag("valve_open", a, 1)],
      0x04c8: [4, (a) => { data.pulse_count = unsigned(bytes, a, 4, true); }],
      0x06c8: [4, (a) => { data["pulse_count.1"] = unsigned(bytes, a, 4, true); }],
      0x0701: [1, (a) => { data.digital_input = bytes[a]; }],
      0x0801: [1, (a) => { data["digital_input.1"] = bytes[a]; }],
      0x097b: [2, (a) => u2("pressure", 1, a)], 0xb97b: [1, nothing], 0x0eaf: [3, nothing], 0x0faf: [3, nothing],
      0x20ce: [9, (a) => {
        const second = (bytes[a + 4] >> 4) & 1;
        data[name("valve_open", second)] = bytes[a + 4] & 1;
        if (!((bytes[a + 4] >> 1) & 1)) data[name("pulse_count", second)] = unsigned(bytes, a + 5, 4, true);
      }],
      0x21ce: [6, (a) => u2("pressure", 1, a + 4)], 0xfe1d: [9, nothing], 0xff1d: [9, nothing] },
    ws558: { 0x0374: [2, (a) => u2("voltage", 10, a)],
      0x0480: [4, (a) => { data.power = unsigned(bytes, a, 4, true); }],
      0x0581: [1, (a) => { data.power_factor = bytes[a] / 100; }],
      0x0683: [4, (a) => { data.energy = unsigned(bytes, a, 4, true) / 1000; }],
      0x07c9: [2, (a) => u2("current", 1000, a)],
      0x0831: [2, (a) => { for (let i = 0; i < 8; i++)
        if ((bytes[a] >> i) & 1) data[name("switch", i)] = (bytes[a + 1] >> i) & 1; }],
      0xfe28: [1, nothing], 0xff28: [1, nothing], 0xfe32: [5, nothing], 0xff32: [5, nothing] },
  };
  const tags = Object.assign({}, shared, tables[MODEL]);
  for (let at = 0; at + 2 <= bytes.length;) {
    const tag = tags[(bytes[at] << 8) | bytes[at + 1]];
    if (!tag || at + 2 + tag[0] > bytes.length) break;
    tag[1](at + 2);
    at += 2 + tag[0];
  }
  return { data };
}
