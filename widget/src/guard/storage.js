/** Keeps what refused services would leave on the device from being written, and removes what is there. */
import { T, enforced, on } from "./state.js";
import { note } from "./report.js";

const jar = Object.getOwnPropertyDescriptor(Document.prototype, "cookie");
const raw = new WeakMap();
/** @type {[string, Storage][]} */
const stores = [];
for (const [kind, name] of [["l", "localStorage"], ["s", "sessionStorage"]]) {
  // Reading the property throws where the browser forbids storage.
  try { stores.push([kind, window[name]]); } catch {}
}

/** 1 when an allowed service declares the name, 0 when only refused ones do, undefined when nobody does. */
function fate(kind, name) {
  let found;
  T.s.forEach((s, i) => s[8].forEach(([pattern, k]) => {
    const start = pattern.replace(/\*$/, "");
    if (k == kind && (start == pattern ? name == start : name.startsWith(start))) found ||= +on(i);
  }));
  return found;
}

function may(kind, name) {
  const found = fate(kind, name);
  if (!found) note(kind, name);
  return !enforced || (found ?? (kind != "c" || T.uc != "block"));
}

// "=_ga=1" stores a nameless value that goes over the wire as "_ga=1" (RFC 6265bis §5.7).
const cookieName = (text) => text.replace(/^[\s=]+/, "").split(/[=;]/)[0].trim();

const names = () => document.cookie.split("; ").map(cookieName);

/** Names of everything a script can see, for the record of a choice. */
export const seen = () => [...names(), ...stores.flatMap(([, store]) => Object.keys(store))].filter(Boolean).slice(0, 200);

/** @param {any} w a window of this origin */
export function gateStorage(w, wrap) {
  const set = Object.getOwnPropertyDescriptor(w.Document.prototype, "cookie");
  Object.defineProperty(w.Document.prototype, "cookie", {
    ...set,
    set(text) {
      text += "";
      if (may("c", cookieName(text))) set.set.call(this, text);
    },
  });
  wrap(w.CookieStore, "set", (f) => function (a, ...rest) {
    return may("c", a?.name ?? a + "") ? f.call(this, a, ...rest) : Promise.resolve();
  });
  wrap(w.IDBFactory, "open", (f) => function (name, ...rest) {
    if (!may("i", name + "")) throw new w.DOMException("", "SecurityError");
    return f.call(this, name, ...rest);
  });
  wrap(w.CacheStorage, "open", (f) => async function (name) {
    if (!may("k", name + "")) throw new w.DOMException("", "SecurityError");
    return f.call(this, name);
  });
  // An assignment (localStorage.x = 1) calls no method, so the object itself is stood for.
  wrap(w.Storage, "getItem setItem removeItem clear key", (f, method) => function (key, ...rest) {
    const [kind, store] = raw.get(this) || [this == w.sessionStorage ? "s" : "l", this];
    if (method != "setItem" || may(kind, key + "")) return f.call(store, key, ...rest);
  });
  for (const [kind, name] of [["l", "localStorage"], ["s", "sessionStorage"]]) {
    try {
      const store = w[name];
      const put = (_, key, value) => (may(kind, key) && (store[key] = value), true);
      const proxy = new Proxy(store, {
        get: (_, key) => store[key],
        set: put,
        defineProperty: (_, key, { value }) => put(_, key, value),
      });
      raw.set(proxy, [kind, store]);
      Object.defineProperty(w, name, { get: () => proxy, configurable: true });
    } catch {}
  }
}

/** Removes every cookie that a script can reach under this name: a cookie is known by name, domain and path. */
export function expire(name) {
  const domains = [""], paths = [""];
  const labels = location.hostname.split(".");
  for (; labels.length > 1; labels.shift()) domains.push(";domain=" + labels.join("."));
  location.pathname.split("/").reduce((path, part) => (paths.push(path + part, path + part + "/"), path + part + "/"), "");
  for (const domain of domains)
    for (const path of paths)
      for (const rest of ["", ";secure;samesite=none;partitioned"])
        jar.set.call(document, `${name}=;max-age=0;path=${path || "/"}${domain}${name.startsWith("__") && !rest ? ";secure" : rest}`);
}

/** Removes what refused services have left. */
export function sweep() {
  if (!enforced) return;
  const gone = (kind) => (/** @type {string} */ name) => fate(kind, name) === 0;
  names().filter(gone("c")).forEach(expire);
  for (const [kind, store] of stores) Object.keys(store).filter(gone(kind)).forEach((key) => store.removeItem(key));
  const each = (/** @type {any} */ list, kind, drop) => list?.then((all) => all.map((x) => x.name || x).filter(gone(kind)).forEach(drop), () => {});
  each(window.indexedDB?.databases?.(), "i", (name) => indexedDB.deleteDatabase(name));
  each(window.caches?.keys(), "k", (name) => caches.delete(name));
}
