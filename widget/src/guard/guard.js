/** The guard: what markup and policy cannot do, armed before anything else of the page runs. */
import { bd, enforced } from "./state.js";
import { note, send } from "./report.js";
import { sweep } from "./storage.js";
import { late, watch } from "./release.js";
import { arm, armFrames, clean } from "./hints.js";
import { all, missed, ready, resume, sync, typed } from "./page.js";
import { changed, clicked } from "./panel.js";

const again = () => sync();
const back = (event) => event.persisted && sync();
const turned = () => (document.hidden ? send() : sync());
const violated = ({ effectiveDirective, blockedURI }) => {
  missed(effectiveDirective);
  note("csp", effectiveDirective, blockedURI.split(/[?#]/)[0]);
};

/** Adding the same listener twice does nothing, so this is called again after every document.open(). */
function listen() {
  // First of all: a page that comes back from the back/forward cache follows the choice before its timers do.
  addEventListener("pageshow", back);
  addEventListener("focus", again);
  for (const [name, act] of Object.entries({
    visibilitychange: turned,
    prerenderingchange: again,
    securitypolicyviolation: violated,
    click: clicked,
    change: changed,
    input: typed,
  })) document.addEventListener(name, act);
  // Frames do not bubble their load; each new document in one has prototypes of its own.
  document.addEventListener("load", armFrames, true);
}

bd.g = 1;
listen();
// Other tabs hear of a choice through the cookie itself: nothing is opened that keeps a page from the back/forward cache.
window.cookieStore?.addEventListener("change", again);
if (enforced) arm(window, listen);
watch(enforced ? clean : () => {});
ready(() => all("script[data-bd]").forEach(late));
resume();
sweep();
sync();
