// The header: the territory's clock, the ledger, the age of the last message, how live it is.

import { ageInWords, numberInWords } from "./figures.js";

/** Keeps the header true. */
export class Header {
  #clock;
  #words;
  #standing;
  #clockText;
  #ledger;
  #age;
  #stale;
  #lastMessage = null;

  constructor(clock, words) {
    this.#clock = clock;
    this.#words = words;
    this.#standing = document.querySelector(".standing");
    this.#clockText = document.querySelector("[data-clock]");
    this.#ledger = document.querySelector("[data-ledger]");
    this.#age = document.querySelector("[data-age]");
    this.#stale = document.querySelector("[data-stale]");
  }

  /** Take a pulse of the server. */
  pulse({ last, received, balanced }) {
    this.#lastMessage = last;
    const message = this.#words[balanced ? "ledger.balanced" : "ledger.unbalanced"];
    fill(this.#ledger, message, "count", numberInWords(received));
  }

  /** Write what changes with time; `instant` is the moment that is looked at, null for now. */
  tick(instant) {
    const now = this.#clock.now();
    write(this.#clockText, this.#clock.full(instant ?? now));
    if (this.#lastMessage === null) write(this.#age, this.#words.no_message);
    else {
      const age = ageInWords((now - this.#lastMessage) / 1000);
      fill(this.#age, this.#words.last_message, "age", age);
    }
  }

  /** Say how the channel is doing: "live", "reconnecting" or "stale". */
  stand(standing) {
    this.#standing.dataset.standing = standing;
    document.body.classList.toggle("wall-stale", standing === "stale");
    const hour = this.#clock.second(this.#lastMessage ?? this.#clock.now());
    this.#tell(standing === "live" ? null : this.#words[standing].replace("{hour}", hour));
    this.#stale.classList.toggle("stale-grave", standing === "stale");
  }

  /** Say that another instant is looked at, with the way back; null for live. */
  replay(instant, back) {
    document.body.classList.toggle("wall-replay", instant !== null);
    if (instant === null) {
      this.#tell(null);
      return;
    }
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = this.#words.back_to_live;
    button.addEventListener("click", back);
    this.#tell(this.#words.replay.replace("{hour}", this.#clock.hour(instant)), button);
  }

  #tell(words, ...more) {
    this.#stale.hidden = words === null;
    if (words === null) this.#stale.replaceChildren();
    else this.#stale.replaceChildren(words, " ", ...more);
  }
}

// The same words again would be drawn again, several times a second.
function write(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

function fill(element, message, slot, value) {
  const [before, after] = message.split(`{${slot}}`);
  if (element.textContent === before + value + (after ?? "")) return;
  const strong = document.createElement("strong");
  strong.className = "figures";
  strong.textContent = value;
  element.replaceChildren(before, strong, after ?? "");
}
