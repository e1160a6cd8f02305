/** The life of a page after a choice: tightened at once, loaded again only when nothing is lost by it. */
import { has } from "../wall/decide.js";
import { T, bd, enforced, refused, state } from "./state.js";
import { sweep } from "./storage.js";
import { framed } from "./release.js";

const KEY = "bd";
let dirty = false, blocked = false, last = 0;

export const one = (/** @type {string} */ css) => document.querySelector(css);
export const all = (/** @type {string} */ css) => [...document.querySelectorAll(css)];
export const ready = (act) => document.readyState == "loading" ? document.addEventListener("DOMContentLoaded", act) : act();

/** @param {string} key @param {boolean} [again] with a button that loads the page again */
export function say(key, again) {
  const live = one("#bd-live");
  if (!live) return;
  live.textContent = live.dataset[key];
  if (!again || T.o) return;
  const button = document.createElement("button");
  button.className = "bd-btn";
  button.textContent = live.dataset.reload;
  button.onclick = reload;
  live.append(button);
}

export const typed = (event) => event.isTrusted && !event.target.closest?.(".bd") && (dirty = true);

/** Something the reader would see was stopped by the policy: an accept would show it. */
export const missed = (directive) => /^(frame|img|media|style|font|object)/.test(directive) && (blocked = true);

/** Whether loading the page again would take something from the reader. */
function busy() {
  return T.o || dirty || document.fullscreenElement ||
    all("input:not([type=hidden]),textarea").some((el) => !el.closest(".bd") && (el.value != el.defaultValue || el.checked != el.defaultChecked)) ||
    all("video,audio").some((media) => !media.paused) || one("dialog[open]:not(#bd-panel),[aria-modal=true]");
}

function reload() {
  const focus = document.activeElement;
  try {
    sessionStorage.setItem(KEY, JSON.stringify([Date.now(), document.referrer, focus.id || all("[data-bd-open]").indexOf(focus)]));
  } catch {}
  location.reload();
}

/** After our own reload: the referrer that Chromium forgets, the focus, the message. */
export function resume() {
  let kept;
  try {
    kept = JSON.parse(sessionStorage.getItem(KEY));
    sessionStorage.removeItem(KEY);
  } catch {}
  if (!kept) return;
  last = kept[0];
  Object.defineProperty(document, "referrer", { get: () => kept[1], configurable: true });
  ready(() => {
    say("saved");
    (document.getElementById(kept[2]) || all("[data-bd-open]")[kept[2]])?.focus({ preventScroll: true });
  });
}

/** Lets through no more than this, from now on: a second policy only ever takes away. */
export function tighten(allowed) {
  state.now &= allowed;
  state.live &= allowed;
  bd.w(bd.c(state.live));
  sweep();
  // What already runs in a frame or plays keeps the policy it came with.
  for (const el of all("iframe,object,embed,video,audio")) if (refused(el.src || el.data || el.currentSrc || location)) el.remove();
}

/** Elements that are held in this document although the reader now allows their service. */
const due = () => all("[data-bd]").filter((el) => {
  const i = T.s.findIndex((s) => s[0] == el.getAttribute("data-bd"));
  return has(state.now & ~state.live, i) && !framed(el);
});

const shows = (el) =>
  T.s.find((s) => s[0] == el.getAttribute("data-bd"))[9] || (el.matches("img,image,input") ? el.width > 1 : !el.matches("script,link:not([rel~=stylesheet]),meta"));

/**
 * Reads the choice again and follows it.
 * @param {boolean} [mine] the reader made it here, just now (so no loop can come of it)
 */
export function sync(mine) {
  state.now = bd.q();
  const held = due(), lost = enforced && state.live & ~state.now;
  if (lost) tighten(state.now);
  if (mine) all("iframe").filter(framed).forEach((el) => el.contentWindow.location.reload());
  const turn = lost || mine && (held.some(shows) || blocked && state.now & ~state.live);
  if (turn && !busy() && (mine || Date.now() - last > 1e4)) return reload();
  if (turn || mine) say(turn || held.length ? "later" : "saved", turn || held.length);
}
