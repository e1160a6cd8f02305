/** The life of a page after a choice: tightened at once, loaded again only when nothing is lost by it. */
import { T, all, bd, enforced, one, refused, service, state } from "./state.js";
import { has } from "../wall/decide.js";
import { sweep } from "./storage.js";
import { framed } from "./release.js";

const KEY = "bd", OPENERS = "[data-bd-open]";
let typed, missed, last = 0;

export const ready = (act) => document.readyState == "loading" ? document.addEventListener("DOMContentLoaded", act) : act();

/** @param {string} key @param {unknown} [again] with a button that loads the page again */
export function say(key, again) {
  const live = one("#bd-live");
  if (!live) return;
  live.textContent = live.dataset[key];
  if (!again || T.o) return;
  const button = document.createElement("button");
  button.textContent = live.dataset.reload;
  button.onclick = reload;
  live.append(button);
}

export const input = (event) => { if (event.isTrusted && !event.target.closest(".bd")) typed = true; };

/** Something the reader would see was stopped by the policy: an accept would show it. */
export const miss = (directive) => { if (/^(frame|img|media|style|font|object)/.test(directive)) missed = true; };

/** Whether loading the page again would take something from the reader. */
const busy = () => T.o || typed || document.fullscreenElement || one("dialog[open]:not(#bd-panel),[aria-modal=true]") ||
  all("video,audio").some((media) => !media.paused) ||
  all("input:not([type=hidden]),textarea").some((el) => !el.closest(".bd") && (el.value != el.defaultValue || el.checked != el.defaultChecked));

/** @param {unknown} mine the reader asked for it, so no loop can come of it */
function reload(mine) {
  const focus = document.activeElement;
  try {
    sessionStorage.setItem(KEY, JSON.stringify([Date.now(), document.referrer, focus && (focus.id || all(OPENERS).indexOf(focus))]));
  } catch {
    // What cannot remember that it was loaded again must not do so by itself.
    if (!mine) return;
  }
  location.reload();
}

/** After our own reload: the referrer that Chromium forgets, the focus, the message. */
export function resume() {
  let focus, referrer;
  try {
    [last, referrer, focus] = JSON.parse(sessionStorage.getItem(KEY));
    sessionStorage.removeItem(KEY);
  } catch { return; }
  Object.defineProperty(document, "referrer", { get: () => referrer });
  ready(() => {
    say("saved");
    (document.getElementById(focus) || all(OPENERS)[focus])?.focus({ preventScroll: true });
  });
}

/** Lets through no more than this, from now on: a second policy only ever takes away. */
export function tighten(allowed) {
  state.now &= allowed;
  state.live &= allowed;
  bd.w(bd.c(state.live));
  sweep();
  // What already runs in a frame or plays keeps the policy it came with.
  for (const el of all("iframe,object,embed,video,audio")) if (refused(el.currentSrc || el.src || el.data || "")) el.remove();
}

/**
 * Reads the choice again and follows it.
 * @param {boolean} [mine] the reader made it here, just now
 * @param {unknown} [lost] something was already taken away
 */
export function sync(mine, lost) {
  state.now = bd.q();
  if (enforced && state.live & ~state.now) {
    tighten(state.now);
    lost = true;
  }
  // Services that are allowed now and still held in this document.
  const won = enforced ? state.now & ~state.live : 0n;
  const held = all("[data-bd]").filter((el) => has(won, service(el)) && !framed(el));
  if (mine) all("iframe").filter(framed).forEach((el) => el.contentWindow.location.reload());
  const turn = lost || mine && won && (missed || held.some((el) => T.s[service(el)][9]));
  if (turn && !busy() && (mine || Date.now() - last > 3e4)) reload(mine);
  else if (turn || mine) say(turn || held[0] ? "later" : "saved", turn || held[0]);
}
