/**
 * What no Content-Security-Policy stops: connection hints, speculation rules and refreshes that
 * scripts add, and WebRTC servers; in this window and in every frame of the same origin.
 */
import { all, bd, patch, refused } from "./state.js";
import { gateStorage } from "./storage.js";

const HINTS = "link,meta,script";
const armed = new WeakSet();
// As the browser made it: ours would come back here.
const html = Object.getOwnPropertyDescriptor(Element.prototype, "innerHTML");

/** Whether an element would reach a refused host by itself. */
function bad(el) {
  if (el.matches("link")) return /preconnect|dns-prefetch/i.test(el.rel) && refused(el.href);
  if (el.matches("meta")) return /refresh/i.test(el.httpEquiv) && refused(el.content.replace(/^[\s\d.]*[;,\s]\s*(url\s*=)?\s*["']?/i, ""));
  if (!/speculationrules/i.test(el.type)) return;
  // Rules may choose among the links of the page, near and far: those and absolute URLs wait until all is allowed.
  return refused(/\/.?\/|\\u|where/.test(el.text) ? "https://-" : "");
}

/** Takes the bad out of nodes that are about to stand in a page, or just came to. */
export function clean(node) {
  if (node?.querySelectorAll) for (const el of [node, ...all(HINTS, node)])
    if (el.matches?.(HINTS) && bad(el)) {
      el.removeAttribute("rel");
      el.removeAttribute("http-equiv");
      if (!el.matches("script")) continue;
      // Rules that were read are forgotten with their element (HTML §7.6.1).
      el.type = "text/plain";
      el.remove();
    }
}

/** @param {unknown} text markup that is about to be parsed */
function cleanText(text) {
  if (!/<(link|meta)/i.test(text)) return text;
  const holder = document.createElement("template");
  html.set.call(holder, text);
  if (!all(HINTS, holder.content).some(bad)) return text;
  clean(holder.content);
  return holder.innerHTML;
}

let listen;

/** What happens before a method of the page's: true from `act` and it does not happen. */
const before = (act) => (f, name) => function (...args) {
  if (act.call(this, args, f, name)) return;
  const out = f.apply(this, args);
  // A write or open() after the end drops every listener of the document and its window.
  if (/^(write|open)/.test(name)) listen();
  armFrames();
  return out;
};
const nodes = before((args) => args.forEach(clean));
const texts = before((args, _, name) => {
  const writes = /^write/.test(name);
  if (writes) args.splice(0, args.length, args.join(""));
  args.forEach((text, i) => (args[i] = cleanText(text)));
  return writes && bd.a && bd.a.captures(args[0]);
});
// Tried on a copy first: a link or meta that stands in the page acts at once.
const attributes = before(function (args, f) {
  if (!this.matches("link,meta")) return;
  const copy = this.cloneNode();
  f.apply(copy, args);
  return bad(copy);
});

/** Frames come to life when they are put into the page: armed before their creator's next line. */
export function armFrames() {
  for (let i = 0; i < window.length; i++) arm(window[i]);
}

/** @param {any} w */
function arm(w) {
  try {
    if (armed.has(w.Node)) return w;
    armed.add(w.Node);
  } catch {
    return w; // of another origin: its own policy rules it
  }
  gateStorage(w);
  patch(w, "Element Document DocumentFragment CharacterData Range Node",
    "appendChild insertBefore replaceChild append prepend before after replaceWith replaceChildren insertAdjacentElement insertNode", nodes);
  patch(w, "Element Document ShadowRoot HTMLIFrameElement", "insertAdjacentHTML setHTMLUnsafe innerHTML outerHTML srcdoc write writeln open", texts);
  patch(w, "Element HTMLLinkElement HTMLMetaElement", "setAttribute setAttributeNS rel href httpEquiv content", attributes);
  // Asked of a link that must not become a hint, its list of words is that of a copy.
  patch(w, "HTMLLinkElement", "relList", (get) => function () {
    const copy = this.cloneNode();
    copy.rel = "preconnect";
    return get.call(copy.rel && !bad(copy) ? this : copy);
  }, "get");
  const { open } = w;
  w.open = (...args) => arm(open.apply(w, args));
  const rtc = w.RTCPeerConnection;
  if (rtc) w.RTCPeerConnection = w.webkitRTCPeerConnection = new Proxy(rtc, {
    construct: (type, [config]) => new type({ ...config, iceServers: config?.iceServers?.filter(({ urls }) => ![].concat(urls).some(refused)) }),
  });
  return w;
}

export function armAll(relisten) {
  listen = relisten;
  arm(window);
  armFrames();
}
