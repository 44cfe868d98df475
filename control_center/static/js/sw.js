// Service worker of the gardener's pages. The server puts VERSION, SHELL and OFFLINE above this line.
// It keeps the page and what it is made of; orders and their states are never kept.
"use strict";

const PAGES = "reverbere-garden-pages";
const FILES = `reverbere-garden-${VERSION}`;
const PATIENCE_MS = 4000;

self.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const files = await caches.open(FILES);
      await files.addAll(SHELL);
      await self.skipWaiting();
    })(),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) {
        if (name.startsWith("reverbere-garden-") && name !== FILES && name !== PAGES) {
          await caches.delete(name);
        }
      }
      await keepOpenPages(); // first: a page that sees itself served may count on being kept
      await self.clients.claim();
    })(),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  const url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (SHELL.includes(url.pathname)) event.respondWith(fromFiles(request));
  else if (request.mode === "navigate" && url.pathname.startsWith("/arrosage")) {
    event.respondWith(page(request));
  }
});

self.addEventListener("sync", (event) => {
  if (event.tag === "orders") event.waitUntil(sendOrders());
});

async function sendOrders() {
  const pages = await self.clients.matchAll();
  for (const each of pages) each.postMessage("sync"); // an open page sends, and shows the answers
  if (pages.length) return;
  const offset = (await Outbox.recall("clockOffset")) ?? 0;
  await Outbox.flush("/v1/irrigation/commands", offset);
  if ((await Outbox.waiting()).length) throw new Error("no network yet"); // the browser tries again
}

/** The first visit is not controlled yet: keep the pages that are open now. */
async function keepOpenPages() {
  const kept = await caches.open(PAGES);
  for (const client of await self.clients.matchAll({ includeUncontrolled: true })) {
    const url = new URL(client.url);
    if (!url.pathname.startsWith("/arrosage")) continue;
    try {
      const answer = await fetch(url, { credentials: "same-origin" });
      if (answer.ok && !answer.redirected) await kept.put(keyOf(url), answer);
    } catch {
      // without network there is nothing to keep
    }
  }
}

function keyOf(url) {
  const lang = url.searchParams.get("lang");
  return `${url.pathname}${lang ? `?lang=${lang}` : ""}`;
}

async function fromFiles(request) {
  const kept = await caches.match(request);
  return kept ?? fetch(request);
}

async function page(request) {
  const kept = await caches.open(PAGES);
  const key = keyOf(new URL(request.url));
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (answer.ok && !answer.redirected) await kept.put(key, answer.clone());
    if (answer.status < 500) return answer;
  } catch {
    // fall through to what was kept
  }
  return (
    (await kept.match(key)) ??
    new Response(OFFLINE, { status: 503, headers: { "Content-Type": "text/html; charset=utf-8" } })
  );
}
