// Behaves as a short-message network's button script does: replaces its links by frames.
(function () {
  "use strict";
  var own = new URL(document.currentScript.src);
  function draw() {
    document.querySelectorAll("a.twitter-share-button").forEach(function (link) {
      var frame = document.createElement("iframe");
      frame.title = "Publier sur X";
      frame.width = 100; frame.height = 32; frame.style.border = "0";
      frame.src = own.origin + "/plugins/tweet_button.html?url=" + encodeURIComponent(location.href);
      link.replaceWith(frame);
    });
    new Image().src = own.origin + "/i/jot.gif?l=" + encodeURIComponent(location.href);
  }
  if (document.readyState === "loading") { document.addEventListener("DOMContentLoaded", draw); } else { draw(); }
})();
