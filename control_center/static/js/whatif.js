// A level of water dragged by hand: the server answers each stop, the page keeps its address true.

import { part, withLanguage } from "./fragments.js";

const form = document.querySelector("form[data-level]");
const answer = document.querySelector("[data-answer]");
const said = form?.querySelector("output");
const keep = document.querySelector("form[data-keep] input[name=level]");
const TOGETHER_MS = 150;

let waiting = null;
let asked = 0;

function address() {
  const query = new URLSearchParams(new FormData(form));
  query.delete("lang");
  return `/pilotage/et-si?${query}`;
}

function inWords(value) {
  const language = document.documentElement.lang;
  const shown = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  return `${Number(value).toLocaleString(language, shown)}\u00a0m`;
}

async function ask() {
  waiting = null;
  asked += 1;
  const mine = asked;
  const html = await part(address());
  if (html === null || mine !== asked) return; // a later level was asked for meanwhile
  answer.innerHTML = html;
  history.replaceState(null, "", withLanguage(address()));
}

form?.addEventListener("input", ({ target }) => {
  said.textContent = inWords(target.value);
  if (keep) keep.value = target.value;
  waiting ??= setTimeout(ask, TOGETHER_MS);
});
