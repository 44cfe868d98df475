// What a codec finds in its world, and what calls it. Evaluated before the codec, in its own context.
//
// All that the caller needs is taken here, before the codec can replace it: what a codec does to
// JSON, Date or a prototype stays with it, and is noticed by `intact`.
(function () {
  "use strict";
  const world = globalThis;
  const RealDate = Date, OutOfMemory = InternalError;
  const { parse, stringify } = JSON;
  const { isArray } = Array;
  const { apply, construct, ownKeys, getOwnPropertyDescriptor } = Reflect;
  const { join } = Array.prototype;
  const MOST_TEXT = 65536;

  // An answer depends on the codec, the bytes, the port and the time of the uplink, nothing else.
  let now = 0, dice = 1;
  function PinnedDate(...given) {
    if (!new.target) return new RealDate(now).toString();
    return construct(RealDate, given.length ? given : [now], new.target);
  }
  PinnedDate.prototype = RealDate.prototype;
  PinnedDate.now = () => now;
  PinnedDate.parse = RealDate.parse;
  PinnedDate.UTC = RealDate.UTC;
  PinnedDate.prototype.constructor = PinnedDate;
  world.Date = PinnedDate;
  Math.random = () => {
    dice = (dice * 48271) % 2147483647;
    return (dice - 1) / 2147483646;
  };
  for (const clock of ["performance", "Atomics", "SharedArrayBuffer", "WeakRef",
    "FinalizationRegistry", "queueMicrotask"]) delete world[clock];

  // What nobody has a reason to replace. Adding to it (a polyfill) is nobody else's business.
  const native = [];
  const watch = (owner) => {
    for (const key of ownKeys(owner)) {
      const value = getOwnPropertyDescriptor(owner, key).value;
      if (typeof value === "function") native.push({ owner, key, value });
    }
  };
  for (const owner of [Object, Function, Array, String, Number, Boolean, RegExp, PinnedDate]) {
    watch(owner.prototype);
    native.push({ owner: world, key: owner === PinnedDate ? "Date" : owner.name, value: owner });
  }
  for (const owner of [Object, Array, JSON, Math, PinnedDate]) watch(owner);
  for (const key of ["JSON", "Math", "Reflect", "Symbol", "parseInt", "parseFloat", "isNaN",
    "isFinite"]) native.push({ owner: world, key, value: world[key] });
  const natives = native.length;

  const silent = () => undefined;
  world.console = { log: silent, info: silent, warn: silent, error: silent, debug: silent,
    trace: silent, assert: silent };
  world.module = { exports: {} };
  world.exports = world.module.exports;

  // The name of the first native thing that is no longer what it was; empty where all is well.
  function intact() {
    for (let i = 0; i < natives; i++) {
      const watched = native[i], key = watched.key;
      if (watched.owner[key] !== watched.value) return typeof key === "symbol" ? "a symbol" : key;
    }
    return "";
  }

  let decode, normalize, encode, decodeDown;

  function find(found) {
    const { decodeUplink, Decode, Decoder } = found;
    if (decodeUplink) decode = decodeUplink;
    else if (Decoder) decode = ({ bytes, fPort }) => ({ data: Decoder(bytes, fPort) });
    else if (Decode) decode = ({ bytes, fPort }) => ({ data: Decode(fPort, bytes, {}) });
    normalize = found.normalizeUplink;
    encode = found.encodeDownlink;
    decodeDown = found.decodeDownlink;
    return (decode ? "u" : "") + (normalize ? "n" : "") + (encode ? "e" : "")
      + (decodeDown ? "d" : "");
  }

  function pin(milliseconds) {
    now = milliseconds;
    dice = 1 + (milliseconds % 2147483646);
  }

  // One character says how a call went: A answered, E the codec's own errors, T thrown,
  // M out of memory, L too long an answer; JSON follows.
  function guarded(work) {
    let text;
    try {
      text = work();
    } catch (error) {
      try {
        if (error instanceof OutOfMemory && error.message === "out of memory") return "M";
        text = "T" + stringify("" + (error !== null && typeof error === "object" && error.message
          || error));
      } catch {
        return "T\"\"";
      }
    }
    return text.length > MOST_TEXT ? "L" : text;
  }

  function told(found) {
    return found === undefined || found === null ? [] : isArray(found) ? found : [found];
  }

  function answer(out) {
    if (out === null || typeof out !== "object" || isArray(out)) return "T\"no object came back\"";
    const errors = told(out.errors);
    return errors.length ? "E" + stringify(errors) : "";
  }

  function uplink(port, milliseconds, bytes) {
    const out = decode({ bytes, fPort: port, recvTime: new PinnedDate(milliseconds),
      variables: {} });
    const wrong = answer(out);
    if (wrong) return wrong;
    const data = out.data, warnings = told(out.warnings);
    if (!normalize || data === undefined) return "A" + stringify({ data, warnings });
    const plain = stringify(data);
    const better = normalize({ data });
    const failed = answer(better);
    return failed ? "A" + stringify({ data: parse(plain), warnings, unnormalized: failed })
      : "A" + stringify({ data: parse(plain), warnings, normalized: told(better.data) });
  }

  // Uplinks as JSON [[port, ms, [bytes]], …] → their answers, with record separators between, which
  // JSON text never holds. Joined, for a string put together by + is one that the host cannot read.
  function uplinks(text) {
    const batch = parse(text), count = batch.length;
    for (let i = 0; i < count; i++) {
      const port = batch[i][0], milliseconds = batch[i][1], bytes = batch[i][2];
      pin(milliseconds);
      batch[i] = guarded(() => uplink(port, milliseconds, bytes));
    }
    return apply(join, batch, ["\x1e"]);
  }

  function call(name, argument, milliseconds) {
    pin(milliseconds);
    const work = { encodeDownlink: encode, decodeDownlink: decodeDown,
      normalizeUplink: normalize }[name];
    const text = guarded(() => {
      const input = parse(argument);
      if (name === "decodeDownlink") input.recvTime = new PinnedDate(milliseconds);
      const out = work(input);
      return answer(out) || "A" + stringify(out);
    });
    return apply(join, [text], [""]);
  }

  return { find, uplinks, call, intact };
})()
