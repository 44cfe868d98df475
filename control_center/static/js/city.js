// What is known of every light, by its index: positions once an epoch, states patch by patch.

import { fromBase64, readColumns, readPatch } from "./formats.js";

export const STATES = [
  "lit",
  "degraded",
  "confirmed_dark",
  "inferred_dark",
  "silent",
  "maintenance",
  "planned_off",
  "unmonitored",
];
/** States that deserve no look: the base map draws them. */
export const AT_REST = new Set([0, 6, 7]);

/** The lights of the city; dispatches `epoch` when all is new, `change` with the changed indices. */
export class City extends EventTarget {
  positions = new Float32Array(0);
  states = new Uint8Array(0);
  origin = [0, 0];
  #epoch = "";
  #seq = 0;
  #dataVersion = null;
  #reading = null;
  #waiting = [];

  /** Where this page stands in the channel: `<epoch>:<seq>`. */
  get position() {
    return `${this.#epoch}:${this.#seq}`;
  }

  /** Version of the tiles that these indices belong to. */
  get dataVersion() {
    return this.#dataVersion;
  }

  /** Read the whole state; calls that come meanwhile share the answer. */
  read() {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  /**
   * Take a greeting or a pulse of the channel, which say where it stands: read again where this
   * page stands elsewhere, unless the patches that it missed follow.
   */
  greet(told) {
    if (this.#reading) {
      this.#reading.then(() => this.greet(told), () => {});
      return;
    }
    const { epoch, seq, replayed } = told;
    if (epoch !== this.#epoch || (!replayed && seq !== this.#seq)) this.#mend();
  }

  /** Take a patch, as it came: {id: "<epoch>:<seq>", data: base64}. */
  patch(message) {
    if (this.#reading) {
      this.#waiting.push(message);
      return;
    }
    const [epoch, seq] = split(message.id);
    if (epoch === this.#epoch && seq <= this.#seq) return; // seen already
    if (epoch !== this.#epoch || seq !== this.#seq + 1) {
      this.#mend(); // something was missed
      return;
    }
    const { idx, state } = readPatch(fromBase64(message.data));
    for (let i = 0; i < idx.length; i += 1) this.states[idx[i]] = state[i];
    this.#seq = seq;
    this.dispatchEvent(new CustomEvent("change", { detail: idx }));
  }

  /** Count the lights in each state. */
  counts() {
    return countStates(this.states);
  }

  // A server that is away is asked again at its next pulse.
  #mend() {
    this.read().catch(() => {});
  }

  async #read() {
    const answer = await ask("/v1/map/state");
    const states = new Uint8Array(await answer.arrayBuffer());
    const epoch = answer.headers.get("X-Reverbere-Epoch");
    const dataVersion = epoch.slice(0, epoch.lastIndexOf("."));
    if (dataVersion !== this.#dataVersion) await this.#readPositions(dataVersion);
    this.states = states;
    this.#epoch = epoch;
    this.#seq = Number(answer.headers.get("X-Reverbere-Seq"));
    this.#dataVersion = dataVersion;
    this.dispatchEvent(new CustomEvent("epoch"));
    const waiting = this.#waiting.splice(0);
    setTimeout(() => waiting.forEach((message) => this.patch(message))); // once this reading is over
  }

  async #readPositions(dataVersion) {
    const known = dataVersion === "none" ? "" : `?v=${encodeURIComponent(dataVersion)}`;
    const answer = await ask(`/v1/map/columns/lights.cols${known}`);
    const { columns, origin } = readColumns(await answer.arrayBuffer());
    this.positions = columns.getPosition.value;
    this.origin = origin;
  }
}

/** Read the states of an instant of the past. */
export async function statesAt(instant) {
  const answer = await ask(`/v1/map/state?at=${encodeURIComponent(instant.toISOString())}`);
  return new Uint8Array(await answer.arrayBuffer());
}

/** Count the lights in each state, by code. */
export function countStates(states) {
  const counts = new Array(STATES.length).fill(0);
  for (const state of states) counts[state] += 1;
  return counts;
}

/** Choose the lights that deserve a look: {length, positions, states, idx}. */
export function exceptionsOf(positions, states, hidden) {
  let length = 0;
  for (const state of states) if (!AT_REST.has(state) && !hidden.has(state)) length += 1;
  const chosen = {
    length,
    positions: new Float32Array(2 * length),
    states: new Uint8Array(length),
    idx: new Uint32Array(length),
  };
  for (let i = 0, at = 0; i < states.length; i += 1) {
    if (AT_REST.has(states[i]) || hidden.has(states[i])) continue;
    chosen.positions[2 * at] = positions[2 * i];
    chosen.positions[2 * at + 1] = positions[2 * i + 1];
    chosen.states[at] = states[i];
    chosen.idx[at] = i;
    at += 1;
  }
  return chosen;
}

async function ask(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer;
}

function split(id) {
  const at = id.lastIndexOf(":");
  return [id.slice(0, at), Number(id.slice(at + 1))];
}
