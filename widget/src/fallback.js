/** Stands after an external wall that may not have come: then only the site itself may be called. */
if (!window.bd) {
  window.bd = /** @type {any} */ ({ r() {} });
  const meta = document.createElement("meta");
  meta.httpEquiv = "Content-Security-Policy";
  meta.content = "%C%";
  document.head.prepend(meta);
}
