// « Câblage »: a layer of the map with its card. The card alone says all that the map shows.

import { part, withLanguage } from "./fragments.js";
import { answerKeys } from "./keyboard.js";
import { WIRES_FROM_ZOOM } from "./wires.js";

const AROUND = 0.4; // of the view on each side is read with it
const NOTHING = { type: "FeatureCollection", features: [] };

const button = document.querySelector("[data-act=wiring]");
const card = document.querySelector("[data-wiring]");
const words = JSON.parse(card.dataset.wiring);
let map = null;
let shown = false;
let read = null; // the box that was read last, and whether it held too much
let asked = 0;

document.addEventListener("map", ({ detail }) => {
  map = detail;
  read = null;
  map.addEventListener("view", draw);
  if (shown) show();
});
button.addEventListener("click", toggle);
card.addEventListener("click", ({ target }) => {
  if (target.closest("[data-wiring-close]")) toggle();
});
card.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  event.stopPropagation(); // the panel stays
  toggle();
});
answerKeys({ c: toggle });

function toggle() {
  shown = !shown;
  button.setAttribute("aria-pressed", String(shown));
  card.hidden = !shown;
  if (shown) show();
  else {
    map?.showWires(null);
    map?.showSpots(null);
    button.focus({ preventScroll: true });
  }
}

async function show() {
  read = null;
  const [html, spots] = await Promise.all([part("/pilotage/cablage"), json("/v1/map/topology")]);
  if (!shown) return;
  if (html !== null) card.innerHTML = html;
  card.focus({ preventScroll: true });
  map?.showSpots(spots ?? NOTHING);
  await draw();
}

/** Read the wires around what is in view, unless they were read already. */
async function draw() {
  if (!shown || !map) return;
  if (map.view.zoom < WIRES_FROM_ZOOM) {
    map.showWires(NOTHING);
    hint("closer");
    read = null;
    return;
  }
  const view = map.bounds;
  if (read && within(view, read.box) && !read.more) {
    hint("");
    return;
  }
  asked += 1;
  const mine = asked;
  const box = around(view);
  const wires = await json(`/v1/map/wires?bbox=${box.map((edge) => edge.toFixed(5)).join()}`);
  if (mine !== asked || !shown) return;
  if (wires === null) {
    hint("away");
    return;
  }
  read = { box, more: wires.more };
  map.showWires(wires);
  hint(wires.more ? "more" : "");
}

function hint(key) {
  const element = card.querySelector("[data-wiring-hint]");
  if (element) element.textContent = key ? words[key] : "";
}

function within([west, south, east, north], box) {
  return west >= box[0] && south >= box[1] && east <= box[2] && north <= box[3];
}

function around([west, south, east, north]) {
  const [x, y] = [(east - west) * AROUND, (north - south) * AROUND];
  return [
    Math.max(west - x, -180),
    Math.max(south - y, -90),
    Math.min(east + x, 180),
    Math.min(north + y, 90),
  ];
}

async function json(address) {
  try {
    const answer = await fetch(withLanguage(address));
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}
