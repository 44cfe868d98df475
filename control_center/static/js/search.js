// The search field: suggestions from the server, walked with the arrows.

import { part } from "./fragments.js";

const PAUSE_MS = 150;

/** Make a search form suggest; `choose` is told what was taken: {kind, code, link}. */
export function suggest(form, choose) {
  const field = form.querySelector("input[type=search]");
  const box = form.querySelector("[role=listbox]");
  let timer = 0;
  let answered = ""; // what the suggestions are an answer to

  const options = () => [...box.querySelectorAll("[role=option]")];
  const close = () => {
    box.hidden = true;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  };
  const mark = (at) => {
    options().forEach((option, index) => {
      option.id = `found-${index}`;
      option.setAttribute("aria-selected", String(index === at));
    });
    if (at >= 0) field.setAttribute("aria-activedescendant", `found-${at}`);
  };
  const marked = () => options().findIndex((one) => one.getAttribute("aria-selected") === "true");
  const take = (option) => {
    const [kind, ...code] = option.dataset.found.split(":");
    close();
    field.value = "";
    choose({ kind, code: code.join(":"), link: option.href });
  };

  const ask = async (typed) => {
    const html = await part(`/pilotage/recherche?q=${encodeURIComponent(typed)}`);
    if (html === null || typed !== field.value.trim()) return; // no answer, or other words since
    answered = typed;
    box.innerHTML = html;
    box.hidden = false;
    field.setAttribute("aria-expanded", "true");
    mark(options().length ? 0 : -1);
  };

  field.addEventListener("input", () => {
    clearTimeout(timer);
    const typed = field.value.trim();
    if (!typed) {
      close();
      return;
    }
    timer = setTimeout(() => ask(typed), PAUSE_MS);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      close();
      field.blur();
      return;
    }
    if (box.hidden || !options().length) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      mark((marked() + step + options().length) % options().length);
    } else if (event.key === "Enter" && answered === field.value.trim()) {
      event.preventDefault(); // else the whole page of results answers what was typed
      take(options()[Math.max(marked(), 0)]);
    }
  });
  box.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
  box.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (!option) return;
    event.preventDefault();
    take(option);
  });
  field.addEventListener("blur", close);
  return { focus: () => field.focus() };
}
