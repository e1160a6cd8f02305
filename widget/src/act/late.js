/** Scripts without a release point (added later, or in XML) run one after the other. */
const { all, freed, restore } = window.bd.i;

const queue = [];
let slot, written;

export function late(script) {
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
