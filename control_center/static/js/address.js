// What is chosen lives in the address: it can be shared, and the back button undoes it.

/** Read the address: {incident, thing: {kind, code}, property}; null for what is not chosen. */
export function chosen() {
  const query = new URLSearchParams(location.search);
  const thing = query.get("objet");
  return {
    incident: query.get("incident"),
    thing: thing ? splitThing(thing) : null,
    property: query.get("grandeur"),
  };
}

/** Write an address for what is chosen next. */
export function write({ incident, thing, property }, { push }) {
  const query = new URLSearchParams(location.search);
  for (const name of ["incident", "objet", "grandeur"]) query.delete(name);
  if (incident) query.set("incident", incident);
  if (thing) query.set("objet", `${thing.kind}:${thing.code}`);
  if (property) query.set("grandeur", property);
  const address = `${location.pathname}${query.size ? `?${query}` : ""}${location.hash}`;
  if (push) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
}

/** Where the server writes the panel of what is chosen; null for nothing. */
export function panelAddress() {
  const { incident, thing, property } = chosen();
  if (incident) return `/pilotage/incidents/${encodeURIComponent(incident)}`;
  if (!thing) return null;
  const code = thing.code.split("/").map(encodeURIComponent).join("/");
  if (thing.kind === ROW) return `/pilotage/lampadaires/${code}`;
  const asked = property ? `?grandeur=${encodeURIComponent(property)}` : "";
  return `/pilotage/objets/${thing.kind}/${code}${asked}`;
}

/** A light that is known by its row of the map only, until its panel tells its code. */
export const ROW = "light-index";

/** Read « kind:code »; a code may hold colons. */
export function splitThing(thing) {
  const [kind, ...code] = thing.split(":");
  return { kind, code: code.join(":") };
}

/** The view of the map: {center: [longitude, latitude], zoom}; null where the address has none. */
export function viewOfAddress() {
  const [zoom, latitude, longitude] = location.hash.slice(1).split("/").map(Number);
  return Number.isFinite(longitude) ? { center: [longitude, latitude], zoom } : null;
}

/** Keep the view of the map in the address, and in the links to the other languages. */
export function keepView({ longitude, latitude, zoom }) {
  const hash = `#${zoom.toFixed(2)}/${latitude.toFixed(5)}/${longitude.toFixed(5)}`;
  history.replaceState(null, "", location.pathname + location.search + hash);
  for (const link of document.querySelectorAll("[data-language]")) link.hash = hash;
}
