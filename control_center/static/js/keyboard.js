// Keys of the wall; off while somebody types, and wherever they were turned off.

const KEPT = "reverbere-keys";

/** Answer keys with acts: {key: function}. */
export function answerKeys(acts) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      acts.Escape?.(event);
      return;
    }
    if (isWriting(event.target) || !keysAreOn()) return;
    const act = acts[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    act(event);
  });
}

/** Whether single keys act. */
export function keysAreOn() {
  return localStorage.getItem(KEPT) !== "off";
}

/** Turn single keys on or off, for good. */
export function turnKeys(on) {
  localStorage.setItem(KEPT, on ? "on" : "off");
}

function isWriting(target) {
  return target.closest?.("input:not([type=range]):not([type=checkbox]), textarea, select, dialog");
}
