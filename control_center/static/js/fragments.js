// Parts of the page, asked for again from the server that wrote them first.

// parts that can be asked for as they stood
const WITH_PAST = ["incidents", "objets/", "lampadaires/", "zones"].map((one) => `/pilotage/${one}`);
let instant = null;

/** From here on look at a moment of the past, in milliseconds; null for the present. */
export function lookAt(milliseconds) {
  instant = milliseconds === null ? null : new Date(milliseconds).toISOString();
}

/** Fetch a part; null where it is refused or away. */
export async function part(address) {
  try {
    const answer = await fetch(withLanguage(ofThen(address)), { headers: { "X-Part": "1" } });
    return answer.ok ? await answer.text() : null;
  } catch {
    return null; // the server is away: what is shown stays, and the header says so
  }
}

/** Do an act: {done} or {refused: rule or kind of problem}. */
export async function act(address, body) {
  try {
    const answer = await fetch(withLanguage(address), {
      method: "POST",
      body,
      headers: { "X-Part": "1" },
    });
    if (answer.ok) return { done: true };
    const problem = await answer.json();
    return { done: false, refused: problem.rule ?? problem.type.split("#")[1] };
  } catch {
    return { done: false, refused: "away" };
  }
}

/** Replace the content of an element, keeping the focus and what was open. */
export function replace(element, html) {
  const focused = element.contains(document.activeElement) ? pathOf(document.activeElement) : null;
  const open = [...element.querySelectorAll("details[open]")].map((one) => one.className.replaceAll(" ", "."));
  const scrolled = element.querySelector(".panel-scroll")?.scrollTop ?? 0;
  element.innerHTML = html;
  for (const name of open) element.querySelector(`details.${name}`)?.setAttribute("open", "");
  const scroll = element.querySelector(".panel-scroll");
  if (scroll) scroll.scrollTop = scrolled;
  if (focused) element.querySelector(focused)?.focus({ preventScroll: true });
}

/** Whether somebody is writing into a form of this element: it must not be replaced then. */
export function beingWritten(element) {
  return Boolean(element.querySelector("details.inspect[open], details.care[open]"));
}

/** Keep the page's language in an address. */
export function withLanguage(address) {
  const { lang } = document.documentElement;
  if (lang.startsWith("fr")) return address;
  return `${address}${address.includes("?") ? "&" : "?"}lang=en`;
}

function ofThen(address) {
  if (instant === null || !WITH_PAST.some((path) => address.startsWith(path))) return address;
  return `${address}${address.includes("?") ? "&" : "?"}instant=${encodeURIComponent(instant)}`;
}

function pathOf(element) {
  for (const name of ["data-incident", "data-thing", "data-property", "data-state"]) {
    const value = element.getAttribute?.(name);
    if (value) return `[${name}="${CSS.escape(value)}"]`;
  }
  return element.classList?.contains("panel-scroll") ? ".panel-scroll" : null;
}
