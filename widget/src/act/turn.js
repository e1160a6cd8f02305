/** What the reader sees of a choice: a message, or the page again when nothing is lost by it. */
import { has } from "../wall/decide.js";

const { T, i } = window.bd, { all, enforced, framed, freed, kept, service, state } = i;
export const one = (/** @type {string} */ css) => document.querySelector(css);
const OPENERS = "[data-bd-open]";

/**
 * @param {string} key @param {unknown} [again] with a button that loads the page again
 * @param {{ code?: string }} [mine] the receipt of a choice that the reader made here
 */
export function say(key, again, mine) {
  const live = one("#bd-live");
  if (!live) return;
  live.textContent = live.dataset[key] + (mine?.code ? " " + live.dataset.code.replace("{}", mine.code) : "");
  // The button that was pressed is gone with its layer: focus must not fall back to the page's start.
  if (mine && document.activeElement == document.body) {
    live.tabIndex = -1;
    live.focus();
  }
  if (!again || T.o) return;
  const button = document.createElement("button");
  button.textContent = live.dataset.reload;
  button.onclick = () => reload(mine || {});
  live.append(button);
}

/** Whether loading the page again would take something from the reader. */
const busy = () => T.o || i.typed || document.fullscreenElement || one("dialog[open]:not(#bd-panel),[aria-modal=true]") ||
  all("video,audio").some((media) => !media.paused) ||
  all("input:not([type=hidden]),textarea").some((el) => !el.closest(".bd") && (el.value != el.defaultValue || el.checked != el.defaultChecked));

/** @param {unknown} mine the reader asked for it, so no loop can come of it */
function reload(mine) {
  const focus = document.activeElement;
  try {
    sessionStorage.setItem("bd", JSON.stringify([Date.now(), document.referrer, focus && (focus.id || all(OPENERS).indexOf(focus)), mine?.code]));
  } catch {
    // What cannot remember that it was loaded again must not do so by itself.
    if (!mine) return;
  }
  location.reload();
}

/** After our own reload: the message and the focus. */
export function resume() {
  (document.getElementById(kept[2]) || all(OPENERS)[kept[2]])?.focus({ preventScroll: true });
  say("saved", 0, { code: kept[3] });
}

/**
 * @param {{ code?: string }} [mine] the reader chose here, just now
 * @param {unknown} lost something was taken away
 */
export function settle(mine, lost) {
  // Services that are allowed now and still held in this document.
  const won = enforced ? state.now & ~state.live : 0n;
  const held = all("[data-bd]").filter((el) => service(el).every((i) => has(state.now, i)) && !freed(el) && !framed(el));
  if (mine) all("iframe").filter(framed).forEach((el) => el.contentWindow.location.reload());
  const turn = lost || won && (i.missed || held.some((el) => service(el).some((i) => T.s[i][9])));
  if (turn && !busy() && (mine || !kept || Date.now() - kept[0] > 3e4)) reload(mine);
  else say(turn || held[0] ? "later" : "saved", turn || held[0], mine);
}
