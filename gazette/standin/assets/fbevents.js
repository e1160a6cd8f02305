// Behaves as an advertising pixel does: a first-party identifier, then one picture per event.
(function () {
  "use strict";
  var own = new URL(document.currentScript.src);
  var queue = window.fbq && window.fbq.queue ? window.fbq.queue : [];
  var account = "0";

  function browser() {
    var found = document.cookie.match(/(?:^|; )_fbp=([^;]*)/);
    var value = found ? found[1] : "fb.1." + Date.now() + "." + Math.floor(Math.random() * 2147483647);
    document.cookie = "_fbp=" + value + "; Max-Age=7776000; Path=/; SameSite=Lax";
    return value;
  }

  function handle(command) {
    if (command[0] === "init") { account = command[1]; return; }
    var fields = new URLSearchParams({ id: account, ev: command[1] || "", dl: location.href, fbp: browser() });
    new Image().src = own.origin + "/tr?" + fields;
  }

  Array.prototype.forEach.call(queue, handle);
  if (window.fbq) { window.fbq.callMethod = function () { handle(arguments); }; }
})();
