// Where a codec keeps its functions: as globals of any kind, or as what a module exports.
(function () {
  const found = {};
  const own = (name, value) => { if (typeof value === "function") found[name] = value; };
  const exported = module.exports === null || typeof module.exports !== "object" ? {}
    : module.exports;
  own("decodeUplink", exported.decodeUplink);
  own("normalizeUplink", exported.normalizeUplink);
  own("encodeDownlink", exported.encodeDownlink);
  own("decodeDownlink", exported.decodeDownlink);
  own("decodeUplink", typeof decodeUplink === "undefined" ? undefined : decodeUplink);
  own("normalizeUplink", typeof normalizeUplink === "undefined" ? undefined : normalizeUplink);
  own("encodeDownlink", typeof encodeDownlink === "undefined" ? undefined : encodeDownlink);
  own("decodeDownlink", typeof decodeDownlink === "undefined" ? undefined : decodeDownlink);
  own("Decoder", typeof Decoder === "undefined" ? undefined : Decoder);
  own("Decode", typeof Decode === "undefined" ? undefined : Decode);
  return found;
})()
