// The operator's wall. The server wrote the page; from here on it is kept true, and it answers.

import { ROW, chosen, keepView, panelAddress, splitThing, viewOfAddress, write } from "./address.js";
import { drawCharts } from "./charts.js";
import { City, countStates, statesAt } from "./city.js";
import { TerritoryClock } from "./clock.js";
import { numberInWords } from "./figures.js";
import { act, beingWritten, lookAt, part, replace } from "./fragments.js";
import { Header } from "./header.js";
import { answerKeys, keysAreOn, turnKeys } from "./keyboard.js";
import { Live } from "./live.js";
import { OperatorMap } from "./map.js";
import { released } from "./press.js";
import { suggest } from "./search.js";
import { TimeBar } from "./timebar.js";

const TIMEBAR_EVERY_MS = 60_000;
const LIST_EVERY_MS = 60_000; // a card put aside comes back by itself
const PANEL_EVERY_MS = 5_000;
const TOGETHER_MS = 150;
const NARROW = window.matchMedia("(max-width: 899px)");

const wall = JSON.parse(document.getElementById("wall").textContent);
const $ = (selector) => document.querySelector(selector);
const incidents = $("[data-incidents]");
const panel = $("[data-panel]");
const legend = $("[data-legend]");
const zones = $("[data-zones]");
const keys = $("[data-keys]");

const clock = new TerritoryClock(wall.now, wall.zone, wall.language);
const city = new City();
const live = new Live("/v1/live");
const timebar = new TimeBar($("[data-timebar]"), clock);
const header = new Header(clock, wall.words);
const hidden = new Set();
let map = null;

document.documentElement.classList.add("with-scripts");

// ------------------------------------------------------------------ selection
/** Choose an incident, a thing, or nothing. */
function choose(next) {
  write(next, { push: true });
  return show({ focus: true });
}

async function show({ focus = false } = {}) {
  const { incident, thing } = chosen();
  markCards(incident);
  panel.classList.toggle("wall-panel-open", Boolean(incident || thing));
  await readPanel({ always: true });
  if (focus) panel.querySelector(".panel-scroll")?.focus({ preventScroll: true });
  map?.resize();
  await point({ fly: true });
}

/** Point the map at what is chosen. */
async function point({ fly }) {
  if (!map) return;
  const { incident, thing } = chosen();
  try {
    await map.showIncident(incident, { fly });
  } catch {
    await map.showIncident(null); // it was closed meanwhile: its panel says so
  }
  if (!thing) return;
  const at = panel.querySelector("[data-longitude]")?.dataset;
  map.showThing(
    at ? { longitude: Number(at.longitude), latitude: Number(at.latitude), label: at.label } : null,
    { fly },
  );
}

// Answers may overtake each other: each reading has a number, and an older one than is shown is
// not shown any more.
const shown = { number: 0, at: 0, batch: null, html: null };
const listed = { number: 0 };
let readings = 0;

async function readPanel({ always = false } = {}) {
  const address = panelAddress();
  if (!address) {
    panel.replaceChildren();
    shown.html = null;
    return;
  }
  if (!always && beingWritten(panel)) return;
  readings += 1;
  const mine = readings;
  const html = await part(address);
  await released(panel);
  if (address !== panelAddress()) return; // something else was chosen meanwhile
  if (mine < shown.number) return;
  if (!always && beingWritten(panel)) return; // somebody began meanwhile
  if (html === null) {
    if (always) panel.replaceChildren(problem("empty"));
    return;
  }
  shown.number = mine;
  shown.at = performance.now();
  if (html === shown.html && panel.hasChildNodes()) return; // nothing to disturb a reader with
  shown.html = html;
  replace(panel, html);
  if (chosen().thing?.kind === ROW) {
    const of = panel.querySelector("[data-panel-of]").dataset.panelOf;
    write({ thing: splitThing(of.slice("thing:".length)) }, { push: false });
  }
  drawCharts(panel, { uplot: wall.uplot, clock });
}

function cards() {
  return [...incidents.querySelectorAll("[data-incident]")];
}

function markCards(incident) {
  for (const card of cards()) {
    if (card.dataset.incident === incident) card.setAttribute("aria-current", "true");
    else card.removeAttribute("aria-current");
  }
}

/** Read the declared zones again; the map follows where they have changed. */
async function readZones() {
  const html = await part("/pilotage/zones");
  if (html === null || html === shown.zones) return;
  const first = shown.zones === undefined;
  shown.zones = html;
  zones.innerHTML = html;
  zones.hidden = !zones.childElementCount;
  if (!first) map?.refreshGround().catch(() => {}); // away: it is read again at the next change
}

const met = new Set(); // incidents that this page has shown before

async function readIncidents() {
  const { incident } = chosen();
  const asked = incident ? `?incident=${encodeURIComponent(incident)}` : "";
  readings += 1;
  const mine = readings;
  const html = await part(`/pilotage/incidents${asked}`);
  await released(incidents);
  if (html === null || mine < listed.number) return;
  listed.number = mine;
  replace(incidents, html);
  for (const card of incidents.querySelectorAll(".card-new")) {
    if (!met.has(card.dataset.incident)) card.classList.add("card-arrived");
  }
  meetIncidents();
}

function meetIncidents() {
  for (const card of cards()) met.add(card.dataset.incident);
}

/** Go to the next or the previous incident of the list. */
function walk(step) {
  const codes = cards().map((card) => card.dataset.incident);
  if (!codes.length) return;
  const from = codes.indexOf(chosen().incident);
  const at = from < 0 && step < 0 ? codes.length - 1 : (from + step + codes.length) % codes.length;
  choose({ incident: codes[at] });
}

// ----------------------------------------------------------------------- acts
async function send(form) {
  const button = form.querySelector("button[type=submit]");
  button.disabled = true;
  const { done, refused } = await act(form.getAttribute("action"), new FormData(form));
  button.disabled = false;
  form.querySelector(".form-problem")?.remove();
  if (!done) {
    form.append(problem("form-problem", refused));
    return;
  }
  form.closest("details")?.removeAttribute("open");
  await Promise.all([readIncidents(), readPanel({ always: true })]);
}

function problem(className, rule = "other") {
  const words = document.createElement("p");
  words.className = className;
  words.setAttribute("role", "alert");
  words.textContent = wall.words[`refused.${rule}`] ?? wall.words["problem.other"];
  return words;
}

// ----------------------------------------------------------------------- live
function followLive() {
  live.addEventListener("hello", ({ detail }) => city.greet(JSON.parse(detail.data)));
  live.addEventListener("state", ({ detail }) => city.patch(detail));
  live.addEventListener("pulse", ({ detail }) => pulse(JSON.parse(detail.data)));
  live.addEventListener("incidents", () => incidentsChanged());
  live.addEventListener("standing", ({ detail }) => header.stand(detail));
  city.addEventListener("change", () => countLegend(city.states));
  city.addEventListener("epoch", () => countLegend(city.states));
  countLegend(city.states);
  live.start(city.position);
}

function pulse(told) {
  clock.set(told.now);
  city.greet(told);
  header.pulse(told);
  // a thing's panel follows its messages, unhurriedly
  const due = performance.now() - shown.at > PANEL_EVERY_MS && told.batch !== shown.batch;
  if (!chosen().thing || timebar.instant !== null || !due) return;
  shown.batch = told.batch;
  readPanel();
}

let pending = null;

function incidentsChanged() {
  pending ??= setTimeout(async () => {
    pending = null;
    const reading = [readIncidents(), readZones(), chosen().incident ? readPanel() : null];
    if (map) reading.push(map.refreshDevices(), map.refreshGround(), point({ fly: false }));
    await Promise.allSettled(reading);
  }, TOGETHER_MS);
}

function tick() {
  // a clock that runs over old data would lie
  if (live.standing === "live") header.tick(timebar.instant);
}

// --------------------------------------------------------------------- legend
function countLegend(states) {
  if (states === city.states && timebar.instant !== null) return;
  const counts = countStates(states);
  for (const button of legend.querySelectorAll("[data-state]")) {
    const count = counts[button.dataset.state] ?? 0;
    button.querySelector("[data-count]").textContent = numberInWords(count);
  }
}

function filter(button, alone) {
  const buttons = [...legend.querySelectorAll("[data-state]")];
  const code = Number(button.dataset.state);
  if (alone) {
    hidden.clear();
    for (const other of buttons) if (other !== button) hidden.add(Number(other.dataset.state));
  } else if (!hidden.delete(code)) hidden.add(code);
  for (const one of buttons) {
    one.setAttribute("aria-pressed", String(!hidden.has(Number(one.dataset.state))));
  }
  map?.hide(new Set(hidden));
}

// --------------------------------------------------------------------- replay
async function showInstant(instant) {
  lookAt(instant); // the cards, too, are those of then
  header.replay(instant, () => timebar.live());
  readIncidents();
  readZones();
  if (panelAddress()) readPanel({ always: true });
  if (instant === null) {
    map?.showStates(null);
    countLegend(city.states);
    return;
  }
  const states = await statesAt(new Date(instant));
  if (timebar.instant !== instant) return;
  map?.showStates(states, instant);
  countLegend(states);
}

async function renewTimebar() {
  const element = $("[data-timebar]");
  if (timebar.instant !== null || element.contains(document.activeElement)) return;
  const html = await part("/pilotage/frise");
  if (html === null) return;
  replace(element, html);
  timebar.renewed();
}

// ------------------------------------------------------------------------ map
async function openMap() {
  const message = $("[data-map-message]");
  const opening = new OperatorMap({
    city,
    theme: currentTheme(),
    words: { language: wall.language, icons: wall.icons },
  });
  const view = viewOfAddress();
  try {
    const start = view ?? { center: wall.center, zoom: 14 };
    await opening.open($("[data-map]"), { bundle: wall.engine, view: start });
  } catch (error) {
    console.warn(error);
    document.body.classList.add("wall-without-map");
    const key = error.message === "no WebGL2" ? "map.no_webgl" : "map.error";
    message.textContent = wall.words[key];
    if (!city.dataVersion) await city.read().catch(() => {}); // the legend still counts
    return;
  }
  map = opening;
  message.hidden = true;
  map.addEventListener("lost", reopenMap);
  map.addEventListener("choose", ({ detail }) => chooseOnMap(detail));
  map.addEventListener("view", ({ detail }) => keepView(detail));
  await point({ fly: view === null });
  document.body.dataset.drawn = "true";
}

// The graphics card took its memory back: everything is drawn again from what is known.
async function reopenMap() {
  map = null;
  const box = $("[data-map]");
  const fresh = box.cloneNode(false);
  fresh.className = "map";
  box.replaceWith(fresh);
  await openMap();
}

function chooseOnMap(thing) {
  if (thing === null) {
    if (!NARROW.matches) choose({});
  } else if (thing.idx === undefined) choose({ thing });
  else choose({ thing: { kind: ROW, code: String(thing.idx) } });
}

// ----------------------------------------------------------------------- page
function currentTheme() {
  return document.documentElement.dataset.theme === "light" ? "light" : "dark";
}

async function switchTheme() {
  const theme = currentTheme() === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  localStorage.setItem("reverbere-theme", theme);
  nameThemeButton();
  map?.setTheme(theme);
  shown.html = null; // charts take their colours when they are drawn
  await readPanel();
}

function nameThemeButton() {
  const button = $("[data-act=theme]");
  const words = wall.words[currentTheme() === "dark" ? "theme.light" : "theme.dark"];
  button.setAttribute("aria-label", words);
  button.title = words;
}

function view(name) {
  document.body.dataset.view = name;
  for (const button of document.querySelectorAll("button[data-view]")) {
    button.setAttribute("aria-pressed", String(button.dataset.view === name));
  }
  map?.resize();
}

const ACTS = {
  theme: switchTheme,
  help: () => keys.showModal(),
  live: () => timebar.live(),
  "zoom-in": () => map?.zoomBy(1),
  "zoom-out": () => map?.zoomBy(-1),
};
const CLICKED =
  "[data-incident], [data-thing], [data-property], [data-close], [data-act], [data-state], button[data-view]";

function onClick(event) {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a new tab, as everywhere
  const found = event.target.closest(CLICKED);
  if (!found) return;
  const { incident, thing, property, state } = found.dataset;
  if (found.matches("a")) event.preventDefault();
  if (incident) choose({ incident });
  else if (thing) choose({ thing: splitThing(thing) });
  else if (property) choose({ thing: chosen().thing, property });
  else if (found.matches("[data-close]")) choose({});
  else if (state !== undefined) filter(found, event.altKey);
  else if (found.matches("button[data-view]")) view(found.dataset.view);
  else ACTS[found.dataset.act]?.();
}

function start() {
  const search = suggest($("form.search"), ({ kind, code, link }) => {
    if (kind === "street") location.href = link;
    else choose({ thing: { kind, code } });
  });
  answerKeys({
    "/": () => search.focus(),
    j: () => walk(1),
    k: () => walk(-1),
    a: () => panel.querySelector("form[data-form=acknowledge]")?.requestSubmit(),
    l: () => timebar.live(),
    "?": () => keys.showModal(),
    Escape: () => {
      if (!keys.open && panelAddress()) choose({});
    },
  });
  const keysOn = $("[data-keys-on]");
  keysOn.checked = keysAreOn();
  keysOn.addEventListener("change", () => turnKeys(keysOn.checked));
  document.addEventListener("click", onClick);
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-form]")) return;
    event.preventDefault();
    send(event.target);
  });
  window.addEventListener("popstate", () => show());
  timebar.addEventListener("instant", ({ detail }) => showInstant(detail));
  nameThemeButton();
  meetIncidents();
  view(NARROW.matches && panelAddress() ? "map" : "list");
  drawCharts(panel, { uplot: wall.uplot, clock });
  setInterval(tick, 250);
  setInterval(renewTimebar, TIMEBAR_EVERY_MS);
  setInterval(readIncidents, LIST_EVERY_MS);
  setInterval(readZones, LIST_EVERY_MS); // a cut begins and ends by the clock
}

start();
await openMap();
followLive();
document.body.dataset.ready = "true";
