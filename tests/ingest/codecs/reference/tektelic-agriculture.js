function decodeUplink({ bytes, fPort }) {
  const data = {};
  if (fPort !== 10) return { data };
  const line = (hertz) => {
    const points = [[293, 200], [485, 100], [600, 75], [770, 55], [1110, 35], [2820, 15], [4330, 9], [6430, 0]];
    if (hertz <= 293) return 200;
    for (let i = 1; i < points.length; i++) {
      const [[f0, k0], [f1, k1]] = [points[i - 1], points[i]];
      if (hertz <= f1) return k0 + ((k1 - k0) * (hertz - f0)) / (f1 - f0);
    }
    return 0;
  };
  const watermark = (channel) => (a) => {
    const hertz = unsigned(bytes, a, 2);
    data[name("watermark_frequency", channel)] = hertz;
    data[name("soil_water_tension", channel)] = line(hertz);
  };
  const tags = {
    0x00ba: [1, (a) => { data.battery_voltage = (bytes[a] & 127) / 100 + 2.5; data.end_of_service = bytes[a] >> 7; }],
    0x0104: [2, (a) => { data.moisture_frequency = unsigned(bytes, a, 2); }],
    0x0202: [2, (a) => { data.thermistor_voltage = unsigned(bytes, a, 2) / 1000; }],
    0x0302: [2, (a) => { data["thermistor_voltage.1"] = unsigned(bytes, a, 2) / 1000; }],
    0x0402: [2, (a) => { data["thermistor_voltage.2"] = unsigned(bytes, a, 2) / 1000; }],
    0x0504: [2, watermark(0)], 0x0604: [2, watermark(1)],
    0x0965: [2, (a) => { data.illuminance = unsigned(bytes, a, 2); }],
    0x0900: [1, (a) => { data.light_alarm = bytes[a] / 255; }],
    0x0a71: [6, (a) => ["x", "y", "z"].forEach((axis, i) => {
      data["acceleration_" + axis] = signed(bytes, a + 2 * i, 2) / 1000; })],
    0x0a00: [1, (a) => { data.orientation_alarm = bytes[a] / 255; }],
    0x0b67: [2, (a) => { data.temperature = signed(bytes, a, 2) / 10; }],
    0x0c67: [2, (a) => { data.device_temperature = signed(bytes, a, 2) / 10; }],
    0x0b68: [1, (a) => { data.humidity = bytes[a] / 2; }],
  };
  for (let at = 0; at + 2 <= bytes.length;) {
    const tag = tags[(bytes[at] << 8) | bytes[at + 1]];
    if (!tag || at + 2 + tag[0] > bytes.length) break;
    tag[1](at + 2);
    at += 2 + tag[0];
  }
  return { data };
}
