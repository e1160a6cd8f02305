/** The guard: what markup and policy cannot do, armed before anything else of the page runs. */
import { act, all, bd, enforced, refused, service, state } from "./state.js";
import { note, send } from "./report.js";
import { AREAS, cookies, fate, keys } from "./storage.js";
import { framed, freed, meet, restore } from "./release.js";
import { armAll, armFrames, clean } from "./frames.js";
import { later, ready, sweep, sync, tighten } from "./page.js";

const again = () => sync();
const back = (event) => event.persisted && sync();
const on = {
  visibilitychange: () => (document.hidden ? send() : sync()),
  prerenderingchange: again,
  securitypolicyviolation(event) {
    // Something the reader would see: an accept would show it.
    if (/^(fr|im|me|st|fon|o)/.test(event.effectiveDirective)) bd.i.missed = 1;
    note("csp", event.effectiveDirective, event.blockedURI, event.sourceFile);
  },
  click(event) {
    const found = event.target.closest?.("[data-bd-open],#bd-first button,#bd-panel button");
    if (!found || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    // A script's click is nobody's choice. Without the act, link and form do by themselves what they say.
    if (event.isTrusted) act().then((a) => a.press(found), () => found.form ? found.form.requestSubmit(found) : (location = found.href));
  },
  input(event) {
    if (event.isTrusted && !event.target.closest(".bd")) bd.i.typed = 1;
  },
};

/** Adding the same listener twice does nothing, so this is called again after every document.open(). */
function listen() {
  // First of all: a page that comes back from the back/forward cache follows the choice before its timers do.
  addEventListener("pageshow", back);
  addEventListener("focus", again);
  for (const name in on) document.addEventListener(name, on[name]);
  // Frames do not bubble their load; each new document in one has prototypes of its own.
  document.addEventListener("load", armFrames, true);
}

bd.i = { AREAS, all, cookies, enforced, fate, framed, freed, keys, refused, restore, service, state, sync, tighten };
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
try {
  // After a reload of ours: Chromium has forgotten where the reader came from.
  const kept = bd.i.kept = JSON.parse(sessionStorage.getItem("bd"));
  if (kept) {
    Object.defineProperty(document, "referrer", { get: () => kept[1] });
    sessionStorage.removeItem("bd");
    ready(() => later((a) => a.resume()));
  }
} catch {}
sweep();
sync();
