// The operator's map: the lights that deserve a look, the devices, the water, the chosen incident.
// What is drawn here exists in the lists of the page; the map may be absent.

import { AT_REST, exceptionsOf } from "./city.js";
import { canDraw, openMap, prepareEngine } from "./engine.js";
import { withLanguage } from "./fragments.js";
import {
  COUNTS_UNTIL_ZOOM,
  countsLayer,
  depthLayer,
  floodLayers,
  hatching,
  paintZones,
  silentLabel,
  silentLayers,
  wetBuildingLayers,
  zoneLayers,
} from "./ground.js";
import { doubtImage, spotLayer, wireLayers } from "./wires.js";

const LIGHTS = "lights"; // source, and layer of its tiles
const DEVICES_FROM_ZOOM = 14.6; // cabinets in order appear
const MOST_LABELS = 12;

/**
 * The map of the wall. Dispatches `choose` with {kind, code} or {idx}, and `view`; the document hears
 * `map` with each map that is drawn, for layers of their own.
 */
export class OperatorMap extends EventTarget {
  #map;
  #city;
  #words;
  #theme;
  #atlas; // address of the shapes, with their version
  #labels;
  #devices = [];
  #counts = null;
  #hidden = new Set();
  #shown = null; // states of another instant; null: live
  #instant = null; // that instant, in milliseconds
  #incident = null;
  #marks = [];
  #drawn = new AbortController();

  constructor({ city, theme, words }) {
    super();
    this.#city = city;
    this.#theme = theme;
    this.#words = words;
  }

  /** Draw; rejects where the browser cannot. */
  async open(container, { bundle, view }) {
    if (!canDraw()) throw new Error("no WebGL2");
    this.#labels = container.parentElement.querySelector("[data-labels]");
    const reading = this.#city.read();
    const [engine, spec, style] = await Promise.all([
      prepareEngine(bundle),
      json(`/v1/map/spec?theme=${this.#theme}`),
      json(this.#styleAddress()),
      // the labels of the map are drawn with the page's own face
      document.fonts.load('16px "Atkinson Hyperlegible Next"'),
      document.fonts.load('600 16px "Atkinson Hyperlegible Next"'),
    ]);
    this.#atlas = atlasOf(spec);
    this.#map = await openMap(engine, { container, spec, style, view });
    await reading;
    this.#addGround();
    this.#follow();
    this.#paintLights();
    this.#drawAll();
    await Promise.all([this.refreshDevices(), this.refreshGround()]);
    await this.#map.settled();
    document.dispatchEvent(new CustomEvent("map", { detail: this }));
  }

  /** Draw what feeds the lights, GeoJSON; null for nothing. */
  showWires(wires) {
    this.#addWiring();
    this.#map.setGeoJson("supply", wires ?? collection());
  }

  /** Draw the spots where the topology needs another look, GeoJSON; null for nothing. */
  showSpots(spots) {
    this.#addWiring();
    this.#map.setGeoJson("doubts", spots ?? collection());
  }

  /** Show what was known at a past instant, or the live states with null. */
  showStates(states, instant = null) {
    this.#shown = states;
    this.#instant = instant;
    if (!this.#map) return;
    this.#drawAll();
    this.#drawWires();
    this.refreshDevices();
    this.refreshGround();
  }

  /** Leave out some states: codes. */
  hide(states) {
    this.#hidden = states;
    if (!this.#map) return;
    this.#paintLights();
    this.#drawBase(this.#states.keys());
    this.#drawExceptions();
  }

  /** Read the cabinets, gateways and gauges again. */
  async refreshDevices() {
    const { devices, counts } = await json(`/v1/map/devices${this.#at}`);
    this.#devices = devices;
    this.#counts = counts;
    this.#scale();
  }

  /** Read the water, the buildings in it, the silent areas and the declared zones again. */
  async refreshGround() {
    const { flood, buildings, silent, zones } = await json(`/v1/map/ground${this.#at}`);
    this.#map.setGeoJson("flood", flood);
    this.#map.setGeoJson("wet-buildings", buildings);
    this.#map.setGeoJson("silent-areas", silent);
    this.#map.setGeoJson("zones", zones);
  }

  /** Highlight an incident, null for none; goes there once. */
  async showIncident(code, { fly = true } = {}) {
    const incident = code ? await json(`/v1/incidents/${encodeURIComponent(code)}/map`) : null;
    this.#incident = incident;
    this.#drawWires();
    const marks = (incident?.devices ?? []).slice(0, MOST_LABELS);
    this.#setMarks(marks.map(({ code: label, longitude, latitude, root }) => ({
      label, longitude, latitude, ring: root,
    })));
    if (incident?.bounds && fly) this.#map.fly({ bounds: incident.bounds, padding: 60 });
  }

  /** Mark one thing, null for none. */
  showThing(thing, { fly = true } = {}) {
    if (thing === null) {
      this.#setMarks([]);
      return;
    }
    this.#setMarks([{ ...thing, ring: true }]);
    if (fly) {
      const zoom = Math.max(this.#map.view.zoom, 16);
      this.#map.fly({ center: [thing.longitude, thing.latitude], zoom });
    }
  }

  /** Take the colours of another theme. */
  async setTheme(theme) {
    this.#theme = theme;
    const [spec, style] = await Promise.all([
      json(`/v1/map/spec?theme=${theme}`),
      json(this.#styleAddress()),
    ]);
    this.#map.repaint(style);
    this.#paintGround();
    this.#paintWiring();
    this.#paintLights();
    this.#atlas = atlasOf(spec);
    this.#map.setProperties("exceptions", { iconAtlas: this.#atlas });
    this.#drawDevices();
    this.#drawWires();
  }

  /** Take the tiles of another epoch. */
  async #renew() {
    const style = await json(this.#styleAddress());
    for (const [name, source] of Object.entries(style.sources)) {
      if (source.tiles) this.#map.setTiles(name, source.tiles);
    }
    await Promise.all([this.refreshDevices(), this.refreshGround()]);
  }

  zoomBy(steps) {
    this.#map?.zoomBy(steps);
  }

  resize() {
    this.#map?.resize();
  }

  get view() {
    return this.#map.view;
  }

  /** West, south, east, north of what is in view. */
  get bounds() {
    return this.#map.bounds;
  }

  fly(target) {
    this.#map?.fly(target);
  }

  #styleAddress() {
    return `/v1/map/style.json?theme=${this.#theme}&lang=${this.#words.language}`;
  }

  get #at() {
    return this.#instant === null ? "" : `?at=${new Date(this.#instant).toISOString()}`;
  }

  get #whileDrawn() {
    return { signal: this.#drawn.signal };
  }

  #follow() {
    let version = this.#city.dataVersion;
    this.#city.addEventListener("epoch", () => {
      this.#drawAll();
      if (this.#city.dataVersion !== version) this.#renew();
      version = this.#city.dataVersion;
    }, this.#whileDrawn);
    this.#city.addEventListener("change", ({ detail }) => this.#change(detail), this.#whileDrawn);
    this.#map.onLost(() => this.dispatchEvent(new CustomEvent("lost")), this.#drawn);
    this.#map.on("click", (event) => this.#click(event.point));
    this.#map.on("move", () => this.#placeMarks());
    this.#map.on("moveend", () => this.dispatchEvent(new CustomEvent("view", { detail: this.view })));
    this.#map.on("zoomend", () => this.#scale());
    this.#scale();
  }

  // ------------------------------------------------------------------ lights
  get #states() {
    return this.#shown ?? this.#city.states;
  }

  #drawAll() {
    this.#map.clearFeatureStates(LIGHTS, LIGHTS);
    this.#base = new Uint8Array(this.#states.length);
    this.#drawBase(this.#states.keys());
    this.#drawExceptions();
  }

  #change(indices) {
    if (this.#shown !== null) return;
    this.#drawBase(indices);
    this.#drawExceptions();
  }

  // What the base map was last told of each light. Telling it anything repaints the whole city,
  // so it hears nothing of a light that an exception's icon covers, unless that icon is hidden.
  #base = new Uint8Array(0);

  #drawBase(indices) {
    const entries = [];
    for (const idx of indices) {
      const state = this.#states[idx];
      if (state === this.#base[idx] || !(AT_REST.has(state) || this.#hidden.has(state))) continue;
      this.#base[idx] = state;
      entries.push([idx, { state }]);
    }
    if (entries.length) this.#map.setFeatureStates(LIGHTS, LIGHTS, entries);
  }

  #drawExceptions() {
    const chosen = exceptionsOf(this.#city.positions, this.#states, this.#hidden);
    this.#exceptions = chosen;
    this.#map.setColumns("exceptions", chosen.length, {
      getPosition: { value: chosen.positions, size: 2 },
      getIcon: { value: chosen.states, size: 1 },
    });
  }

  #exceptions = null;

  #paintLights() {
    const colour = (name) => token(`--${name}`);
    const state = ["coalesce", ["feature-state", "state"], 0];
    const shown = (code, opacity) => (this.#hidden.has(code) ? 0 : opacity);
    const fill = ["match", state, 6, colour("planned"), 7, colour("control"), colour("normal")];
    const opacity = ["match", state, 0, shown(0, 1), 6, shown(6, 0.75), 7, shown(7, 0.7), 0];
    for (const { id, type } of this.#map.layersOf(LIGHTS)) {
      if (type !== "circle") continue;
      this.#map.paint(id, "circle-color", fill);
      this.#map.paint(id, "circle-opacity", opacity);
    }
  }

  #scale() {
    const { zoom } = this.#map.view;
    const size = zoom < 13 ? 7 : zoom < 14 ? 9 : zoom < 15 ? 11 : zoom < 16 ? 14 : 17;
    this.#map.setProperties("exceptions", {
      sizeScale: size,
      visible: zoom >= COUNTS_UNTIL_ZOOM,
    });
    // counts that nobody sees would repaint the city for nothing
    if (zoom < COUNTS_UNTIL_ZOOM && this.#counts) this.#map.setGeoJson("counts", this.#counts);
    this.#drawDevices();
  }

  // ----------------------------------------------------------------- devices
  #drawDevices() {
    const { zoom } = this.#map.view;
    const quiet = zoom >= DEVICES_FROM_ZOOM ? this.#devices.filter((one) => one.quiet) : [];
    const loud = zoom >= 11 ? this.#devices.filter((one) => !one.quiet) : [];
    this.#shownDevices = { devices: quiet, "devices-out": loud };
    this.#drawIcons("devices", quiet, 15);
    this.#drawIcons("devices-out", loud, 24);
  }

  #drawIcons(id, data, size) {
    this.#map.setLayer(id, {
      type: "IconLayer",
      above: id !== "devices",
      data,
      iconAtlas: this.#atlas,
      iconMapping: this.#words.icons,
      getPosition: ({ longitude, latitude }) => [longitude, latitude],
      getIcon: ({ icon }) => icon,
      getSize: size,
      pickable: true,
    });
  }

  #shownDevices = {};

  #drawWires() {
    const colour = hexToRgb(token("--dark"));
    this.#map.setLayer("wires", {
      type: "PathLayer",
      data: this.#shown ? [] : (this.#incident?.wires ?? []),
      getPath: ({ path }) => path,
      getColor: [...colour, 190],
      getWidth: 1.3,
      widthUnits: "pixels",
      widthMinPixels: 1.3,
    });
  }

  // ------------------------------------------------------------------ ground
  #addGround() {
    this.#addTextures();
    const under = this.#map.layersOf(LIGHTS)[0]?.id ?? this.#map.firstLayer("symbol");
    const { fills, labels } = zoneLayers();
    this.#map.addGeoJson("flood", floodLayers(), under);
    this.#map.addGeoJson("zones", fills, under);
    this.#map.addGeoJson("wet-buildings", wetBuildingLayers(), under);
    this.#map.addGeoJson("silent-areas", silentLayers(), under);
    this.#map.addGeoJson("flood", [depthLayer()]);
    this.#map.addGeoJson("silent-areas", [silentLabel()]);
    this.#map.addGeoJson("zones", labels);
    this.#map.addGeoJson("counts", [countsLayer()]);
    this.#paintGround();
  }

  #addTextures() {
    this.#map.addImage("hatching", hatching(token("--water-edge")), { pixelRatio: 2 });
  }

  #paintGround() {
    this.#addTextures();
    paintZones(this.#map, token);
    const paints = {
      "flood-fill": ["fill-color", ["match", ["get", "band"],
        1, token("--water-1"), 2, token("--water-2"), token("--water-3")]],
      "flood-edge": ["line-color", token("--water-edge")],
      "flood-edge-simulated": ["line-color", token("--water-edge")],
      "wet-building-fill": ["fill-color", token("--water-edge")],
      "wet-building-edge": ["line-color", token("--water-edge")],
      "silent-edge": ["line-color", token("--silent")],
    };
    for (const [layer, [property, value]] of Object.entries(paints)) {
      this.#map.paint(layer, property, value);
    }
    for (const layer of ["flood-depth", "silent-label", "counts"]) {
      this.#map.paint(layer, "text-color", token("--text-1"));
      this.#map.paint(layer, "text-halo-color", token("--ground"));
    }
  }

  // ------------------------------------------------------------------ wiring
  #wired = false;

  #addWiring() {
    if (this.#wired) return;
    this.#wired = true;
    const under = this.#map.layersOf(LIGHTS)[0]?.id ?? this.#map.firstLayer("symbol");
    this.#map.addGeoJson("supply", wireLayers(), under);
    this.#paintWiring();
    this.#map.addGeoJson("doubts", [spotLayer()]);
  }

  #paintWiring() {
    if (!this.#wired) return;
    const [line, ground] = [token("--text-1"), token("--ground")];
    this.#map.addImage("doubt", doubtImage({ line, ground }), { pixelRatio: 2 });
    const inks = { known: "--text-3", learnt: "--text-1", guessed: "--text-1" };
    for (const [how, ink] of Object.entries(inks)) {
      this.#map.paint(`wires-${how}`, "line-color", token(ink));
    }
  }

  // ------------------------------------------------------------------- marks
  #setMarks(marks) {
    this.#marks = marks.map((mark) => {
      const element = document.createElement("div");
      element.className = mark.ring ? "map-mark map-mark-chosen" : "map-mark";
      const label = document.createElement("span");
      label.className = "map-mark-label code";
      label.textContent = mark.label;
      element.append(label);
      return { ...mark, element };
    });
    this.#labels.replaceChildren(...this.#marks.map(({ element }) => element));
    this.#placeMarks();
  }

  #placeMarks() {
    for (const { element, longitude, latitude } of this.#marks) {
      const { x, y } = this.#map.project(longitude, latitude);
      element.style.transform = `translate(${x}px, ${y}px)`;
    }
  }

  // -------------------------------------------------------------------- acts
  #click(point) {
    const picked = this.#map.pick(point);
    const device = this.#shownDevices[picked?.layer]?.[picked.index];
    if (device) this.#choose(device);
    else if (picked?.layer === "exceptions") this.#choose({ idx: this.#exceptions.idx[picked.index] });
    else this.#chooseBase(point);
  }

  #chooseBase(point) {
    const [spot] = this.#map.query(point, ["doubts"], 2);
    if (spot) {
      this.#choose({ kind: spot.properties.kind, code: spot.properties.code });
      return;
    }
    const lights = this.#map.layersOf(LIGHTS).map(({ id }) => id);
    const [light] = this.#map.query(point, lights);
    if (light) {
      this.#choose({ idx: light.id ?? light.properties.idx });
      return;
    }
    const buildings = this.#map.layersOf("buildings").map(({ id }) => id);
    const [building] = this.#map.query(point, ["wet-building-fill", ...buildings], 1);
    if (building?.properties.code) this.#choose({ kind: "building", code: building.properties.code });
    else this.#choose(null);
  }

  #choose(thing) {
    this.dispatchEvent(new CustomEvent("choose", { detail: thing }));
  }
}

function collection() {
  return { type: "FeatureCollection", features: [] };
}

function atlasOf(spec) {
  return spec.layers.find(({ id }) => id === "exceptions").iconAtlas;
}

function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function hexToRgb(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

async function json(address) {
  const answer = await fetch(withLanguage(address));
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer.json();
}
