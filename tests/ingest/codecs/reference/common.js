// Written from the published layouts, one value at a time, to be held against the columns.
// A value is called as the column is: its field, and ".channel" behind it where that is not 0.
const name = (field, channel) => (channel ? field + "." + channel : field);
const unsigned = (bytes, at, size, little) => {
  let value = 0;
  for (let i = 0; i < size; i++) value = value * 256 + bytes[little ? at + size - 1 - i : at + i];
  return value;
};
const signed = (bytes, at, size, little) => {
  const value = unsigned(bytes, at, size, little);
  return value >= Math.pow(2, 8 * size - 1) ? value - Math.pow(2, 8 * size) : value;
};
