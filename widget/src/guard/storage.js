/** Keeps what refused services would leave on the device from being written. */
import { T, bd, enforced, on, patch } from "./state.js";
import { note } from "./report.js";

export const AREAS = { localStorage: "l", sessionStorage: "s" };
/** @type {WeakMap<object, [string, Storage]>} both the area and what stands for it, to its kind and itself */
const areas = new WeakMap();

/** True when an allowed service declares the name, false when only refused ones do, undefined when nobody does. */
export function fate(kind, name) {
  let found;
  T.s.forEach((s, i) => s[8].forEach(([pattern, k]) => {
    if (k == kind && (pattern == name || pattern.endsWith("*") && name.startsWith(pattern.slice(0, -1)))) found = found || on(i);
  }));
  return found;
}

function may(kind, name) {
  // Our own cookie is set by the server alone.
  const found = kind + name == "c" + T.n ? false : fate(kind, name);
  // Our own names are nobody's to report.
  if (!found && name != "bd" && name != T.n) note(kind, name);
  return !enforced || (found ?? (kind != "c" || T.uc != "block"));
}

// "=_ga=1" stores a nameless value that goes over the wire as "_ga=1" (RFC 6265bis §5.7).
const cookieName = (text) => text.replace(/^[\s=]+/, "").split(/[=;]/)[0].trim();
export const cookies = () => (bd.j() || "").split("; ").map(cookieName);
export const keys = (area) => { try { return Object.keys(window[area]); } catch { return []; } };

/** @param {any} w a window of this origin */
export function gateStorage(w) {
  const open = (type, method, kind) => patch(w, type, method, (f) => function (name, ...rest) {
    if (may(kind, (name?.name ?? name) + "")) return f.call(this, name, ...rest);
    const no = new DOMException("", "SecurityError");
    if (kind == "i") throw no;
    return Promise.reject(no);
  });
  open("CookieStore", "set", "c");
  open("IDBFactory", "open", "i");
  open("CacheStorage", "open", "k");
  patch(w, "Document", "cookie", (set) => function (text) {
    // To remove is always allowed, to us and to them. Of several ages the last one counts (RFC 6265 §5.3).
    const [age] = (text += "").match(/;\s*max-age\s*=[^;]*/gi)?.slice(-1) || [];
    if (/=\s*(-|0+\s*$)/.test(age) || may("c", cookieName(text))) set.call(this, text);
  });
  patch(w, "Storage", "getItem setItem removeItem clear key", (f, method) => function (key, ...rest) {
    const [kind, area] = areas.get(this) || [, this];
    if (method != "setItem" || may(kind, key + "")) return f.call(area, key, ...rest);
  });
  patch(w, "Storage", "length", (f) => function () { return f.call(areas.get(this)?.[1] || this); }, "get");
  // What stands for an area is no Storage to the constructor of its event.
  w.StorageEvent = new Proxy(w.StorageEvent, {
    construct: (Event, [type, init]) => new Event(type, { ...init, storageArea: areas.get(init?.storageArea)?.[1] }),
  });
  for (const name in AREAS) try {
    const area = w[name], known = [AREAS[name], area];
    // An assignment (localStorage.x = 1) calls no method, so something stands for the object itself.
    const stand = new Proxy(area, {
      get: (_, key) => area[key],
      set: (_, key, value) => (area.setItem(key, value), true),
      defineProperty: (_, key, { value }) => (area.setItem(key, value), true),
    });
    areas.set(area, known).set(stand, known);
    Object.defineProperty(w, name, { get: () => stand });
  } catch {} // reading the property throws where the browser forbids storage
}

/** Whether refused services have left something where a script sees it at once. */
export const remains = () => cookies().some((name) => fate("c", name) === false) ||
  Object.keys(AREAS).some((area) => keys(area).some((key) => fate(AREAS[area], key) === false));
