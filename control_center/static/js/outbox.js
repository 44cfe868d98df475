// Orders that wait for the network, kept by the telephone: one row an order, sent in their order,
// each under its own key, never after its time. Used by the page and by the service worker.
//
// Row: {seq, key, zone, act, minutes, at, expires}; times in ms of the territory's clock.
"use strict";

(function (scope) {
  const DATABASE = "reverbere-outbox";
  const STORE = "orders";
  const META = "meta";
  const PATIENT = new Set([408, 409, 425, 429]);
  const TIMEOUT_MS = 10000;

  let opened = null;

  function database() {
    opened ??= new Promise((resolve, reject) => {
      const asked = indexedDB.open(DATABASE, 1);
      asked.onupgradeneeded = () => {
        asked.result.createObjectStore(STORE, { keyPath: "seq", autoIncrement: true });
        asked.result.createObjectStore(META);
      };
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });
    return opened;
  }

  async function transact(store, mode, work) {
    const db = await database();
    return new Promise((resolve, reject) => {
      const transaction = db.transaction(store, mode, { durability: "strict" });
      const request = work(transaction.objectStore(store));
      transaction.oncomplete = () => resolve(request ? request.result : undefined);
      transaction.onerror = () => reject(transaction.error);
      transaction.onabort = () => reject(transaction.error);
    });
  }

  /** All orders that wait, oldest first. */
  function waiting() {
    return transact(STORE, "readonly", (store) => store.getAll());
  }

  function remove(row) {
    return transact(STORE, "readwrite", (store) => store.delete(row.seq));
  }

  /** Keep an order; "stop" takes back the "water" of its zone that still waits. */
  async function add(order) {
    if (order.act === "stop") {
      for (const row of await waiting()) {
        if (row.zone === order.zone && row.act === "water") await remove(row);
      }
    }
    await transact(STORE, "readwrite", (store) => store.add(order));
  }

  function remember(name, value) {
    return transact(META, "readwrite", (store) => store.put(value, name));
  }

  function recall(name) {
    return transact(META, "readonly", (store) => store.get(name));
  }

  function alone(work) {
    return navigator.locks ? navigator.locks.request("reverbere-outbox", work) : work();
  }

  /**
   * Send what waits, in order. Stops at the first sign of no network; drops what is too late.
   * Returns {sent, refused: [{row, rule}], expired: [row], online}.
   */
  function flush(url, clockOffsetMs) {
    return alone(async () => {
      const told = { sent: 0, refused: [], expired: [], online: true };
      for (const row of await waiting()) {
        if (Date.now() + clockOffsetMs >= row.expires) {
          await remove(row);
          told.expired.push(row);
          continue;
        }
        const answer = await send(url, row);
        if (answer === null || answer.status >= 500 || PATIENT.has(answer.status)) {
          told.online = answer !== null;
          break;
        }
        await remove(row);
        if (answer.ok) told.sent += 1;
        else told.refused.push({ row, rule: await ruleOf(answer) });
      }
      return told;
    });
  }

  async function send(url, row) {
    const body = {
      zone: row.zone,
      act: row.act,
      issued_at: new Date(row.at).toISOString(),
      expires_at: new Date(row.expires).toISOString(),
    };
    if (row.minutes) body.minutes = row.minutes;
    try {
      return await fetch(url, {
        method: "POST",
        headers: { "Content-Type": "application/json", "Idempotency-Key": row.key },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    } catch {
      return null;
    }
  }

  async function ruleOf(answer) {
    try {
      const problem = await answer.json();
      return problem.rule ?? (answer.status === 410 ? "expired" : "other");
    } catch {
      return "other";
    }
  }

  scope.Outbox = { add, waiting, remove, flush, remember, recall };
})(self);
