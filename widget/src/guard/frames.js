/**
 * What no Content-Security-Policy stops: connection hints, speculation rules and refreshes that
 * scripts add, WebRTC servers, and the connection that Chromium opens for a frame or a form before
 * it asks the policy; in this window and in every frame of the same origin.
 */
import { all, bd, owner, patch, refused, state } from "./state.js";
import { note } from "./report.js";
import { gateStorage } from "./storage.js";

const FRAMES = "iframe,frame", HINTS = "link,meta,script," + FRAMES;
const armed = new WeakSet();
// As the browser made them: ours would come back here.
const html = Object.getOwnPropertyDescriptor(Element.prototype, "innerHTML");
const { setAttribute } = Element.prototype;

/** Whether an element would reach a refused host by itself. */
function bad(el) {
  if (el.matches(FRAMES)) return refused(el.getAttribute("src")) || el.srcdoc && cleanText(el.srcdoc) != el.srcdoc;
  if (el.matches("link")) return /preconnect|dns-prefetch|prerender/i.test(el.rel) && refused(el.href);
  if (el.matches("meta")) return /refresh/i.test(el.httpEquiv) && refused(el.content.replace(/^[\s\d.]*[;,\s]\s*(url\s*=)?\s*["']?/i, ""));
  if (!/speculationrules/i.test(el.type)) return;
  // Rules may choose among the links of the page, near and far: those and absolute URLs wait until all is allowed.
  return refused(/\/.?\/|\\u|where/.test(el.text) ? "https://-" : "");
}

/** Says what was held, as the policy would have. */
function held(directive, url) {
  bd.i.missed = 1;
  note("csp", directive, url);
}

/** Takes the address of a frame away, as the server does in markup. */
function hold(el) {
  // Not the property: an empty address is about:blank, whatever the page's base (HTML §4.8.5).
  const src = el.getAttribute("src");
  if (el.srcdoc) el.srcdoc = cleanText(el.srcdoc);
  if (!refused(src)) return;
  held("frame-src", el.src);
  el.removeAttribute("src");
  el.setAttribute("data-bd-src", src);
  el.setAttribute("data-bd", owner(src));
}

/** Takes the bad out of nodes that are about to stand in a page, or just came to. */
export function clean(node) {
  if (node?.querySelectorAll) for (const el of [node, ...all(HINTS, node)])
    if (el.matches?.(HINTS) && bad(el)) {
      if (el.matches(FRAMES)) {
        hold(el);
        continue;
      }
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
  if (!/<(link|meta|i?frame)/i.test(text)) return text;
  const holder = document.createElement("template");
  html.set.call(holder, text);
  if (!all(HINTS, holder.content).some(bad)) return text;
  clean(holder.content);
  return holder.innerHTML;
}

/** Whether a form, sent by this button, would go to a refused host. */
function away(form, button) {
  // A field may be called "action": the property would be that field.
  const to = button?.getAttribute("formaction") ?? form.getAttribute("action");
  if (refused(to)) return held("form-action", to), true;
}

/** Whether a name is that of a frame, so that what is opened under it navigates the frame. */
const named = (name, from = document) => name && all(FRAMES, from).some((el) => el.name == name || el.contentDocument && named(name, el.contentDocument));

/** Stops a form, or a link into a frame, before the browser connects. */
function stop(event) {
  const { target, submitter, type } = event, link = type == "click" && target.closest?.("[target]");
  if (link ? named(link.target) && refused(link.href) : type == "submit" && away(target, submitter)) event.preventDefault();
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
  if (!this.matches("link,meta," + FRAMES)) return;
  const copy = this.cloneNode();
  f.apply(copy, args);
  if (!bad(copy)) return;
  clean(copy);
  // A frame keeps what it may not load yet.
  if (this.matches(FRAMES)) for (const { name, value } of copy.attributes)
    if (this.getAttribute(name) != value) setAttribute.call(this, name, value);
  return true;
});
const forms = before(function ([button]) { return away(this, button); });

/** Frames come to life when they are put into the page: armed before their creator's next line. */
export function armFrames() {
  arm(window);
  for (let i = 0; i < window.length; i++) arm(window[i]);
}

/** @param {any} w */
function arm(w) {
  try {
    // Again each time: document.open() drops them.
    w.addEventListener("click", stop, true);
    w.addEventListener("submit", stop, true);
    // The viewer of a PDF does not keep to the policy that its response came with.
    if (w.document.contentType == "application/pdf" && !w.document.querySelector("meta")) bd.w(bd.c(state.now & state.live), w.document);
    if (armed.has(w.Node)) return w;
    armed.add(w.Node);
  } catch {
    return w; // of another origin: its own policy rules it
  }
  gateStorage(w);
  patch(w, "Element Document DocumentFragment CharacterData Range Node",
    "appendChild insertBefore replaceChild append prepend before after replaceWith replaceChildren insertAdjacentElement insertNode", nodes);
  patch(w, "Element Document ShadowRoot HTMLIFrameElement", "insertAdjacentHTML setHTMLUnsafe innerHTML outerHTML srcdoc write writeln open", texts);
  patch(w, "Element HTMLLinkElement HTMLMetaElement HTMLIFrameElement HTMLFrameElement", "setAttribute setAttributeNS rel href httpEquiv content src", attributes);
  patch(w, "HTMLFormElement", "submit requestSubmit", forms);
  // Asked of a link that must not become a hint, its list of words is that of a copy.
  patch(w, "HTMLLinkElement", "relList", (get) => function () {
    const copy = this.cloneNode();
    copy.rel = "preconnect";
    return get.call(copy.rel && !bad(copy) ? this : copy);
  }, "get");
  const { open } = w;
  w.open = (...args) => named(args[1]) && refused(args[0]) ? null : arm(open.apply(w, args));
  const rtc = w.RTCPeerConnection;
  if (rtc) w.RTCPeerConnection = w.webkitRTCPeerConnection = new Proxy(rtc, {
    construct: (type, [config]) => new type({ ...config, iceServers: config?.iceServers?.filter(({ urls }) => ![].concat(urls).some(refused)) }),
  });
  return w;
}

export function armAll(relisten) {
  listen = relisten;
  armFrames();
}
