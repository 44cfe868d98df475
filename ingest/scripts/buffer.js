// Node's Buffer, as far as codecs use it: ChirpStack's world has one. Evaluated before a codec that
// names it.
(function () {
  "use strict";
  const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

  function fromText(text, encoding) {
    if (encoding === "hex") {
      const pairs = text.match(/^([0-9a-fA-F]{2})*/)[0];
      return Array.from({ length: pairs.length / 2 }, (_, i) => parseInt(pairs.substr(2 * i, 2), 16));
    }
    if (encoding === "base64" || encoding === "base64url") {
      const bytes = [];
      let bits = 0, held = 0;
      for (const letter of text.replace(/-/g, "+").replace(/_/g, "/")) {
        const value = DIGITS.indexOf(letter);
        if (value < 0) continue;
        bits = (bits << 6) | value;
        held += 6;
        if (held >= 8) bytes.push((bits >> (held -= 8)) & 255);
      }
      return bytes;
    }
    if (encoding === "ascii" || encoding === "latin1" || encoding === "binary")
      return Array.from(text, (letter) => letter.charCodeAt(0) & 255);
    const escaped = encodeURIComponent(text), bytes = [];
    for (let i = 0; i < escaped.length; i++)
      bytes.push(escaped[i] === "%" ? parseInt(escaped.substr((i += 2) - 1, 2), 16)
        : escaped.charCodeAt(i));
    return bytes;
  }

  class Buffer extends Uint8Array {
    static from(given, encoding) {
      const bytes = typeof given === "string" ? fromText(given, encoding || "utf8") : given;
      const made = new Buffer(bytes.length === undefined ? bytes.byteLength : bytes.length);
      made.set(given instanceof ArrayBuffer ? new Uint8Array(given) : Array.from(bytes, (b) => b & 255));
      return made;
    }
    static alloc(size, fill = 0) { return new Buffer(size).fill(fill); }
    static allocUnsafe(size) { return new Buffer(size); }
    static isBuffer(given) { return given instanceof Buffer; }
    static concat(parts) { return Buffer.from(parts.flatMap((part) => Array.from(part))); }
    slice(first, end) { return this.subarray(first, end); }
    toString(encoding = "utf8", first = 0, end = this.length) {
      const bytes = Array.from(this.subarray(first, end));
      if (encoding === "hex") return bytes.map((b) => b.toString(16).padStart(2, "0")).join("");
      if (encoding === "ascii") return bytes.map((b) => String.fromCharCode(b & 127)).join("");
      if (encoding === "latin1" || encoding === "binary")
        return bytes.map((b) => String.fromCharCode(b)).join("");
      if (encoding === "base64") return btoa(bytes.map((b) => String.fromCharCode(b)).join(""));
      try {
        return decodeURIComponent(bytes.map((b) => "%" + b.toString(16).padStart(2, "0")).join(""));
      } catch {
        return bytes.map((b) => (b < 128 ? String.fromCharCode(b) : "\ufffd")).join("");
      }
    }
    toJSON() { return { type: "Buffer", data: Array.from(this) }; }
    equals(other) { return this.toString("hex") === Buffer.from(other).toString("hex"); }
    readUIntBE(at, size) {
      let value = 0;
      for (let i = 0; i < size; i++) value = value * 256 + this._at(at + i);
      return value;
    }
    readUIntLE(at, size) {
      let value = 0;
      for (let i = size - 1; i >= 0; i--) value = value * 256 + this._at(at + i);
      return value;
    }
    readIntBE(at, size) { return wrapped(this.readUIntBE(at, size), size); }
    readIntLE(at, size) { return wrapped(this.readUIntLE(at, size), size); }
    _at(at) {
      if (!(at >= 0 && at < this.length)) throw new RangeError("out of range: " + at);
      return this[at];
    }
  }

  const wrapped = (value, size) => (value >= 2 ** (8 * size - 1) ? value - 2 ** (8 * size) : value);
  const add = (name, work) => { Buffer.prototype[name] = work; };
  for (const [bits, size] of [[16, 2], [32, 4]]) for (const end of ["LE", "BE"]) {
    for (const word of ["UInt", "Uint"])
      add(`read${word}${bits}${end}`, function (at = 0) { return this[`readUInt${end}`](at, size); });
    add(`readInt${bits}${end}`, function (at = 0) { return this[`readInt${end}`](at, size); });
    for (const word of ["UInt", "Uint", "Int"])
      add(`write${word}${bits}${end}`, function (value, at = 0) {
        for (let i = 0; i < size; i++)
          this[at + (end === "LE" ? i : size - 1 - i)] = Math.floor(value / 2 ** (8 * i)) & 255;
        return at + size;
      });
  }
  for (const word of ["UInt8", "Uint8"]) {
    add("read" + word, function (at = 0) { return this._at(at); });
    add("write" + word, function (value, at = 0) { this[at] = value; return at + 1; });
  }
  add("readInt8", function (at = 0) { return wrapped(this._at(at), 1); });
  add("writeInt8", function (value, at = 0) { this[at] = value; return at + 1; });
  for (const [name, size] of [["Float", 4], ["Double", 8]]) for (const end of ["LE", "BE"])
    add(`read${name}${end}`, function (at = 0) {
      this._at(at + size - 1);
      const view = new DataView(this.buffer, this.byteOffset, this.length);
      return view[`getFloat${8 * size}`](at, end === "LE");
    });

  globalThis.Buffer = Buffer;
  globalThis.require = (name) => {
    if (name === "buffer" || name === "node:buffer") return { Buffer };
    throw new Error("there is no module " + name);
  };
})()
