/** Brings allowed tags back: scripts while the page is parsed, everything else as soon as it stands. */
import { T, act, bd, on, service } from "./state.js";

export const freed = (el) => on(service(el));

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
export function restore(el) {
  // What was held without a type of its own (a script, a style sheet) goes back to having none.
  if (el.getAttribute("type") == "text/plain") el.removeAttribute("type");
  for (const name of el.getAttributeNames())
    if (name.startsWith("data-bd")) {
      const value = el.getAttribute(name);
      // An author's data-bd-onerror must not become an onerror: nothing that runs by itself comes back (Trusted Types
      // §4.1 lists what does); the URL parser drops what stands between the letters of a scheme (URL Standard §4.4).
      if (name[7] && !/^data-bd-(on|srcdoc)/.test(name) && !/javascript:/i.test(value.replace(/[^!-~]/g, ""))) el.setAttribute(name.slice(8), value);
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
      // Chromium forgets a source that is set while the parser is still inserting the frame.
      if (el.matches("iframe,frame")) setTimeout(restore, 0, el);
      else if (!el.matches("script")) restore(el);
      // While the page is parsed, scripts have their release point.
      else if (document.readyState != "loading") act().then(({ late }) => late(el), () => {});
}
