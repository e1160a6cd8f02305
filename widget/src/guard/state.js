/** What is allowed in this document, now: shared by every part of the guard. */
import { has } from "../wall/decide.js";

export const { bd } = window;
export const { T } = bd;
export const enforced = T.m == "enforce";
export const all = (/** @type {string} */ css, from = document) => [...from.querySelectorAll(css)];

/**
 * `now` is what the reader allows, `live` what this document's own policy still lets through:
 * it was fixed when the page came and can only shrink (CSP3 §3.3: policies only add up).
 */
export const state = { now: bd.q(), live: 0n };
state.live = T.x ? BigInt("0x" + T.x) : state.now;

/** @param {number} i index in T.s */
export const on = (i) => has(state.now & state.live, i);

/** The index of the service an element is held for; -1 for a host that nobody declared. */
export const service = (el) => T.s.findIndex((s) => s[0] == el.getAttribute("data-bd"));

/** Whether a URL leads to a host that this document may not call. @param {string} url */
export function refused(url) {
  let to;
  try { to = new URL(url, document.baseURI); } catch { return true; }
  // stun: and turn: have no authority for the URL parser, their host stands in the path.
  const host = to.hostname || to.pathname.split(":")[0];
  return enforced && /^(http|ws|stun|turn)/.test(to.protocol) && host != location.hostname &&
    !bd.c(state.now & state.live).split(/[ ;]+/).some((source) => {
      // Ports and paths do not count: a connection has none to show.
      const name = source.split(/[:/]/)[0];
      return source == to.protocol || name == host || source[0] == "*" && host.endsWith(name.slice(1));
    });
}

/** Replaces what the interfaces of a window have under some names: methods, setters, or with `key` getters. */
export function patch(w, types, names, make, key) {
  for (const type of types.split(" ")) for (const name of names.split(" ")) {
    const found = w[type] && Object.getOwnPropertyDescriptor(w[type].prototype, name);
    if (!found) continue;
    const part = key || (found.set ? "set" : "value");
    found[part] = make(found[part], name);
    Object.defineProperty(w[type].prototype, name, found);
  }
}

let acting;
const { nonce } = document.currentScript;

/**
 * Fetches what is needed only once something happens: the panel, a choice, a late script, remains.
 * @returns {Promise<import("../../types").Act>}
 */
export const act = () => acting = acting || new Promise((done, fail) => {
  const script = document.createElement("script");
  script.src = `${T.b}/a.${ACT}.js`;
  script.nonce = nonce;
  script.onload = () => done(bd.a);
  script.onerror = fail;
  document.head.append(script);
});
