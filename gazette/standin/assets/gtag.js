// Behaves as an analytics tag does: two first-party identifiers, then beacons.
(function () {
  "use strict";
  var own = new URL(document.currentScript.src);
  var layer = (window.dataLayer = window.dataLayer || []);

  function identifier(name, make) {
    var found = document.cookie.match(new RegExp("(?:^|; )" + name + "=([^;]*)"));
    var value = found ? found[1] : make();
    document.cookie = name + "=" + value + "; Max-Age=33955200; Path=/; SameSite=Lax";
    return value;
  }

  function send(stream, event) {
    var now = Math.floor(Date.now() / 1000);
    var client = identifier("_ga", function () { return "GA1.1." + Math.floor(Math.random() * 2147483647) + "." + now; });
    identifier("_ga_" + stream.replace(/^G-/, ""), function () { return "GS1.1." + now + ".1.0." + now + ".0.0.0"; });
    var fields = new URLSearchParams({ v: "2", tid: stream, cid: client, en: event, dl: location.href, dt: document.title });
    var address = own.origin + "/g/collect?" + fields;
    if (!(navigator.sendBeacon && navigator.sendBeacon(address))) { fetch(address, { method: "POST", mode: "no-cors", keepalive: true }); }
  }

  function handle(command) {
    if (command[0] === "config") { send(command[1], "page_view"); }
    if (command[0] === "event") { send(own.searchParams.get("id") || "G-0", command[1]); }
  }

  Array.prototype.forEach.call(layer, handle);
  layer.push = function (command) { handle(command); return Array.prototype.push.call(layer, command); };
})();
