function decodeUplink({ bytes }) {
  if (bytes.length < 5 || bytes[0] === 64) return { data: {} };
  const data = { external_power: (bytes[0] >> 6) & 1 };
  const text = String.fromCharCode(bytes[0] & 63, bytes[1], bytes[2], bytes[3]);
  if (!data.external_power && /^[0-9]{4}$/.test(text)) {
    data.battery_voltage = +text / 1000;
    data.battery = Math.min(100, Math.max(0, (+text - 2000) / 16));
  }
  const status = bytes[4] - 48;
  if (status >= 0 && status < 128) ["valve_open", "tamper", "cable", "digital_input", "digital_input.1", "leak",
    "fraud"].forEach((field, bit) => { data[field] = (status >> bit) & 1; });
  const hex = (at, size) => {
    const digits = String.fromCharCode.apply(null, bytes.slice(at, at + size));
    return /^[0-9a-fA-F]+$/.test(digits) ? parseInt(digits, 16) : null;
  };
  for (let at = 5; at < bytes.length;) {
    const mark = String.fromCharCode(bytes[at]), size = { "#": 4, C: 6, V: 4 }[mark];
    if (!size || at + 1 + size > bytes.length) break;
    if (mark === "#") {
      data.temperature = (unsigned(bytes, at + 1, 2) / 65536) * 165 - 40;
      data.humidity = (unsigned(bytes, at + 3, 2) / 65536) * 100;
    } else {
      const value = hex(at + 1, size);
      if (value !== null) data[mark === "C" ? "counter" : "analog"] = mark === "C" ? value : value / 1000;
    }
    at += 1 + size;
  }
  return { data };
}
