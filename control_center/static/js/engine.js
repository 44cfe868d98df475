// The one file that knows the map's engine: the bundle of the pydeck 0.9.3 wheel, which holds
// MapLibre 5.14 and deck.gl 9.3. MapLibre draws the city from our tiles in one canvas; deck.gl
// draws what is live in a second one above it, so that a patch never repaints the city.

import { readColumns } from "./formats.js";

const CONSTRUCTORS_DEADLINE_MS = 15_000;
const LAYER_CLASSES = ["IconLayer", "PathLayer", "ScatterplotLayer"];

/** Fetch the engine and make it ready: as early as possible, it is what takes longest. */
export async function prepareEngine(bundle) {
  mendGlyphWidths();
  if (!window.createDeck) await withoutWebAssembly(() => loadScript(bundle));
  const found = await constructors();
  window.loaders.registerLoaders([columnsLoader()]);
  return found;
}

/**
 * Open a map.
 *
 * @param {object} engine  what `prepareEngine` made ready
 * @param {object} options
 * @param {HTMLElement} options.container  where
 * @param {object} options.spec  pydeck's specification of the live layers
 * @param {object} options.style  MapLibre style; addresses may be relative to this server
 * @param {object} options.view  {center: [longitude, latitude], zoom}
 * @returns {Promise<LiveMap>} once the city is drawn
 */
export async function openMap({ MapView, Overlay }, { container, spec, style, view }) {
  const { own, foreign } = parted(absolute(style));
  const map = new MapView({
    container,
    style: own,
    center: view.center,
    zoom: view.zoom,
    minZoom: 9,
    maxZoom: 20,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    fadeDuration: 0,
    refreshExpiredTiles: false,
  });
  map.touchZoomRotate.disableRotation();
  const layers = liveLayers(spec);
  const overlay = new Overlay({ interleaved: false, layers: [] });
  await map.once("load");
  map.addControl(overlay);
  // what comes from elsewhere may never come: our own city does not wait for it
  const laid = foreign.length ? map.once("idle").then(() => lay(map, foreign)) : null;
  return new LiveMap(map, overlay, layers, laid);
}

/** Part a style into what this server draws and the pictures of others that lie under it. */
function parted(style) {
  const here = ({ source }) => style.sources[source]?.type !== "raster";
  const sources = Object.entries(style.sources).filter(([, { type }]) => type !== "raster");
  const foreign = style.layers.flatMap((layer, at) =>
    here(layer) ? [] : [{ layer, source: style.sources[layer.source], above: style.layers[at + 1]?.id }],
  );
  const layers = style.layers.filter(here);
  return { own: { ...style, sources: Object.fromEntries(sources), layers }, foreign };
}

function lay(map, foreign) {
  for (const { layer, source, above } of foreign) {
    map.addSource(layer.source, source);
    map.addLayer(layer, above);
  }
}

/** A map of the city with live layers above it. */
class LiveMap {
  #map;
  #overlay;
  #spec; // the layers that the server specified
  #written = new Map(); // what each GeoJSON source was last given
  #own = new Map(); // the layers of the page, by id: {layer, above: whether over the server's}
  #laid; // once the pictures of others lie under the city; null: there are none

  constructor(map, overlay, layers, laid) {
    this.#map = map;
    this.#laid = laid;
    this.#overlay = overlay;
    this.#spec = layers;
    this.#draw();
  }

  /** Replace the data of a layer of the specification: new arrays, one upload. */
  setColumns(id, length, attributes) {
    this.#spec = this.#spec.map((layer) =>
      layer.id === id ? layer.clone({ data: { length, attributes } }) : layer,
    );
    this.#draw();
  }

  /** Change properties of a layer of the specification. */
  setProperties(id, properties) {
    this.#spec = this.#spec.map((layer) => (layer.id === id ? layer.clone(properties) : layer));
    this.#draw();
  }

  /** Put a layer of the page: {type, above, ...properties of deck.gl}. */
  setLayer(id, { type, above, ...properties }) {
    this.#own.set(id, { above, layer: new window.deck[type]({ id, ...properties }) });
    this.#draw();
  }

  /** Set the state of lights that the base map draws, by index: nothing else is repainted. */
  setFeatureStates(source, sourceLayer, entries) {
    for (const [id, state] of entries) {
      this.#map.setFeatureState({ source, sourceLayer, id }, state);
    }
  }

  /** Forget the states of a source. */
  clearFeatureStates(source, sourceLayer) {
    this.#map.removeFeatureState({ source, sourceLayer });
  }

  /** Put data into a GeoJSON source of the style; the same data again repaints nothing. */
  setGeoJson(source, data) {
    const written = JSON.stringify(data);
    if (this.#written.get(source) === written) return;
    this.#written.set(source, written);
    this.#map.getSource(source)?.setData(data);
  }

  /** Add a GeoJSON source and the layers that draw it. */
  addGeoJson(source, layers, before) {
    if (!this.#map.getSource(source)) {
      const empty = { type: "FeatureCollection", features: [] };
      this.#map.addSource(source, { type: "geojson", data: empty });
    }
    for (const layer of layers) {
      if (!this.#map.getLayer(layer.id)) this.#map.addLayer({ source, ...layer }, before);
    }
  }

  /** Set a paint property of a layer of the style. */
  paint(layer, property, value) {
    if (this.#map.getLayer(layer)) this.#map.setPaintProperty(layer, property, value);
  }

  /** Set a layout property of a layer of the style. */
  layout(layer, property, value) {
    if (this.#map.getLayer(layer)) this.#map.setLayoutProperty(layer, property, value);
  }

  /** Take the colours of another style without loading anything again. */
  repaint(style) {
    for (const { id, paint = {} } of style.layers) {
      if (!this.#map.getLayer(id)) continue;
      for (const [property, value] of Object.entries(paint)) {
        this.#map.setPaintProperty(id, property, value);
      }
    }
  }

  /** Take tiles of another version. */
  setTiles(source, addresses) {
    this.#map.getSource(source)?.setTiles(addresses.map(absoluteAddress));
  }

  /** Add a picture for patterns. */
  addImage(name, image, options) {
    if (this.#map.hasImage(name)) this.#map.removeImage(name);
    this.#map.addImage(name, image, options);
  }

  /** Identifiers of the style's layers that draw something of a source layer. */
  layersOf(sourceLayer) {
    return this.#map
      .getStyle()
      .layers.filter((layer) => layer["source-layer"] === sourceLayer)
      .map(({ id, source, type }) => ({ id, source, type }));
  }

  /** First layer of the style of a kind, e.g. the labels, to draw under it. */
  firstLayer(type) {
    return this.#map.getStyle().layers.find((layer) => layer.type === type)?.id;
  }

  /** Say what is under a point of the screen among live layers: {layer, index, object} or null. */
  pick(point, radius = 10) {
    const found = this.#overlay.pickObject({ x: point.x, y: point.y, radius });
    return found && found.index >= 0
      ? { layer: found.layer.id, index: found.index, object: found.object }
      : null;
  }

  /** Say which features of the style's layers are near a point of the screen. */
  query(point, layers, radius = 6) {
    const known = layers.filter((layer) => this.#map.getLayer(layer));
    const box = [
      [point.x - radius, point.y - radius],
      [point.x + radius, point.y + radius],
    ];
    return known.length ? this.#map.queryRenderedFeatures(box, { layers: known }) : [];
  }

  /** Go to a place: within 400 ms, at once for those who asked for less motion. */
  fly({ center, zoom, bounds, padding }) {
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    const duration = calm ? 0 : 400;
    if (bounds) this.#map.fitBounds(bounds, { padding, duration, maxZoom: 17.5, linear: true });
    else this.#map.easeTo({ center, zoom, duration });
  }

  /** Where the camera is. */
  get view() {
    const { lng, lat } = this.#map.getCenter();
    return { longitude: lng, latitude: lat, zoom: this.#map.getZoom() };
  }

  /** West, south, east, north of what is in view. */
  get bounds() {
    return this.#map.getBounds().toArray().flat();
  }

  /** Zoom by steps. */
  zoomBy(steps) {
    this.#map.zoomTo(this.#map.getZoom() + steps, { duration: 150 });
  }

  /** Where a place is on the screen. */
  project(longitude, latitude) {
    return this.#map.project([longitude, latitude]);
  }

  /** Follow what happens: "move", "moveend", "zoomend", "click", "idle". */
  on(event, handler) {
    this.#map.on(event, handler);
  }

  /** Tell once that the graphics card took its memory back, and end what follows this map. */
  onLost(tell, ending) {
    for (const canvas of this.#map.getContainer().querySelectorAll("canvas")) {
      canvas.addEventListener(
        "webglcontextlost",
        () => {
          ending.abort();
          this.#map.remove();
          tell();
        },
        { once: true, signal: ending.signal },
      );
    }
  }

  /** Wait until nothing more is to be drawn. */
  async settled() {
    if (this.#laid) {
      await this.#laid;
      return;
    }
    if (!this.#map.areTilesLoaded() || this.#map.isMoving()) await this.#map.once("idle");
  }

  /** Tell the map that its box has another size. */
  resize() {
    this.#map.resize();
  }

  #draw() {
    const own = [...this.#own.values()];
    const over = own.filter(({ above }) => above).map(({ layer }) => layer);
    const under = own.filter(({ above }) => !above).map(({ layer }) => layer);
    this.#overlay.setProps({ layers: [...under, ...this.#spec, ...over] });
  }
}

/** Whether this browser can draw the map at all. */
export function canDraw() {
  try {
    return Boolean(document.createElement("canvas").getContext("webgl2"));
  } catch {
    return false;
  }
}

// A library inside the bundle tries WebAssembly and does without it where it is refused, as our
// content security policy does. Not offering it spares a report of a violation at each visit.
async function withoutWebAssembly(load) {
  const kept = window.WebAssembly;
  delete window.WebAssembly;
  try {
    await load();
  } finally {
    window.WebAssembly = kept;
  }
}

function loadScript(address) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.addEventListener("load", resolve);
    script.addEventListener("error", () => reject(new Error(`cannot load ${address}`)));
    document.head.append(script);
  });
}

// The bundle exports neither MapLibre's Map nor deck.gl's overlay: both are taken from a map of
// one pixel that it makes itself and that is thrown away.
async function constructors() {
  const container = document.createElement("div");
  container.className = "engine-probe";
  document.body.append(container);
  const empty = { version: 8, sources: {}, layers: [] };
  const overlay = window.createDeck({
    container,
    jsonInput: { mapProvider: "maplibre", mapStyle: empty, layers: [] },
  });
  const deadline = performance.now() + CONSTRUCTORS_DEADLINE_MS;
  while (!overlay._map) {
    if (performance.now() > deadline) throw new Error("the map's engine does not start");
    await new Promise((resolve) => setTimeout(resolve, 4));
  }
  const map = overlay._map;
  const found = { MapView: map.constructor, Overlay: overlay.constructor };
  map.removeControl(overlay);
  map.remove();
  container.remove();
  document.body.querySelector(":scope > .deckgl-ui-elements-overlay")?.remove(); // it leaves one
  return found;
}

// The layers of the specification; the converter knows our classes only.
function liveLayers(spec) {
  const classes = Object.fromEntries(LAYER_CLASSES.map((name) => [name, window.deck[name]]));
  const converter = new window.deck.JSONConverter({ configuration: { classes } });
  return converter.convert({ layers: spec.layers }).layers;
}

// pydeck's ordinary data="….cols": columns become the binary attributes that deck.gl uploads.
function columnsLoader() {
  return {
    name: "city columns",
    id: "cols",
    module: "city",
    version: "1",
    extensions: ["cols"],
    mimeTypes: ["application/x-city-columns"],
    binary: true,
    options: {},
    parse: async (buffer) => {
      const { length, columns } = readColumns(buffer);
      return { length, attributes: columns };
    },
  };
}

// deck.gl and MapLibre take the width of a glyph for right − left, which clips every j.
function mendGlyphWidths() {
  const prototype = CanvasRenderingContext2D.prototype;
  if (prototype.measureText.mended) return;
  const measure = prototype.measureText;
  prototype.measureText = function mended(text) {
    const metrics = measure.call(this, text);
    if (metrics.actualBoundingBoxLeft > 0) {
      Object.defineProperty(metrics, "actualBoundingBoxLeft", { value: 0 });
    }
    return metrics;
  };
  prototype.measureText.mended = true;
}

// MapLibre's worker has no address of its own: ours must be whole.
function absolute(style) {
  const sources = Object.entries(style.sources).map(([name, source]) => [
    name,
    source.tiles ? { ...source, tiles: source.tiles.map(absoluteAddress) } : source,
  ]);
  return { ...style, sources: Object.fromEntries(sources) };
}

function absoluteAddress(address) {
  return address.startsWith("/") ? location.origin + address : address;
}
