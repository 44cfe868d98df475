// The time bar: an instant of the last hours, or live.

const STEP_MS = 600_000;
const OVER_END_PX = 12; // how far the hour may stand out of the bar

/** Follow the slider; dispatches `instant` with milliseconds, or null for live. */
export class TimeBar extends EventTarget {
  #element;
  #clock;
  #instant = null;
  #pause = 0;

  constructor(element, clock) {
    super();
    this.#element = element;
    this.#clock = clock;
    element.addEventListener("input", (event) => {
      if (event.target.matches("input[type=range]")) this.#moved(Number(event.target.value));
    });
    new ResizeObserver(() => this.#show()).observe(element);
    element.addEventListener("click", (event) => {
      const act = event.target.closest("[data-act]")?.dataset.act;
      if (act === "earlier") this.step(-1);
      else if (act === "later") this.step(1);
      else if (act === "live") this.live();
    });
    this.renewed();
  }

  /** The instant that is shown; null when live. */
  get instant() {
    return this.#instant;
  }

  /** Go ten minutes back or forth. */
  step(direction) {
    this.#moved((this.#instant ?? this.#clock.now()) + direction * STEP_MS);
  }

  /** Come back to the present. */
  live() {
    if (this.#instant === null) return;
    this.#instant = null;
    this.#show();
    this.dispatchEvent(new CustomEvent("instant", { detail: null }));
  }

  /** The server has drawn the bar again. */
  renewed() {
    this.#show();
  }

  get #slider() {
    return this.#element.querySelector("input[type=range]");
  }

  #moved(milliseconds) {
    const { min, max } = this.#slider;
    const instant = Math.min(Math.max(milliseconds, Number(min)), Number(max));
    if (instant >= Number(max) - 1000) {
      this.live();
      this.#show();
      return;
    }
    this.#instant = instant;
    this.#show();
    clearTimeout(this.#pause);
    this.#pause = setTimeout(
      () => this.dispatchEvent(new CustomEvent("instant", { detail: instant })),
      120,
    );
  }

  #show() {
    const slider = this.#slider;
    if (!slider) return;
    slider.value = String(this.#instant ?? slider.max);
    slider.setAttribute("aria-valuetext", this.#clock.hour(this.#instant ?? this.#clock.now()));
    this.#element.classList.toggle("timebar-replay", this.#instant !== null);
    this.#label(slider);
  }

  // The hour above the handle.
  #label(slider) {
    const label = this.#element.querySelector("[data-now]");
    label.textContent = this.#clock.hour(this.#instant ?? this.#clock.now());
    const share = (slider.value - slider.min) / (slider.max - slider.min);
    const room = label.parentElement.clientWidth;
    const { clientWidth: width } = label;
    const left = Math.min(share * room - width / 2, room - width + OVER_END_PX);
    label.style.transform = `translateX(${left}px)`;
  }
}
