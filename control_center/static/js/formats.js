// The bytes that travel to the map, read. Written by control_center/live/formats.py, which
// describes them; a golden file keeps the two together.

const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  uint8: Uint8Array,
  uint32: Uint32Array,
};

/** Read columns: {length, more members of the header, columns: {name: {value, size}}}. */
export function readColumns(buffer) {
  const headerBytes = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, headerBytes)));
  const start = 4 + headerBytes;
  const columns = {};
  for (const [name, { dtype, size, offset, n }] of Object.entries(header.cols)) {
    columns[name] = { value: new ARRAYS[dtype](buffer, start + offset, n), size };
  }
  return { ...header, columns };
}

/** Read a patch: {milliseconds, seq, idx, state}. */
export function readPatch(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const n = view.getUint32(8, true);
  const idx = new Uint32Array(n);
  for (let i = 0; i < n; i += 1) idx[i] = view.getUint32(16 + 4 * i, true);
  return {
    milliseconds: view.getFloat64(0, true),
    seq: view.getUint32(12, true),
    idx,
    state: new Uint8Array(bytes.buffer, bytes.byteOffset + 16 + 4 * n, n),
  };
}

/** Decode base64 to bytes. */
export function fromBase64(text) {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i += 1) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
