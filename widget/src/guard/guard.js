/** The guard: what markup and policy cannot do, armed before anything else of the page runs. */
import { bd } from "./state.js";
import { note, send } from "./report.js";
import { sweep } from "./storage.js";
import { meet } from "./release.js";
import { armAll, armFrames, clean } from "./frames.js";
import { input, miss, ready, resume, sync } from "./page.js";
import { changed, clicked } from "./panel.js";

const on = {
  visibilitychange: () => (document.hidden ? send() : sync()),
  prerenderingchange: () => sync(),
  securitypolicyviolation({ effectiveDirective, blockedURI }) {
    miss(effectiveDirective);
    note("csp", effectiveDirective, blockedURI.split(/[?#]/)[0]);
  },
  click: clicked,
  change: changed,
  input,
};
const again = () => sync();
const back = (event) => event.persisted && sync();

/** Adding the same listener twice does nothing, so this is called again after every document.open(). */
function listen() {
  // First of all: a page that comes back from the back/forward cache follows the choice before its timers do.
  addEventListener("pageshow", back);
  addEventListener("focus", again);
  for (const name in on) document.addEventListener(name, on[name]);
  // Frames do not bubble their load; each new document in one has prototypes of its own.
  document.addEventListener("load", armFrames, true);
}

bd.g = 1;
listen();
// Other tabs hear of a choice through the cookie itself: nothing is opened that keeps a page from the back/forward cache.
window.cookieStore?.addEventListener("change", again);
armAll(listen);
new MutationObserver((records) => {
  for (const { addedNodes } of records) for (const node of addedNodes) {
    clean(node);
    meet(node);
  }
}).observe(document, { childList: true, subtree: true });
ready(() => meet(document));
resume();
sweep();
sync();
