function decodeUplink({ bytes }) {
  const one = (field, size, per, sign) => ({ size, read: (at) => [[field,
    (sign ? signed : unsigned)(bytes, at, size) / per]] });
  const three = (fields, size, per, sign) => ({ size: 3 * size, read: (at) => fields.map((f, i) =>
    [f, (sign ? signed : unsigned)(bytes, at + i * size, size) / per]) });
  const types = {
    0: one("digital_input", 1, 1), 1: one("digital_output", 1, 1),
    2: one("analog_input", 2, 100, true), 3: one("analog_output", 2, 100, true),
    100: one("generic", 4, 1), 101: one("illuminance", 2, 1), 102: one("presence", 1, 1),
    103: one("temperature", 2, 10, true), 104: one("humidity", 1, 2),
    113: three(["acceleration_x", "acceleration_y", "acceleration_z"], 2, 1000, true),
    115: one("barometer", 2, 10), 116: one("voltage", 2, 100), 117: one("current", 2, 1000),
    118: one("frequency", 4, 1), 120: one("percentage", 1, 1), 121: one("altitude", 2, 1, true),
    125: one("concentration", 2, 1), 128: one("power", 2, 1), 130: one("distance", 4, 1000),
    131: one("energy", 4, 1000), 132: one("direction", 2, 1), 133: one("unix_time", 4, 1),
    134: three(["rotation_x", "rotation_y", "rotation_z"], 2, 100, true),
    135: three(["red", "green", "blue"], 1, 1),
    136: { size: 9, read: (at) => [["latitude", signed(bytes, at, 3) / 10000],
      ["longitude", signed(bytes, at + 3, 3) / 10000], ["altitude", signed(bytes, at + 6, 3) / 100]] },
    142: one("switch", 1, 1),
  };
  const data = {};
  for (let at = 0; at + 2 <= bytes.length;) {
    const type = types[bytes[at + 1]];
    if (!type || at + 2 + type.size > bytes.length) break;
    for (const [field, value] of type.read(at + 2)) data[name(field, bytes[at])] = value;
    at += 2 + type.size;
  }
  return { data };
}
