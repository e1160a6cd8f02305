"""What a page's frames hold: Web Storage, databases, caches, files, service workers, by storage key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from bandeau.audit.collect.cdp import Message
from bandeau.audit.collect.clock import now_ms
from bandeau.audit.collect.sessions import Session

Kind = Literal["local", "session", "indexeddb", "cache", "file", "bucket", "serviceworker"]
_KINDS: tuple[Kind, ...] = ("local", "session", "indexeddb", "cache", "file", "bucket", "serviceworker")

#: Reads in a world of its own: nothing of it is seen by the page, and opening a database that is not there
#: would make one, so only names are asked for.
INVENTORY = """(async () => {
  const MOST = 500, found = { origin: self.origin, local: [], session: [], indexeddb: [], cache: [],
    file: [], bucket: [], serviceworker: [] };
  const items = (kind, area) => {
    for (let i = 0; i < Math.min(area.length, MOST); i++) {
      const key = area.key(i), value = area.getItem(key) ?? "";
      found[kind].push([key, value.length, value.slice(0, 4096)]);
    }
  };
  try { items("local", localStorage); } catch {}
  try { items("session", sessionStorage); } catch {}
  const databases = async factory => {
    for (const { name } of (await factory.databases()).slice(0, MOST)) found.indexeddb.push([name, 0, ""]);
  };
  const cached = async caches => {
    for (const name of (await caches.keys()).slice(0, MOST)) {
      const kept = await (await caches.open(name)).keys();
      if (!kept.length) found.cache.push([name, 0, ""]);
      for (const { url } of kept.slice(0, MOST)) found.cache.push([name + " " + url, 0, ""]);
    }
  };
  const files = async folder => {
    for await (const name of folder.keys()) {
      if (found.file.push([name, 0, ""]) >= MOST) break;
    }
  };
  try { await databases(indexedDB); } catch {}
  try { await cached(caches); } catch {}
  try { await files(await navigator.storage.getDirectory()); } catch {}
  try {
    for (const name of (await navigator.storageBuckets.keys()).slice(0, MOST)) {
      found.bucket.push([name, 0, ""]);
      const bucket = await navigator.storageBuckets.open(name);
      await databases(bucket.indexedDB);
      await cached(bucket.caches);
      await files(await bucket.getDirectory());
    }
  } catch {}
  try {
    for (const { scope } of await navigator.serviceWorker.getRegistrations()) {
      found.serviceworker.push([scope, 0, ""]);
    }
  } catch {}
  return found;
})()"""


@dataclass(frozen=True, slots=True)
class Item:
    """An item that a storage key holds; its value is cut at 4,096 characters and goes no further."""

    origin: str
    kind: Kind
    key: str
    length: int = 0
    value: str = ""
    top: str = ""


def items(found: Any, top: str) -> list[Item]:
    """Return the items of one frame's inventory; ``top`` is the origin of the page around it."""
    if not isinstance(found, dict):
        return []
    origin = found.get("origin", "")
    return [
        Item(origin, kind, str(key), int(length), str(value), "" if origin == top else top)
        for kind in _KINDS
        for key, length, value in found.get(kind, ())
    ]


class StorageEvents:
    """Follows Web Storage between inventories, for what comes and goes."""

    def __init__(self) -> None:
        #: wall time, origin, kind, key
        self.removed: list[tuple[float, str, Kind, str]] = []

    def hear(self, session: Session, method: str, params: Message) -> None:
        """Take an event of the DOMStorage domain."""
        if method == "DOMStorage.domStorageItemRemoved":
            place = params["storageId"]
            origin = place.get("securityOrigin") or place.get("storageKey", "").rstrip("/")
            kind: Kind = "local" if place["isLocalStorage"] else "session"
            self.removed.append((now_ms(), origin.partition("^")[0].rstrip("/"), kind, params["key"]))
