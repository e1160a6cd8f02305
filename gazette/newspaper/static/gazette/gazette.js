// Tells the newspaper itself that a page was opened.  Bandeau answers for it while the reader has not agreed.
(function () {
  "use strict";
  var page = document.body.dataset.page;
  function tell(path) {
    fetch(path, { method: "POST", keepalive: true }).catch(function () {});
  }
  function opened() {
    tell("/mesure/" + page + "/");
    if (document.body.dataset.kind === "article") { tell("/lecture/" + page + "/"); }
  }
  if (!page) { return; }
  // A page prepared in advance has not been read yet.
  if (document.prerendering) { document.addEventListener("prerenderingchange", opened, { once: true }); } else { opened(); }
})();
