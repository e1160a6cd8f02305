/** Tells the site what was stopped, in batches, without query strings and without anything about the reader. */
import { T } from "./state.js";

const items = new Map();
const sampled = Math.random() < (T.q ?? 1);

/** @param {...string} item */
export function note(...item) {
  if (!items.size) setTimeout(send, 3e3);
  if (sampled && items.size < 50) items.set(item.join(), item);
}

export function send() {
  if (items.size) navigator.sendBeacon(T.b + "/reports", new Blob(
    [JSON.stringify({ v: 1, revision: T.r, mode: T.m, page: location.pathname, items: [...items.values()] })],
    { type: "application/json" },
  ));
  items.clear();
}
