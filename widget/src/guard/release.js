/** Brings allowed tags back: scripts while the page is parsed, everything else as soon as it stands. */
import { bd, freed, T } from "./state.js";

const SCRIPT = "script[data-bd]";

/** The tag as its author wrote it. */
function original(script) {
  let tag = "<script";
  for (const { name, value } of script.attributes)
    if (!/^(data-bd|type|nonce)$/.test(name))
      tag += ` ${name.replace(/^data-bd-/, "")}="${value.replace(/&/g, "&amp;").replace(/"/g, "&quot;")}"`;
  // getAttribute("nonce") is "" under a header policy (HTML §3.2.6.5): only the property knows it.
  if (script.nonce) tag += ` nonce="${script.nonce}"`;
  return tag + ">" + script.textContent + "</script>";
}

/** Called by the constant inline script right after each neutralised one: written now, it runs exactly as if it had always stood here. */
bd.r = () => {
  const me = document.currentScript, held = me.previousElementSibling;
  if (!held?.matches(SCRIPT) || !freed(held)) return;
  const tag = original(held);
  me.remove();
  held.remove();
  document.write(tag);
};

/** @param {Element} el */
function restore(el) {
  const held = el.getAttributeNames().filter((name) => name.startsWith("data-bd-"));
  // A held <style> has no other type to go back to.
  if (!held.includes("data-bd-type") && el.getAttribute("type") == "text/plain") el.removeAttribute("type");
  el.removeAttribute("data-bd");
  for (const name of held) {
    el.setAttribute(name.slice(8), el.getAttribute(name));
    el.removeAttribute(name);
  }
  const media = el.matches("source,track") && el.closest("video,audio");
  // A media element that has found no source looks again only when told (HTML §4.8.11.5).
  if (media) media.load();
}

/** Whether an element is the frame of an embed, which shows its own state. */
export const framed = (el) => el.matches("iframe") && (el.getAttribute("src") || "").startsWith(T.b + "/embed/");

function meet(el) {
  if (!el.matches("[data-bd]") || el == document.documentElement || framed(el) || !freed(el)) return;
  if (!el.matches("script")) restore(el);
  else if (document.readyState != "loading") late(el);
}

/** @param {ParentNode & Node} root */
function meetAll(root) {
  if (root.nodeType == 1) meet(root);
  root.querySelectorAll?.("[data-bd]").forEach(meet);
}

export function watch(clean) {
  new MutationObserver((records) => {
    for (const { addedNodes } of records)
      for (const node of addedNodes) {
        clean(node);
        meetAll(/** @type {any} */ (node));
      }
  }).observe(document, { childList: true, subtree: true });
  meetAll(document);
}

/** Scripts without a release point (added later, or in XML): one after the other, in order. */
const queue = [];
let slot, owner, written = "";

export function late(script) {
  queue.push(script);
  if (!slot) next();
}

function next() {
  const script = (slot = queue.shift());
  if (!script) return;
  if (!script.isConnected || !freed(script)) return next();
  const { parentNode, nextSibling } = script;
  owner = script.getAttribute("data-bd");
  // Taken out and put back, the same element is prepared again (HTML §4.12.1.1): its type was inert.
  script.remove();
  restore(script);
  const waits = script.src && !script.hasAttribute("async");
  if (waits) script.async = false;
  for (const end of ["load", "error"]) if (waits) script.addEventListener(end, () => done(script), { once: true });
  parentNode.insertBefore(script, nextSibling);
  if (!waits) done(script);
}

function done(script) {
  const slotted = document.createElement("template");
  slotted.innerHTML = written;
  written = "";
  // Scripts made by innerHTML never run: they are made anew, held, and queued first.
  const inner = [...slotted.content.querySelectorAll("script")].map((old) => {
    const fresh = document.createElement("script");
    for (const { name, value } of old.attributes) fresh.setAttribute(/^(src|type)$/.test(name) ? "data-bd-" + name : name, value);
    fresh.type = "text/plain";
    fresh.setAttribute("data-bd", owner);
    fresh.text = old.text;
    old.replaceWith(fresh);
    return fresh;
  });
  script.after(slotted.content);
  queue.unshift(...inner);
  next();
}

/** Takes what a late script writes, which would otherwise erase the page. */
export function captures(text) {
  const taken = document.readyState != "loading" && slot && document.currentScript == slot;
  if (taken) written += text;
  return taken;
}
