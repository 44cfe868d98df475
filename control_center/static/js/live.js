// One live channel a browser, not a tab: a browser grants six connections to a server, and a wall
// of tabs would take them all. The tab that holds the lock listens; it tells the others.

const EVENTS = ["hello", "state", "incidents", "commands", "pulse"];
const CHECK_MS = 500;
export const RECONNECTING_MS = 5_000;
export const STALE_MS = 30_000;

/**
 * Follow the server's events.
 *
 * Dispatches one event per server-sent event, under its name, with {id, data} in `detail`, and
 * `standing` with "live", "reconnecting" or "stale" whenever that changes.
 */
export class Live extends EventTarget {
  #address;
  #channel = new BroadcastChannel("reverbere-live");
  #heardAt = performance.now();
  #position = "";
  #standing = "live";

  constructor(address) {
    super();
    this.#address = address;
  }

  /** Start; `position` is the `<epoch>:<seq>` that the page already shows. */
  start(position) {
    this.#position = position;
    this.#channel.onmessage = (message) => this.#hear(message.data);
    setInterval(() => this.#watch(), CHECK_MS);
    // the lock needs a secure context; without one each tab listens for itself
    if (navigator.locks) navigator.locks.request("reverbere-live", () => this.#lead());
    else this.#lead();
  }

  /** How the channel is doing: "live", "reconnecting" or "stale". */
  get standing() {
    return this.#standing;
  }

  #lead() {
    // a promise that never ends holds the lock until the tab closes
    return new Promise(() => this.#listen());
  }

  #listen() {
    const since = this.#position ? `?since=${encodeURIComponent(this.#position)}` : "";
    const source = new EventSource(this.#address + since);
    for (const name of EVENTS) {
      source.addEventListener(name, (event) => {
        const message = { name, id: event.lastEventId, data: event.data };
        this.#channel.postMessage(message);
        this.#hear(message);
      });
    }
    source.addEventListener("error", () => {
      // a refusal ends an EventSource for good; only then is it opened again by hand
      if (source.readyState === EventSource.CLOSED) setTimeout(() => this.#listen(), RECONNECTING_MS);
    });
  }

  #hear({ name, id, data }) {
    this.#heardAt = performance.now();
    if (name === "state") this.#position = id;
    this.dispatchEvent(new CustomEvent(name, { detail: { id, data } }));
    this.#watch();
  }

  #watch() {
    const silence = performance.now() - this.#heardAt;
    const standing =
      silence > STALE_MS ? "stale" : silence > RECONNECTING_MS ? "reconnecting" : "live";
    if (standing === this.#standing) return;
    this.#standing = standing;
    this.dispatchEvent(new CustomEvent("standing", { detail: standing }));
  }
}
