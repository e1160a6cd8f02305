// Behaves as an ad server's tag does: each slot of the page becomes a frame with a creative.
(function () {
  "use strict";
  var own = new URL(document.currentScript.src);
  function fill() {
    document.querySelectorAll("[data-ad-slot]").forEach(function (slot) {
      var frame = document.createElement("iframe");
      frame.title = "Publicité";
      frame.loading = "eager";
      frame.style.cssText = "display:block;width:100%;height:" + Math.max(slot.offsetHeight, 120) + "px;border:0";
      frame.src = own.origin + "/ad/frame.html?slot=" + slot.dataset.adSlot + "&page=" + encodeURIComponent(location.pathname);
      slot.replaceChildren(frame);
    });
    document.cookie = "__gads=ID=" + Math.random().toString(16).slice(2) + "; Max-Age=33696000; Path=/; SameSite=Lax";
  }
  if (document.readyState === "loading") { document.addEventListener("DOMContentLoaded", fill); } else { fill(); }
})();
