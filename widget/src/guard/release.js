/** Brings allowed tags back: scripts while the page is parsed, everything else as soon as it stands. */
import { T, all, bd, on, service } from "./state.js";

const freed = (el) => on(service(el));

/** Called by the constant script right after each neutralised one: written now, the tag runs exactly as if it had always stood here. */
bd.r = () => {
  const me = document.currentScript, held = me.previousElementSibling;
  if (!held || !held.matches("script[data-bd]") || !freed(held)) return;
  let tag = "<script";
  for (const { name, value } of held.attributes)
    if (!/^(data-bd|type|nonce)$/.test(name)) tag += ` ${name.replace("data-bd-", "")}="${value.replace(/&/g, "&amp;").replace(/"/g, "&quot;")}"`;
  // getAttribute("nonce") is "" under a header policy (HTML §3.2.6.5): only the property knows it.
  if (held.nonce) tag += ` nonce="${held.nonce}"`;
  me.remove();
  held.remove();
  document.write(tag + ">" + held.textContent + "</script>");
};

/** @param {Element} el */
function restore(el) {
  // What was held without a type of its own (a script, a style sheet) goes back to having none.
  if (el.getAttribute("type") == "text/plain") el.removeAttribute("type");
  for (const name of el.getAttributeNames())
    if (name.startsWith("data-bd")) {
      if (name[7]) el.setAttribute(name.slice(8), el.getAttribute(name));
      el.removeAttribute(name);
    }
  // A media element that has found no source looks again only when told (HTML §4.8.11.5).
  if (el.matches("source,track")) el.parentNode.load?.();
}

/** Whether an element is the frame of an embed, which shows its own state. */
export const framed = (el) => el.matches(`iframe[src^="${T.b}/embed/"]`);

/** @param {any} root */
export function meet(root) {
  for (const el of [root, ...(root.querySelectorAll?.("[data-bd]") || [])])
    if (el.matches?.("[data-bd]:not(html)") && freed(el) && !framed(el))
      if (!el.matches("script")) restore(el);
      // While the page is parsed, scripts have their release point.
      else if (document.readyState != "loading") late(el);
}

/** Scripts without a release point (added later, or in XML) run one after the other. */
const queue = [];
let slot, written;

function late(script) {
  queue.push(script);
  if (!slot) next();
}

function next() {
  const script = (slot = queue.shift());
  if (!script) return;
  // Met twice, or taken away meanwhile.
  if (!script.isConnected || !freed(script)) return next();
  const { parentNode, nextSibling } = script, held = script.getAttribute("data-bd");
  written = "";
  // Taken out and put back, the same element is prepared again (HTML §4.12.1.1): its type was inert.
  script.remove();
  restore(script);
  const done = () => {
    const part = document.createRange().createContextualFragment(written);
    const inner = all("script", part);
    for (const each of inner) {
      for (const name of ["src", "type"]) if (each.hasAttribute(name)) each.setAttribute("data-bd-" + name, each.getAttribute(name));
      each.removeAttribute("src");
      each.type = "text/plain";
      each.setAttribute("data-bd", held);
    }
    script.after(part);
    queue.unshift(...inner);
    next();
  };
  const waits = script.src && !script.hasAttribute("async");
  if (waits) {
    script.async = false;
    script.addEventListener("load", done);
    script.addEventListener("error", done);
  }
  parentNode.insertBefore(script, nextSibling);
  if (!waits) done();
}

/** Takes what a late script writes, which would otherwise erase the page. */
export function captures(text) {
  const taken = slot && document.currentScript == slot;
  if (taken) written += text;
  return taken;
}
