/** Removes what refused services have left. */
const { T, i: { AREAS, all, cookies, fate, keys, refused } } = window.bd;

/** Removes every cookie that a script can reach under this name: a cookie is known by name, domain and path. */
export function expire(name) {
  const labels = location.hostname.split("."), steps = location.pathname.split("/");
  for (let i = 0; i < labels.length; i++)
    for (let j = 1; j <= steps.length; j++)
      for (const end of ["", "/"])
        for (const rest of ["", ";secure", ";secure;samesite=none;partitioned"])
          document.cookie = `${name}=;max-age=0;path=${steps.slice(0, j).join("/") + end || "/"}${i ? ";domain=" + labels.slice(i - 1).join(".") : ""}${rest}`;
}

/** Removes what refused services have left. */
export function sweep() {
  // What already runs in a frame or plays keeps the policy it came with.
  for (const el of all("iframe,object,embed,video,audio")) if (refused(el.currentSrc || el.src || el.data || "")) el.remove();
  const drop = (kind, names, remove) => names.forEach((name) => fate(kind, name) === false && remove(name));
  drop("c", cookies(), expire);
  for (const area in AREAS) drop(AREAS[area], keys(area), (key) => window[area].removeItem(key));
  window.indexedDB?.databases?.().then((all) => drop("i", all.map((db) => db.name), (name) => indexedDB.deleteDatabase(name)), () => {});
  window.caches?.keys().then((names) => drop("k", names, (name) => caches.delete(name)), () => {});
}

/** Names of everything a script can see, for the record of a choice. */
export const seen = () => [cookies(), ...Object.keys(AREAS).map(keys)].flat().filter((name) => name && name != "bd" && name != T.n).slice(0, 200);
