/** What is allowed in this document, now: shared by every part of the guard. */
import { open } from "../wall/csp.js";
import { has } from "../wall/decide.js";

export const bd = window.bd;
export const T = bd.T;
export const enforced = T.m == "enforce";

/**
 * `now` is what the reader allows, `live` what this document's own policy still lets through:
 * it was fixed when the page came and can only shrink (CSP Level 3 §3.3: policies only add up).
 */
export const state = { now: bd.q(), live: 0n };
state.live = T.x ? BigInt("0x" + T.x) : state.now;

/** @param {number} i index in T.s */
export const on = (i) => has(state.now & state.live, i);

/** Whether a neutralised element may come back: its service is allowed, here and now. */
export const freed = (/** @type {Element} */ el) => on(T.s.findIndex((s) => s[0] == el.getAttribute("data-bd")));

/**
 * Whether a URL leads to a host that may not be called.
 * @param {string} url
 */
export function refused(url) {
  let to;
  try { to = new URL(url, document.baseURI); } catch { return true; }
  // stun: and turn: have no authority for the URL parser, their host stands in the path.
  const host = to.hostname || to.pathname.split(":")[0];
  if (!enforced || !/^(http|ws|stun|turn)s?:/.test(to.protocol) || host == location.hostname) return false;
  const allowed = state.now & state.live;
  const named = (yes) => T.s.some((s, i) => has(allowed, i) == yes && covers(s[6], host));
  return !named(true) && !covers(T.f.split(" "), host) && (!open(T, allowed) || named(false));
}

/** @param {string[]} sources CSP host sources; only their host counts here, as in a connection */
const covers = (sources, host) => sources.some((source) => {
  const name = source.replace(/^\w+:\/\//, "").split(/[/:]/)[0];
  return name[0] == "*" ? host.endsWith(name.slice(1)) : host == name;
});
