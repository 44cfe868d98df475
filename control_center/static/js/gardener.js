// The gardener's page while it is open: orders go through the outbox, cards are asked for again,
// and what waits for the network is shown on its card. Without this file the page works by forms.

import { released } from "./press.js";

const client = JSON.parse(document.getElementById("client").textContent);
const { words } = client;
const OFTEN_MS = 2500;
const SELDOM_MS = 30000;
const RETRY_MS = 3000;

const cards = document.getElementById("cards");
const banner = document.querySelector(".offline");
const queued = new Set(); // zones whose watering waits here for the network
const shown = { number: 0, html: null }; // the latest answer that the cards were taken from
const here = { chosen: document.querySelector(".zone-chosen")?.dataset.zone, minutes: "10" };
let online = true;
let timer = 0;
let busy = false;
let readings = 0;

const now = () => Date.now() + client.clock_offset_ms;

// words

function filled(message, slots) {
  return message
    .replace(/⟦(?:\?\w+ )?([^⟧]*)⟧/g, (_, part) =>
      [...part.matchAll(/\{(\w+)\}/g)].every((slot) => slots[slot[1]]) ? part : "",
    )
    .replace(/\{(\w+)\}/g, (_, name) => slots[name] ?? "");
}

function plural(forms, count) {
  const category = new Intl.PluralRules(client.language).select(count);
  const form = forms[Math.max(0, client.plurals.indexOf(category))];
  return filled(form, { count: new Intl.NumberFormat(client.language).format(count) });
}

function hour(ms) {
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat("en-GB", { timeZone: client.zone, hour: "2-digit", minute: "2-digit" })
      .formatToParts(ms)
      .map((part) => [part.type, part.value]),
  );
  const shown = { h: String(Number(parts.hour)), hh: parts.hour, mm: parts.minute };
  if (parts.minute !== "00") return filled(words.hour, shown);
  return { "00": words.midnight, 12: words.noon }[parts.hour] ?? filled(words.round, shown);
}

// choosing a zone: known here, so that it works without network

function zoneOf(code) {
  return cards.querySelector(`.zone[data-zone="${CSS.escape(code ?? "")}"]`);
}

function choose(code) {
  const zone = zoneOf(code) ?? cards.querySelector(".zone");
  if (!zone) return;
  here.chosen = zone.dataset.zone;
  for (const each of cards.querySelectorAll(".zone")) {
    const chosen = each === zone;
    each.classList.toggle("zone-chosen", chosen);
    const head = each.querySelector(".zone-head");
    if (chosen) head.setAttribute("aria-current", "true");
    else head.removeAttribute("aria-current");
  }
  const form = cards.querySelector(".bar");
  const waits = queued.has(here.chosen);
  const wet = zone.dataset.wet === "yes" || waits;
  const orderable = zone.dataset.orderable === "yes";
  form.elements.zone.value = here.chosen;
  form.querySelector("legend strong").textContent = zone.dataset.name;
  form.querySelector(".bar-dry").hidden = wet || !orderable;
  form.querySelector(".bar-wet").hidden = !wet || !orderable;
  form.querySelector(".bar-none").hidden = orderable;
  if (wet) {
    form.querySelector(".bar-running").textContent =
      zone.dataset.wet === "yes" ? zone.dataset.wetWords : zone.dataset.openingWords;
  }
  const second = form.querySelector(".act-second");
  const skipped = zone.dataset.skipped === "yes";
  second.value = skipped ? "resume" : "skip";
  second.textContent = skipped ? second.dataset.resume : second.dataset.skip;
  const radio = form.querySelector(`#minutes-${here.minutes}`);
  if (radio) radio.checked = true;
  form.querySelector(".bar-note time").textContent = hour(now() + client.lasts_ms);
}

cards.addEventListener("click", (event) => {
  const head = event.target.closest(".zone-head");
  if (!head) return;
  event.preventDefault();
  choose(head.closest(".zone").dataset.zone);
  history.replaceState(null, "", head.href);
});

cards.addEventListener("change", (event) => {
  if (event.target.name === "minutes") here.minutes = event.target.value;
});

// ordering

cards.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const act = event.submitter?.value ?? "water";
  const order = {
    key: crypto.randomUUID(),
    zone: form.elements.zone.value,
    act,
    at: now(),
    expires: now() + client.lasts_ms,
  };
  if (act === "water") order.minutes = Number(here.minutes);
  await Outbox.add(order);
  await showWaiting();
  await flush();
  if (!online) await askForSync();
  await next();
});

async function flush() {
  const told = await Outbox.flush(client.orders, client.clock_offset_ms);
  if (!told.online) await setOnline(false);
  for (const row of told.expired) showRefused(row, "expired");
  for (const { row, rule } of told.refused) showRefused(row, rule);
  if (told.sent || told.refused.length) await refresh();
}

/** Let the browser send what waits even when this page is closed; once an order, never again. */
async function askForSync() {
  const worker = await navigator.serviceWorker?.ready;
  await worker?.sync?.register("orders").catch(() => {});
}

function titleOf(row) {
  const at = filled(words.at, { hour: hour(row.at) });
  if (row.act === "water") {
    return filled(words.water, { minutes: filled(words.min, { value: String(row.minutes) }), at_time: at });
  }
  if (row.act === "stop") return filled(words.stop, { at_time: at });
  const second = cards.querySelector(".act-second");
  return row.act === "skip" ? second.dataset.skip : second.dataset.resume;
}

async function showWaiting() {
  const rows = await Outbox.waiting();
  for (const each of cards.querySelectorAll(".order-here")) each.remove();
  queued.clear();
  for (const row of rows) {
    if (row.act === "water") queued.add(row.zone);
    const place = zoneOf(row.zone)?.querySelector(".zone-orders");
    if (!place) continue;
    const shown = document.getElementById("waiting-order").content.cloneNode(true);
    shown.querySelector(".order-title").textContent = titleOf(row);
    place.append(shown);
  }
  choose(here.chosen);
  await showBanner(rows.length);
}

function showRefused(row, rule) {
  const place = zoneOf(row.zone)?.querySelector(".zone-orders");
  if (!place) return;
  const shown = document.getElementById("refused-order").content.cloneNode(true);
  shown.querySelector(".order-title").textContent = `${words.refused} : ${titleOf(row)}`;
  shown.querySelector(".order-detail").textContent = client.refusals[rule] ?? client.refusals.other;
  place.append(shown);
}

// network

async function showBanner(count) {
  banner.hidden = online;
  if (online) return;
  const since = (await Outbox.recall("lastContact")) ?? now();
  const plan = client.planned_at ? hour(Date.parse(client.planned_at)) : "";
  const told = filled(words.offline, {
    since_time: filled(words.since, { hour: hour(since) }),
    plan_time: plan && filled(words.plan, { hour: plan }),
  });
  const waits = count ? ` ${plural(words.waiting, count)}` : "";
  // our own catalogue, with hours and counts alone in its slots
  banner.querySelector(".offline-words").innerHTML = told + waits;
}

async function setOnline(value) {
  online = value;
  if (value) await Outbox.remember("lastContact", now());
  await showBanner((await Outbox.waiting()).length);
}

async function refresh() {
  readings += 1;
  const mine = readings;
  let html = null;
  try {
    const url = new URL(client.cards, location.href);
    url.searchParams.set("secteur", here.chosen ?? "");
    const answer = await fetch(url, { signal: AbortSignal.timeout(8000) });
    if (answer.ok) html = await answer.text();
  } catch {
    html = null; // the network may also go in the middle of an answer
  }
  if (mine < shown.number) return; // a later answer was quicker
  await setOnline(html !== null);
  await released(cards); // last: from here to the new cards nothing is waited for
  if (mine < shown.number) return;
  shown.number = mine;
  if (html === null || html === shown.html) await showWaiting();
  else await replaceCards(html);
}

async function replaceCards(html) {
  shown.html = html;
  const focused = document.activeElement?.closest("#cards") ? keyOf(document.activeElement) : null;
  const open = [...cards.querySelectorAll("details[open]")].map((each) => each.closest(".zone").id);
  const refusals = [...cards.querySelectorAll(".order-refused")].map((each) => [
    each.closest(".zone").dataset.zone,
    each,
  ]);
  cards.innerHTML = html;
  for (const id of open) document.getElementById(id)?.querySelector("details")?.setAttribute("open", "");
  for (const [zone, note] of refusals) zoneOf(zone)?.querySelector(".zone-orders").append(note);
  choose(here.chosen);
  await showWaiting();
  if (focused) cards.querySelector(focused)?.focus({ preventScroll: true });
}

function keyOf(element) {
  if (element.id) return `#${CSS.escape(element.id)}`;
  if (element.name) return `[name="${element.name}"][value="${CSS.escape(element.value)}"]`;
  const zone = element.closest(".zone");
  return zone ? `#${CSS.escape(zone.id)} .${element.classList[0] ?? element.localName}` : null;
}

function underWay() {
  return cards.querySelector('.order[data-ended="no"]') !== null;
}

async function round() {
  clearTimeout(timer);
  if (busy) return;
  busy = true;
  try {
    if (document.visibilityState === "visible") {
      if ((await Outbox.waiting()).length) await flush();
      await refresh();
    }
  } finally {
    busy = false;
  }
  await next();
}

/** Look again soon while something is under way or waits, seldom otherwise. */
async function next() {
  clearTimeout(timer);
  const waits = (await Outbox.waiting()).length;
  const wait = waits || !online ? RETRY_MS : underWay() ? OFTEN_MS : SELDOM_MS;
  timer = setTimeout(round, wait);
}

// start

Outbox.remember("clockOffset", client.clock_offset_ms);
choose(here.chosen);
for (const event of ["online", "focus"]) addEventListener(event, () => round());
addEventListener("offline", () => setOnline(false));
document.addEventListener("visibilitychange", () => round());
navigator.serviceWorker?.addEventListener("message", () => round());
if (isSecureContext && navigator.serviceWorker) {
  navigator.serviceWorker.register(client.worker, { scope: client.scope }).catch(() => {});
  navigator.storage?.persist?.().catch(() => {});
}
round();
