/**
 * The wall: first in <head>, it reads the choice and, on pages that are the same for everybody,
 * puts up this reader's Content-Security-Policy. Everything later asks it (`window.bd`).
 */
import { read } from "./choice.js";
import { decide } from "./decide.js";
import { csp } from "./csp.js";

(function (/** @type {import("../../types").Table} */ T) {
  if (window.bd) return;
  const doc = document, root = doc.documentElement;
  // An element named "cookie" would stand before the property itself (HTML §3.1.7).
  const get = /** @type {any} */ (doc).__lookupGetter__("cookie");
  const gpc = !!navigator.globalPrivacyControl;
  /** @type {import("../../types").Wall} */
  const bd = (window.bd = {
    T,
    k: null,
    // Release points call this even when the guard did not come: what is held stays held.
    r() {},
    j() {
      // Sandboxed and data: documents throw here.
      try { return get.call(doc); } catch {}
    },
    q() {
      bd.k = read(bd.j(), T);
      const ask = !(bd.k && bd.k[0] > T.r) && T.p.some((p) => p[6] && bd.v(p) == null);
      root.dataset.bd = "js" + (ask ? " ask" : "") + (gpc ? " gpc" : "");
      return T.s.reduce((mask, s, i) => mask | BigInt(bd.v(T.p[s[1]], s) || 0) << BigInt(i), 0n);
    },
    v: (p, s) => decide(T, bd.k, gpc, p, s),
    c: (allowed) => csp(T, allowed),
    w(text, to = doc) {
      const meta = doc.createElement("meta");
      meta.httpEquiv = "Content-Security-Policy";
      meta.content = text;
      (to.head || root).prepend(meta);
    },
  });
  // A page whose guard did not come holds all and releases nothing; its site should know.
  addEventListener("load", () => bd.i || navigator.sendBeacon(T.b + "/lost"));
  const allowed = bd.q();
  if (T.l && T.m == "enforce") bd.w(bd.c(allowed));
})(/** @type {any} */ ("%T%"));
