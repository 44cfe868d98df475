function decodeUplink({ bytes }) {
  const data = {}, seen = {};
  const tags = {
    1: [2, (a) => ({ temperature: signed(bytes, a, 2) / 10 })], 2: [1, (a) => ({ humidity: bytes[a] })],
    3: [3, (a) => ({ acceleration_x: signed(bytes, a, 1) / 63, acceleration_y: signed(bytes, a + 1, 1) / 63,
      acceleration_z: signed(bytes, a + 2, 1) / 63 })],
    4: [2, (a) => ({ illuminance: unsigned(bytes, a, 2) })], 5: [1, (a) => ({ motion: bytes[a] })],
    6: [2, (a) => ({ co2: unsigned(bytes, a, 2) })], 7: [2, (a) => ({ battery: unsigned(bytes, a, 2) / 1000 })],
    8: [2, (a) => ({ analog_1: unsigned(bytes, a, 2) / 1000 })],
    9: [6, (a) => ({ latitude: signed(bytes, a, 3, true) / 10000,
      longitude: signed(bytes, a + 3, 3, true) / 10000 })],
    10: [2, (a) => ({ pulse_1: unsigned(bytes, a, 2) })], 11: [4, (a) => ({ pulse_total_1: unsigned(bytes, a, 4) })],
    12: [2, (a) => ({ external_temperature: signed(bytes, a, 2) / 10 })],
    13: [1, (a) => ({ digital_1: bytes[a] })], 14: [2, (a) => ({ distance: unsigned(bytes, a, 2) / 1000 })],
    15: [1, (a) => ({ acceleration_count: bytes[a] })],
    16: [4, (a) => ({ infrared_inside: signed(bytes, a, 2) / 10, infrared_outside: signed(bytes, a + 2, 2) / 10 })],
    17: [1, (a) => ({ occupancy: bytes[a] })], 18: [1, (a) => ({ leak: bytes[a] })], 19: [65, () => ({})],
    20: [4, (a) => ({ pressure: unsigned(bytes, a, 4) / 1000 })],
    21: [2, (a) => ({ sound_peak: bytes[a], sound_mean: bytes[a + 1] })],
    22: [2, (a) => ({ pulse_2: unsigned(bytes, a, 2) })], 23: [4, (a) => ({ pulse_total_2: unsigned(bytes, a, 4) })],
    24: [2, (a) => ({ analog_2: unsigned(bytes, a, 2) / 1000 })],
    25: [2, (a) => ({ external_temperature_2: signed(bytes, a, 2) / 10 })],
    26: [1, (a) => ({ digital_2: bytes[a] })], 27: [4, (a) => ({ analog: signed(bytes, a, 4) / 1e6 })],
    28: [2, (a) => ({ tvoc: unsigned(bytes, a, 2) })], 61: [4, () => ({})],
  };
  for (let at = 0; at < bytes.length;) {
    const tag = tags[bytes[at]];
    if (!tag || at + 1 + tag[0] > bytes.length) break;
    const channel = (seen[bytes[at]] = (seen[bytes[at]] ?? -1) + 1);
    const found = tag[1](at + 1);
    for (const field of Object.keys(found)) data[name(field, channel)] = found[field];
    at += 1 + tag[0];
  }
  return { data };
}
