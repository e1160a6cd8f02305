/**
 * What no Content-Security-Policy stops: connection hints, speculation rules and refreshes that
 * scripts add, and WebRTC servers; in this window and in every frame of the same origin.
 */
import { refused } from "./state.js";
import { gateStorage } from "./storage.js";
import { captures } from "./release.js";

const HINT = "link[rel],meta[http-equiv],script[type]";
const seen = new WeakSet();

/** Whether an element would reach a refused host by itself. */
function bad(el) {
  if (el.matches("link")) return /\b(preconnect|dns-prefetch)\b/i.test(el.rel) && refused(el.href);
  if (el.matches("meta")) {
    const to = /refresh/i.test(el.httpEquiv) && /^[\s\d.]*[;,\s]\s*(?:url\s*=\s*)?["']?([^"']+)/i.exec(el.content);
    return to && refused(to[1]);
  }
  return el.matches("script") && /^\s*speculationrules\s*$/i.test(el.type) && speculates(el.text);
}

/** Rules may name URLs, or choose among the page's links: then only those of this site are left in. */
function speculates(text) {
  let far = false;
  try {
    const rules = JSON.stringify(JSON.parse(text, (_, value) => (far ||= typeof value == "string" && refused(value), value)));
    return far || /"where":(?!{("and":\[{)?"href_matches":"\/(?!\/))/.test(rules);
  } catch {
    return false;
  }
}

/** @param {any} node */
export function clean(node) {
  if (!node || node.nodeType != 1 && node.nodeType != 11) return;
  for (const el of [node, ...node.querySelectorAll(HINT)])
    if (el.nodeType == 1 && bad(el)) el.matches("script") ? el.remove() || (el.type = "text/plain") : el.removeAttribute(el.matches("link") ? "rel" : "http-equiv");
}

/** @param {unknown} text markup that is about to be parsed */
function cleanText(text) {
  if (!/<(link|meta)/i.test(text + "")) return text;
  const holder = document.createElement("template");
  holder.innerHTML = text + "";
  const far = [...holder.content.querySelectorAll(HINT)].filter(bad);
  far.forEach((el) => el.remove());
  return far.length ? holder.innerHTML : text;
}

export function wrap(type, methods, make) {
  for (const name of methods.split(" ")) {
    const native = type?.prototype[name];
    if (native) type.prototype[name] = make(native, name);
  }
}

function hook(type, names, make) {
  for (const name of names.split(" ")) {
    const found = type && Object.getOwnPropertyDescriptor(type.prototype, name);
    if (found) Object.defineProperty(type.prototype, name, { ...found, ...make(found, name) });
  }
}

/** Frames come to life when they are put into the page; armed before their creator's next line. */
export function armFrames() {
  for (let i = 0; i < window.length; i++) arm(window[i]);
}

/** @param {any} w */
export function arm(w, listen = () => {}) {
  try {
    if (!w || seen.has(w.Node)) return w;
    seen.add(w.Node);
  } catch {
    return w; // another origin: its own policy rules it
  }
  gateStorage(w, wrap);
  const nodes = (f) => function (...args) {
    args.forEach(clean);
    const out = f.apply(this, args);
    armFrames();
    return out;
  };
  const texts = (f, name) => function (...args) {
    const at = args.length - 1;
    args[at] = cleanText(args[at]);
    if (name[0] == "w" && this == document && captures(args.join(""))) return;
    const out = f.apply(this, args);
    // A write or open() after the end drops every listener of the document and its window.
    listen();
    armFrames();
    return out;
  };
  wrap(w.Node, "appendChild insertBefore replaceChild", nodes);
  for (const type of [w.Element, w.Document, w.DocumentFragment, w.CharacterData])
    wrap(type, "append prepend before after replaceWith replaceChildren insertAdjacentElement", nodes);
  wrap(w.Range, "insertNode", nodes);
  wrap(w.Element, "insertAdjacentHTML setHTMLUnsafe", texts);
  wrap(w.Document, "write writeln open", texts);
  for (const type of [w.Element, w.ShadowRoot, w.HTMLIFrameElement])
    hook(type, "innerHTML outerHTML srcdoc", ({ set }) => ({
      set(text) {
        set.call(this, cleanText(text));
        armFrames();
      },
    }));
  // Tried on a copy first: an element that stands in the page acts at once.
  const tried = (el, act) => el.matches("link,meta") && !act(el = el.cloneNode()) && bad(el);
  wrap(w.Element, "setAttribute setAttributeNS", (f) => function (...args) {
    if (!tried(this, (copy) => f.apply(copy, args))) f.apply(this, args);
  });
  for (const type of [w.HTMLLinkElement, w.HTMLMetaElement])
    hook(type, "rel href httpEquiv content", ({ set }) => ({
      set(value) {
        if (!tried(this, (copy) => set.call(copy, value))) set.call(this, value);
      },
    }));
  hook(w.HTMLLinkElement, "relList", ({ get }) => ({
    get() {
      const copy = this.cloneNode();
      copy.setAttribute("rel", "preconnect");
      return get.call(bad(copy) ? copy : this);
    },
  }));
  hook(w.HTMLIFrameElement, "contentWindow contentDocument", ({ get }) => ({
    get() {
      const inner = get.call(this);
      arm(inner?.defaultView || inner);
      return inner;
    },
  }));
  if (w.open) {
    const open = w.open;
    w.open = (...args) => arm(open.apply(w, args));
  }
  if (w.RTCPeerConnection) w.RTCPeerConnection = new Proxy(w.RTCPeerConnection, {
    construct: (type, [config = {}]) => new type({ ...config, iceServers: near(config.iceServers) }),
  });
  wrap(w.RTCPeerConnection, "setConfiguration", (f) => function (config) {
    return f.call(this, { ...config, iceServers: near(config?.iceServers) });
  });
  return w;
}

const near = (servers = []) => servers.filter(({ urls }) => ![].concat(urls).some((url) => refused(url)));
