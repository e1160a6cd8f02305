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

/** Whether a service is allowed here, or every one of several. @param {number | number[]} i index in T.s */
export const on = (i) => [i].flat().every((each) => has(state.now & state.live, each));

/** The indexes of the services an element is held for, all of which must be allowed; -1 for a host that nobody declared. */
export const service = (el) => el.getAttribute("data-bd").split(" ").map((id) => T.s.findIndex((s) => s[0] == id));

/** Whether one of a policy's sources is where a URL leads. @param {URL} to @param {string[]} sources */
const leads = (to, sources) => sources.some((source) => {
  // Ports and paths do not count: a connection has none to show.
  const name = source.split(/[:/]/)[0], host = hostOf(to);
  return source == to.protocol || name == host || source[0] == "*" && host.endsWith(name.slice(1));
});

// stun: and turn: have no authority for the URL parser, their host stands in the path.
const hostOf = (to) => to.hostname || to.pathname.split(":")[0];

/** @param {string} url @returns {URL | undefined} undefined for what cannot be parsed */
const parse = (url) => { try { return new URL(url, document.baseURI); } catch {} };

/** Whether a URL leads to a host that this document may not call; no URL leads nowhere. @param {string} url */
export function refused(url) {
  const to = parse(url);
  return enforced && !!url && (!to || /^(http|ws|stun|turn)/.test(to.protocol) && hostOf(to) != location.hostname &&
    !leads(to, bd.c(state.now & state.live).split(/[ ;]+/)));
}

/** The service that declares where a URL leads. @param {string} url */
export const owner = (url) => T.s.find((s) => leads(parse(url), s[6]))?.[0] ?? "?";

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
