// The operator's wall. The server wrote the page; from here on it is kept true, and it answers.

import { drawCharts } from "./charts.js";
import { City, countStates, statesAt } from "./city.js";
import { TerritoryClock } from "./clock.js";
import { beingWritten, part, replace } from "./fragments.js";
import { answerKeys, keysAreOn, turnKeys } from "./keyboard.js";
import { Live } from "./live.js";
import { OperatorMap } from "./map.js";
import { suggest } from "./search.js";
import { TimeBar } from "./timebar.js";

const TIMEBAR_EVERY_MS = 60_000;
const PANEL_EVERY_MS = 5_000;
const NARROW = window.matchMedia("(max-width: 899px)");

const wall = JSON.parse(document.getElementById("wall").textContent);
const $ = (selector) => document.querySelector(selector);
const elements = {
  incidents: $("[data-incidents]"),
  panel: $("[data-panel]"),
  map: $("[data-map]"),
  message: $("[data-map-message]"),
  stale: $("[data-stale]"),
  standing: $(".standing"),
  clock: $("[data-clock]"),
  ledger: $("[data-ledger]"),
  age: $("[data-age]"),
  keys: $("[data-keys]"),
};

const clock = new TerritoryClock(wall.now, wall.zone, wall.language);
const city = new City();
const live = new Live("/v1/live");
const timebar = new TimeBar($("[data-timebar]"), clock);
const hidden = new Set();
let map = null;
let lastMessage = null;
let panelBatch = null;
let panelAt = 0;

document.documentElement.classList.add("with-scripts");

// ------------------------------------------------------------------ selection
function chosen() {
  const query = new URLSearchParams(location.search);
  const [kind, ...code] = (query.get("objet") ?? "").split(":");
  return {
    incident: query.get("incident"),
    thing: kind ? { kind, code: code.join(":") } : null,
    property: query.get("grandeur"),
  };
}

/** Choose an incident, a thing, or nothing; the address says it, and the back button undoes it. */
function choose(next, { push = true } = {}) {
  const query = new URLSearchParams(location.search);
  for (const name of ["incident", "objet", "grandeur"]) query.delete(name);
  if (next.incident) query.set("incident", next.incident);
  if (next.thing) query.set("objet", `${next.thing.kind}:${next.thing.code}`);
  if (next.property) query.set("grandeur", next.property);
  const address = `${location.pathname}${query.size ? `?${query}` : ""}${location.hash}`;
  if (push) history.pushState(null, "", address);
  return show({ fly: true, focus: push });
}

async function show({ fly = false, focus = false } = {}) {
  const { incident, thing } = chosen();
  markCards(incident);
  elements.panel.classList.toggle("wall-panel-open", Boolean(incident || thing));
  document.body.classList.toggle("wall-with-panel", Boolean(incident || thing));
  await readPanel({ always: true });
  if (focus) elements.panel.querySelector(".panel-scroll")?.focus({ preventScroll: true });
  map?.resize();
  await point({ fly });
}

/** Point the map at what is chosen. */
async function point({ fly }) {
  if (!map) return;
  const { incident, thing } = chosen();
  try {
    await map.showIncident(incident, { fly, panels: 60 });
  } catch {
    await map.showIncident(null); // it was closed meanwhile: its panel says so
  }
  if (!thing) return;
  const at = elements.panel.querySelector("[data-longitude]")?.dataset;
  map.showThing(
    at ? { longitude: Number(at.longitude), latitude: Number(at.latitude), label: at.label } : null,
    { fly },
  );
}

function panelAddress() {
  const { incident, thing, property } = chosen();
  if (incident) return `/pilotage/incidents/${encodeURIComponent(incident)}`;
  if (!thing) return null;
  const asked = property ? `?grandeur=${encodeURIComponent(property)}` : "";
  const code = thing.code.split("/").map(encodeURIComponent).join("/");
  return thing.kind === "light-index"
    ? `/pilotage/lampadaires/${code}`
    : `/pilotage/objets/${thing.kind}/${code}${asked}`;
}

async function readPanel({ always = false } = {}) {
  const address = panelAddress();
  if (!address) {
    elements.panel.replaceChildren();
    return;
  }
  if (!always && beingWritten(elements.panel)) return;
  const html = await part(address);
  if (address !== panelAddress()) return; // something else was chosen meanwhile
  if (html === null) {
    if (always) sayProblem();
    return;
  }
  replace(elements.panel, html);
  panelAt = performance.now();
  nameLight();
  drawCharts(elements.panel, { uplot: wall.uplot, clock });
}

// A light that was clicked is known by its row of the map: its panel tells its code.
function nameLight() {
  const { thing } = chosen();
  if (thing?.kind !== "light-index") return;
  const [, kind, ...code] = elements.panel.querySelector("[data-panel-of]").dataset.panelOf.split(":");
  const query = new URLSearchParams(location.search);
  query.set("objet", `${kind}:${code.join(":")}`);
  history.replaceState(null, "", `${location.pathname}?${query}${location.hash}`);
}

function sayProblem() {
  const words = document.createElement("p");
  words.className = "empty";
  words.textContent = wall.words["problem.other"];
  elements.panel.replaceChildren(words);
}

function markCards(incident) {
  for (const card of elements.incidents.querySelectorAll("[data-incident]")) {
    if (card.dataset.incident === incident) card.setAttribute("aria-current", "true");
    else card.removeAttribute("aria-current");
  }
}

async function readIncidents() {
  const { incident } = chosen();
  const asked = incident ? `?incident=${encodeURIComponent(incident)}` : "";
  const html = await part(`/pilotage/incidents${asked}`);
  if (html !== null) replace(elements.incidents, html);
}

/** Go to the next or the previous incident of the list. */
function walk(step) {
  const codes = [...elements.incidents.querySelectorAll("[data-incident]")].map(
    (card) => card.dataset.incident,
  );
  if (!codes.length) return;
  const at = codes.indexOf(chosen().incident);
  const next = at < 0 ? (step > 0 ? 0 : codes.length - 1) : (at + step + codes.length) % codes.length;
  choose({ incident: codes[next] });
  elements.incidents.querySelector(`[data-incident="${CSS.escape(codes[next])}"]`)?.focus();
}

// ----------------------------------------------------------------------- acts
async function send(form) {
  const button = form.querySelector("button[type=submit]");
  button.disabled = true;
  const done = await part(form.action, { method: "POST", body: new FormData(form) });
  button.disabled = false;
  if (done === null) {
    form.insertAdjacentElement("beforeend", problem());
    return;
  }
  form.closest("details")?.removeAttribute("open");
  await Promise.all([readIncidents(), readPanel({ always: true })]);
}

function problem() {
  const words = document.createElement("p");
  words.className = "form-problem";
  words.setAttribute("role", "alert");
  words.textContent = wall.words["problem.other"];
  return words;
}

function acknowledge() {
  elements.panel.querySelector("form[data-form=acknowledge]")?.requestSubmit();
}

// ----------------------------------------------------------------------- live
function followLive() {
  live.addEventListener("hello", ({ detail }) => city.greet(JSON.parse(detail.data)));
  live.addEventListener("state", ({ detail }) => city.patch(detail));
  live.addEventListener("pulse", ({ detail }) => pulse(JSON.parse(detail.data)));
  live.addEventListener("incidents", () => incidentsChanged());
  live.addEventListener("standing", ({ detail }) => showStanding(detail));
  city.addEventListener("change", () => countLegend());
  city.addEventListener("epoch", () => countLegend());
  live.start(city.position);
}

function pulse({ now, last, batch, received, balanced }) {
  clock.set(now);
  lastMessage = last;
  const key = balanced ? "ledger.balanced" : "ledger.unbalanced";
  write(elements.ledger, wall.words[key], "count", number(received));
  // a thing's panel follows its messages, unhurriedly
  if (chosen().thing && batch !== panelBatch && performance.now() - panelAt > PANEL_EVERY_MS) {
    panelBatch = batch;
    readPanel();
  }
}

let incidentsPending = null;
function incidentsChanged() {
  incidentsPending ??= setTimeout(async () => {
    incidentsPending = null;
    const reading = [readIncidents(), chosen().incident ? readPanel() : null];
    if (map) reading.push(map.refreshDevices(), map.refreshGround(), point({ fly: false }));
    await Promise.allSettled(reading);
  }, 150);
}

function showStanding(standing) {
  elements.standing.dataset.standing = standing;
  document.body.classList.toggle("wall-stale", standing === "stale");
  const hour = clock.second(lastMessage ?? clock.now());
  elements.stale.hidden = standing === "live";
  elements.stale.classList.toggle("stale-grave", standing === "stale");
  elements.stale.textContent =
    standing === "live" ? "" : wall.words[standing].replace("{hour}", hour);
  if (standing === "live") city.read();
}

function tick() {
  if (live.standing !== "live") return; // a clock that runs over old data would lie
  const now = clock.now();
  if (timebar.instant === null) elements.clock.textContent = clock.full(now);
  if (lastMessage === null) elements.age.textContent = wall.words.no_message;
  else write(elements.age, wall.words.last_message, "age", age((now - lastMessage) / 1000));
}

// --------------------------------------------------------------------- legend
function countLegend(states = null) {
  if (states === null && timebar.instant !== null) return;
  const counts = states === null ? city.counts() : countStates(states);
  for (const button of document.querySelectorAll("[data-legend] [data-state]")) {
    button.querySelector("[data-count]").textContent = number(counts[button.dataset.state] ?? 0);
  }
}

function filter(button, alone) {
  const code = Number(button.dataset.state);
  const buttons = [...document.querySelectorAll("[data-legend] [data-state]")];
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
  document.body.classList.toggle("wall-replay", instant !== null);
  elements.stale.hidden = instant === null;
  if (instant === null) {
    elements.stale.replaceChildren();
    map?.showStates(null);
    countLegend();
    return;
  }
  const back = document.createElement("button");
  back.type = "button";
  back.textContent = document.querySelector("[data-act=live]").firstChild.textContent;
  back.addEventListener("click", () => timebar.live());
  elements.stale.replaceChildren(wall.words.replay.replace("{hour}", clock.hour(instant)), " ", back);
  elements.clock.textContent = clock.full(instant);
  const states = await statesAt(new Date(instant));
  if (timebar.instant !== instant) return;
  map?.showStates(states);
  countLegend(states);
}

async function renewTimebar() {
  if (timebar.instant !== null) return;
  const element = document.querySelector("[data-timebar]");
  if (element.contains(document.activeElement)) return;
  const html = await part("/pilotage/frise");
  if (html === null) return;
  replace(element, html);
  timebar.renewed();
}

// ------------------------------------------------------------------------ map
async function openMap() {
  const theme = currentTheme();
  map = new OperatorMap({
    city,
    theme,
    words: { language: wall.language, icons: wall.icons },
  });
  try {
    await map.open(elements.map, { bundle: wall.engine, view: viewOfAddress() });
  } catch (error) {
    map = null;
    document.body.classList.add("wall-without-map");
    const key = error.message === "no WebGL2" ? "map.no_webgl" : "map.error";
    elements.message.textContent = wall.words[key];
    console.warn(error);
    if (!city.dataVersion) await city.read().catch(() => {});
    return;
  }
  elements.message.remove();
  map.addEventListener("choose", ({ detail }) => chooseOnMap(detail));
  map.addEventListener("view", ({ detail }) => keepView(detail));
  let version = city.dataVersion;
  city.addEventListener("epoch", () => {
    if (city.dataVersion !== version) map.renew();
    version = city.dataVersion;
  });
  await point({ fly: !location.hash });
  document.body.dataset.map = "ready";
}

function chooseOnMap(thing) {
  if (thing === null) {
    if (NARROW.matches) return;
    choose({});
  } else if (thing.idx !== undefined) {
    choose({ thing: { kind: "light-index", code: String(thing.idx) } });
  } else choose({ thing });
}

function viewOfAddress() {
  const [zoom, latitude, longitude] = location.hash.slice(1).split("/").map(Number);
  return Number.isFinite(longitude)
    ? { center: [longitude, latitude], zoom }
    : { center: wall.center, zoom: 14 };
}

function keepView({ longitude, latitude, zoom }) {
  const hash = `#${zoom.toFixed(2)}/${latitude.toFixed(5)}/${longitude.toFixed(5)}`;
  history.replaceState(null, "", location.pathname + location.search + hash);
  for (const link of document.querySelectorAll("[data-language]")) link.hash = hash;
}

// ------------------------------------------------------------------------ page
function currentTheme() {
  return document.documentElement.dataset.theme === "light" ? "light" : "dark";
}

function switchTheme() {
  const theme = currentTheme() === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  localStorage.setItem("reverbere-theme", theme);
  nameThemeButton();
  map?.setTheme(theme);
  drawCharts(elements.panel, { uplot: wall.uplot, clock });
}

function nameThemeButton() {
  const button = document.querySelector("[data-act=theme]");
  const words = wall.words[currentTheme() === "dark" ? "theme.light" : "theme.dark"];
  button.setAttribute("aria-label", words);
  button.title = words;
}

function view(name) {
  document.body.dataset.view = name;
  for (const button of document.querySelectorAll("button[data-view]")) {
    button.setAttribute("aria-pressed", String(button.dataset.view === name));
  }
  if (name === "map") map?.resize();
}

function onClick(event) {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a new tab, as everywhere
  const found = event.target.closest(
    "[data-incident], [data-thing], [data-property], [data-close], [data-act], [data-state], button[data-view]",
  );
  if (!found) return;
  const { incident, thing, property, act, state } = found.dataset;
  if (found.matches("a")) event.preventDefault();
  if (incident) choose({ incident });
  else if (thing) choose({ thing: splitThing(thing) });
  else if (property) choose({ ...chosen(), incident: null, property });
  else if (found.matches("[data-close]")) choose({});
  else if (state !== undefined) filter(found, event.altKey);
  else if (found.matches("button[data-view]")) view(found.dataset.view);
  else ACTS[act]?.();
}

const ACTS = {
  theme: switchTheme,
  help: () => elements.keys.showModal(),
  "zoom-in": () => map?.zoomBy(1),
  "zoom-out": () => map?.zoomBy(-1),
};

function splitThing(thing) {
  const [kind, ...code] = thing.split(":");
  return { kind, code: code.join(":") };
}

function write(element, message, slot, value) {
  const [before, after] = message.split(`{${slot}}`);
  const strong = document.createElement("strong");
  strong.className = "figures";
  strong.textContent = value;
  element.replaceChildren(before, strong, after ?? "");
}

function number(value) {
  const locale = wall.language === "en" ? "en-GB" : "fr-FR";
  return new Intl.NumberFormat(locale).format(value).replace(/\u202f/g, "\u00a0");
}

function age(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 100) return `${whole}\u00a0s`;
  return whole < 6000 ? `${Math.floor(whole / 60)}\u00a0min` : `${Math.floor(whole / 3600)}\u00a0h`;
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
    a: acknowledge,
    l: () => timebar.live(),
    "?": () => elements.keys.showModal(),
    Escape: () => {
      if (!elements.keys.open && (chosen().incident || chosen().thing)) choose({});
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
  window.addEventListener("popstate", () => show({ fly: true }));
  timebar.addEventListener("instant", ({ detail }) => showInstant(detail));
  nameThemeButton();
  view("list");
  document.body.classList.toggle("wall-with-panel", Boolean(panelAddress()));
  drawCharts(elements.panel, { uplot: wall.uplot, clock });
  setInterval(tick, 250);
  setInterval(renewTimebar, TIMEBAR_EVERY_MS);
}

start();
await openMap();
followLive();
document.body.dataset.ready = "true";
