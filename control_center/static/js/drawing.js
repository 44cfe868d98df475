// An area drawn by hand, a sheet of water or a zone without power: corners by click, by finger, or by
// Enter at the middle of the map. The field of corners and the map say the same; the server answers
// each change.

import { canDraw, openMap, prepareEngine } from "./engine.js";
import { withLanguage } from "./fragments.js";
import { hatching, paintZones, zoneLayers } from "./ground.js";

const TOGETHER_MS = 150;
const DIGITS = 6; // a tenth of a metre
const CLOSE_PX = 14; // how near the first corner a click closes the contour

const given = JSON.parse(document.getElementById("drawing").textContent);
const $ = (selector) => document.querySelector(selector);
const form = $("form[data-drawing]");
const { contour, depth } = form.elements; // no depth where it is no water
const closing = form.querySelector("[data-act=close]");
const answer = $("[data-answer]");
const said = $("[data-said]");

let corners = read(contour.value); // [longitude, latitude]
let closed = false; // no click adds a corner any more
let cabinets = [];
let map = null;
let waiting = null;
let number = 0; // of the last answer that was asked for

document.documentElement.classList.add("with-scripts");

// ------------------------------------------------------------------- corners
function read(text) {
  const found = text.split("\n").map((line) => {
    const clean = line.trim().replace(/[,;]$/, "");
    const plain = clean.includes(";") ? clean.replaceAll(",", ".") : clean;
    const [latitude, longitude, more] = plain.split(/[\s,;]+/).map(Number);
    return more === undefined ? [longitude, latitude] : [NaN, NaN];
  });
  return found.filter((corner) => corner.every(Number.isFinite));
}

function write() {
  contour.value = corners.map(([x, y]) => `${y.toFixed(DIGITS)}, ${x.toFixed(DIGITS)}`).join("\n");
  changed();
}

function add({ lng, lat }) {
  if (closed) return;
  corners.push([lng, lat]);
  write();
}

function undo() {
  closed = false;
  corners.pop();
  write();
}

function clear() {
  closed = false;
  corners = [];
  write();
  said.textContent = given.words.cleared;
}

function close(yes) {
  closed = yes && corners.length > 2;
  show();
}

/** Whether a click on the map is one on the first corner. */
function onFirst({ x, y }) {
  if (corners.length < 3) return false;
  const first = map.project(...corners[0]);
  return Math.hypot(first.x - x, first.y - y) <= CLOSE_PX;
}

function show() {
  const { corner, corners: many, closed: whole, close: finish, reopen } = given.words;
  const words = closed ? whole : corners.length === 1 ? corner : many;
  said.textContent = words.replace("{count}", corners.length);
  closing.textContent = closed ? reopen : finish;
  closing.disabled = corners.length < 3;
  draw();
}

function changed() {
  show();
  waiting ??= setTimeout(ask, TOGETHER_MS);
}

// ------------------------------------------------------------------- answers
async function ask() {
  waiting = null;
  number += 1;
  const mine = number;
  const part = await fetch(withLanguage(form.dataset.drawing), {
    method: "POST",
    body: new URLSearchParams(new FormData(form)),
    headers: { "X-Part": "1" },
  }).catch(() => null);
  if (!part?.ok || mine !== number) return; // away, or something later was drawn meanwhile
  answer.innerHTML = await part.text();
  draw();
}

function tripped() {
  return new Set(JSON.parse(answer.querySelector("[data-tripped]").textContent));
}

// ----------------------------------------------------------------------- map
function feature(type, coordinates, properties = {}) {
  return { type: "Feature", properties, geometry: { type, coordinates } };
}

function collection(features) {
  return { type: "FeatureCollection", features };
}

function draw() {
  if (!map) return;
  const ring = [...corners, corners[0]];
  const shapes = [];
  if (corners.length > 2) shapes.push(feature("Polygon", [ring]));
  const edge = { whole: closed && !given.simulated };
  if (corners.length > 1) shapes.push(feature("LineString", corners.length > 2 ? ring : corners, edge));
  map.setGeoJson("drawn", collection([...shapes, ...corners.map((at) => feature("Point", at))]));
  const out = tripped();
  map.setGeoJson(
    "cabinets",
    collection(
      cabinets.map(({ longitude, latitude, code }) =>
        feature("Point", [longitude, latitude], { code, out: out.has(code) }),
      ),
    ),
  );
}

function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function layers() {
  const [ink, ground, dark, quiet] = [given.ink, "--ground", "--dark", "--normal"].map(token);
  const is = (type) => ["==", ["geometry-type"], type];
  const drawn = [
    { id: "drawn-fill", type: "fill", filter: is("Polygon"), paint: { "fill-color": ink, "fill-opacity": 0.18 } },
    ...(given.simulated ? [{ id: "drawn-hatching", type: "fill", filter: is("Polygon"), paint: { "fill-pattern": "drawn-hatching", "fill-opacity": 0.4 } }] : []),
    { id: "drawn-edge", type: "line", filter: ["all", is("LineString"), ["!", ["get", "whole"]]], paint: { "line-color": ink, "line-width": 2, "line-dasharray": [1.2, 1.8] } },
    { id: "drawn-edge-whole", type: "line", filter: ["all", is("LineString"), ["get", "whole"]], paint: { "line-color": ink, "line-width": 2.4 } },
    { id: "drawn-corner", type: "circle", filter: is("Point"), paint: { "circle-radius": 6, "circle-color": ground, "circle-stroke-color": ink, "circle-stroke-width": 2.2 } },
  ];
  const cabinet = {
    id: "cabinet",
    type: "circle",
    paint: {
      "circle-radius": ["case", ["get", "out"], 7, 4],
      "circle-color": ["case", ["get", "out"], dark, quiet],
      "circle-stroke-color": ground,
      "circle-stroke-width": 2,
    },
  };
  const name = {
    id: "cabinet-name",
    type: "symbol",
    filter: ["get", "out"],
    layout: {
      "text-field": ["get", "code"],
      "text-font": ["Atkinson Hyperlegible Next"],
      "text-size": 14,
      "text-offset": [0, -1.2],
    },
    paint: { "text-color": token("--text-1"), "text-halo-color": ground, "text-halo-width": 2 },
  };
  return { drawn, cabinet: [cabinet, name] };
}

async function open() {
  if (!canDraw()) throw new Error("no WebGL2");
  const box = $("[data-map-box]");
  box.hidden = false;
  const { theme: asked } = document.documentElement.dataset; // light, dark, or what the system prefers
  const dark = window.matchMedia("(prefers-color-scheme: dark)").matches;
  const theme = ["light", "dark"].includes(asked) ? asked : dark ? "dark" : "light";
  const [engine, style, devices] = await Promise.all([
    prepareEngine(given.engine),
    json(`/v1/map/style.json?theme=${theme}`),
    json("/v1/map/devices"),
    document.fonts.load('16px "Atkinson Hyperlegible Next"'),
  ]);
  const view = { center: corners[0] ?? given.center, zoom: 14.5 };
  const container = $("[data-map]");
  const opened = await openMap(engine, { container, spec: { layers: [] }, style, view });
  cabinets = devices.devices.filter(({ kind }) => kind === "cabinet");
  const { drawn, cabinet } = layers();
  if (given.simulated) opened.addImage("drawn-hatching", hatching(token(given.ink)), { pixelRatio: 2 });
  if (given.zones) {
    const { fills, labels } = zoneLayers();
    opened.addGeoJson("zones", [...fills, ...labels]);
    paintZones(opened, token);
    opened.setGeoJson("zones", given.zones);
  }
  opened.addGeoJson("drawn", drawn);
  opened.addGeoJson("cabinets", cabinet);
  map = opened;
  map.on("click", ({ lngLat, point }) => (onFirst(point) ? close(true) : add(lngLat)));
  container.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    const { longitude, latitude } = map.view;
    add({ lng: longitude, lat: latitude });
  });
  draw();
  document.body.dataset.drawn = "true";
}

async function json(address) {
  const told = await fetch(withLanguage(address));
  if (!told.ok) throw new Error(`${address}: ${told.status}`);
  return told.json();
}

// ---------------------------------------------------------------------- page
contour.addEventListener("input", () => {
  closed = false;
  corners = read(contour.value);
  changed();
});
depth?.addEventListener("input", () => {
  const shown = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  const value = Number(depth.value).toLocaleString(document.documentElement.lang, shown);
  form.querySelector("output").textContent = `${value}\u00a0m`;
  waiting ??= setTimeout(ask, TOGETHER_MS);
});
form.addEventListener("click", ({ target }) => {
  const act = target.closest("[data-act]")?.dataset.act;
  if (act === "undo") undo();
  else if (act === "close") close(!closed);
  else if (act === "clear") clear();
});
document.addEventListener("keydown", ({ key }) => {
  if (key === "Escape" && corners.length) clear();
});

show();
open().catch((error) => {
  console.warn(error);
  $("[data-map-box]").hidden = true;
  said.textContent = given.words.no_map;
});
document.body.dataset.ready = "true";
