// Behaves as a social network's kit does: each marked place becomes a frame of the network.
(function () {
  "use strict";
  var own = new URL(document.currentScript.src);
  function draw() {
    document.querySelectorAll(".fb-like").forEach(function (place) {
      if (place.firstChild) { return; }
      var frame = document.createElement("iframe");
      frame.title = "J’aime";
      frame.width = 150; frame.height = 32; frame.style.border = "0";
      frame.src = own.origin + "/plugins/like.php?href=" + encodeURIComponent(place.dataset.href || location.href);
      place.appendChild(frame);
    });
  }
  if (document.readyState === "loading") { document.addEventListener("DOMContentLoaded", draw); } else { draw(); }
})();
