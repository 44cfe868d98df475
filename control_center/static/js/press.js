// What a finger presses is not replaced under it: a tap that begins on one element and ends on
// another is no tap. Whoever replaces a part of the page waits until the press is over.

const CLICK_MS = 100; // a touch becomes a click a moment after the finger has left
const LONGEST_MS = 3_000; // whoever holds for longer does not tap

let pressed = null; // {target, over: a promise}
let lift = () => {};

addEventListener(
  "pointerdown",
  ({ target }) => {
    lift();
    const press = { target };
    press.over = new Promise((resolve) => {
      const end = () => {
        if (pressed === press) pressed = null;
        resolve();
      };
      lift = () => setTimeout(end, CLICK_MS);
      setTimeout(end, LONGEST_MS);
    });
    pressed = press;
  },
  { capture: true },
);
for (const name of ["pointerup", "pointercancel"]) {
  addEventListener(name, () => lift(), { capture: true });
}

/** Wait until nothing in this element is pressed. */
export async function released(element) {
  while (pressed && element.contains(pressed.target)) await pressed.over;
}
