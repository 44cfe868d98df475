// The territory's clock, as the server last told it: a page never shows its own machine's time.

/** A clock set by the server's pulses; it runs between two of them. */
export class TerritoryClock {
  #base;
  #at = performance.now();

  constructor(milliseconds, zone, language) {
    this.#base = milliseconds;
    const locale = language === "en" ? "en-GB" : "fr-FR";
    this.#parts = new Intl.DateTimeFormat(locale, {
      timeZone: zone,
      weekday: "long",
      day: "numeric",
      month: "long",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      hourCycle: "h23",
    });
    this.#french = language !== "en";
  }

  #parts;
  #french;

  /** Set it. */
  set(milliseconds) {
    this.#base = milliseconds;
    this.#at = performance.now();
  }

  /** The instant. [ms] */
  now() {
    return this.#base + performance.now() - this.#at;
  }

  /** Write the date and the hour to the second: « jeudi 19 novembre, 20 h 14 min 32 s ». */
  full(milliseconds = this.now()) {
    const { weekday, day, month, hour, minute, second } = this.#split(milliseconds);
    const date = this.#french
      ? `${weekday} ${day === "1" ? "1er" : day}\u00a0${month}`
      : `${weekday} ${day}\u00a0${month}`;
    return this.#french
      ? `${date}, ${Number(hour)}\u00a0h\u00a0${minute}\u00a0min\u00a0${second}\u00a0s`
      : `${date}, ${hour}:${minute}:${second}`;
  }

  /** Write the hour to the minute: « 20 h 14 ». */
  hour(milliseconds = this.now()) {
    const { hour, minute } = this.#split(milliseconds);
    if (!this.#french) return `${hour}:${minute}`;
    return minute === "00" ? `${Number(hour)}\u00a0h` : `${Number(hour)}\u00a0h\u00a0${minute}`;
  }

  /** Write the hour to the second: « 20 h 14 min 32 s ». */
  second(milliseconds = this.now()) {
    const { hour, minute, second } = this.#split(milliseconds);
    return this.#french
      ? `${Number(hour)}\u00a0h\u00a0${minute}\u00a0min\u00a0${second}\u00a0s`
      : `${hour}:${minute}:${second}`;
  }

  #split(milliseconds) {
    const parts = this.#parts.formatToParts(new Date(milliseconds));
    return Object.fromEntries(parts.map(({ type, value }) => [type, value]));
  }
}
