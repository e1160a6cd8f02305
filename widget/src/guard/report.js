/** Tells the site what was stopped, in batches, without query strings and without anything about the reader. */
import { T } from "./state.js";

const items = new Map();

/** @param {...string} item */
export function note(...item) {
  item = item.map((text) => text.split(/[?#]/)[0]);
  if (!items.size) setTimeout(send, 3e3);
  if (items.size < 50) items.set(item.join(), item);
}

export function send() {
  if (items.size) navigator.sendBeacon(T.b + "/reports", new Blob(
    [JSON.stringify({ items: [...items.values()], page: location.pathname })],
    { type: "application/json" },
  ));
  items.clear();
}
