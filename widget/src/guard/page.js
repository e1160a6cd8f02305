/** How a page follows a choice: tightened at once; whatever else is to be done, the act does. */
import { act, bd, enforced, state } from "./state.js";
import { remains } from "./storage.js";

export const ready = (go) => document.readyState == "loading" ? document.addEventListener("DOMContentLoaded", go) : go();

/** Does something with the act, if it comes at all. */
export const later = (go) => act().then(go, () => {});

export const sweep = () => enforced && remains() && later((a) => a.sweep());

/** Lets through no more than this, from now on: a second policy only ever takes away. */
export function tighten(allowed) {
  state.now &= allowed;
  bd.w(bd.c(state.live &= allowed));
  later((a) => a.sweep());
}

/**
 * Reads the choice again and follows it.
 * @param {unknown} [mine] the reader made it here, just now
 * @param {unknown} [lost] something was already taken away
 */
export function sync(mine, lost) {
  state.now = bd.q();
  if (enforced && state.live & ~state.now) {
    tighten(state.now);
    lost = 1;
  }
  if (lost || mine) later((a) => a.settle(mine, lost));
}
