// What lies on the ground: water, buildings in it, silent areas, counts; as layers of the style.

export const COUNTS_UNTIL_ZOOM = 12; // below, counts by cabinet instead of dots

const AREA = ["==", ["geometry-type"], "Polygon"]; // a fill would also close and fill the edges

export function floodLayers() {
  return [
    {
      id: "flood-fill",
      type: "fill",
      filter: AREA,
      paint: { "fill-opacity": 0.85, "fill-antialias": false },
    },
    {
      id: "flood-hatching",
      type: "fill",
      filter: ["all", AREA, ["get", "simulated"]],
      paint: { "fill-pattern": "hatching", "fill-opacity": 0.28 },
    },
    {
      id: "flood-edge",
      type: "line",
      filter: ["all", ["get", "outer"], ["!", ["get", "simulated"]]],
      paint: { "line-width": 1.8 },
    },
    {
      id: "flood-edge-simulated",
      type: "line",
      filter: ["all", ["get", "outer"], ["get", "simulated"]],
      paint: { "line-width": 1.8, "line-dasharray": [1.2, 1.8] },
    },
  ];
}

export function wetBuildingLayers() {
  return [
    { id: "wet-building-fill", type: "fill", minzoom: 14, paint: { "fill-opacity": 0.1 } },
    { id: "wet-building-edge", type: "line", minzoom: 14.5, paint: { "line-width": 1, "line-opacity": 0.65 } },
  ];
}

export function silentLayers() {
  return [
    {
      id: "silent-edge",
      type: "line",
      paint: { "line-width": 1.4, "line-dasharray": [1, 2.2] },
    },
  ];
}

function label(id, size, more = {}) {
  return {
    id,
    type: "symbol",
    layout: {
      "text-field": ["get", "label"],
      "text-font": ["Atkinson Hyperlegible Next"],
      "text-size": size,
      "text-max-width": 14,
      ...more,
    },
    paint: { "text-halo-width": 2 },
  };
}

export const depthLayer = () => ({
  ...label("flood-depth", 15, { "text-allow-overlap": true }),
  filter: ["has", "label"],
  minzoom: 14.5,
});
export const silentLabel = () => ({
  ...label("silent-label", 13, { "text-offset": [0, -1] }),
  filter: ["has", "label"],
});
export const countsLayer = () => ({ ...label("counts", 13), maxzoom: COUNTS_UNTIL_ZOOM });

/** Zones without power: announced, dashed; under way, tinted; over, a thin line. */
export function zoneLayers() {
  const is = (state) => ["==", ["get", "state"], state];
  const fills = [
    {
      id: "zone-tint",
      type: "fill",
      filter: ["all", AREA, is("holds")],
      paint: { "fill-opacity": 0.12 },
    },
    { id: "zone-edge-holds", type: "line", filter: is("holds"), paint: { "line-width": 2.2 } },
    {
      id: "zone-edge-to_come",
      type: "line",
      filter: is("to_come"),
      paint: { "line-width": 2.2, "line-dasharray": [3, 2] },
    },
    { id: "zone-edge-over", type: "line", filter: is("over"), paint: { "line-width": 1 } },
  ];
  const above = { "text-anchor": "bottom", "text-offset": [0, -0.5], "text-allow-overlap": true };
  const labels = [{ ...label("zone-label", 13, above), filter: ["has", "label"], minzoom: 12 }];
  return { fills, labels };
}

/** Give zones the colours of the theme. */
export function paintZones(map, token) {
  for (const state of ["holds", "to_come", "over"]) {
    map.paint(`zone-edge-${state}`, "line-color", token("--text-2"));
  }
  map.paint("zone-tint", "fill-color", token("--text-2"));
  map.paint("zone-label", "text-color", token("--text-1"));
  map.paint("zone-label", "text-halo-color", token("--ground"));
}

/** The texture of what is simulated. */
export function hatching(colour) {
  const size = 16;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  const pen = canvas.getContext("2d");
  pen.strokeStyle = colour;
  pen.lineWidth = 1.6;
  for (const shift of [-size, 0, size]) {
    pen.moveTo(shift, size);
    pen.lineTo(shift + size, 0);
  }
  pen.stroke();
  return pen.getImageData(0, 0, size, size);
}
