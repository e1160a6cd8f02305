// Behaves as a self-hosted analytics script does: first-party identifiers, then a picture per view.
(function () {
  "use strict";
  var own = new URL(document.currentScript.src);
  var calls = window._paq || [];
  var settings = { url: own.origin + "/matomo.php", site: "1" };

  function random() { return Math.random().toString(16).slice(2, 10) + Date.now().toString(16).slice(-8); }

  function identify() {
    var name = "_pk_id." + settings.site + ".1fff";
    var found = document.cookie.split("; ").find(function (pair) { return pair.startsWith(name + "="); });
    var value = found ? found.slice(name.length + 1) : random() + "." + Math.floor(Date.now() / 1000);
    document.cookie = name + "=" + value + "; Max-Age=33955200; Path=/; SameSite=Lax";
    document.cookie = "_pk_ses." + settings.site + ".1fff=1; Max-Age=1800; Path=/; SameSite=Lax";
    return value.split(".")[0];
  }

  function handle(call) {
    if (call[0] === "setTrackerUrl") { settings.url = call[1]; }
    if (call[0] === "setSiteId") { settings.site = call[1]; }
    if (call[0] === "trackPageView") { settings.wanted = true; }
  }

  calls.forEach(handle);
  if (settings.wanted) {
    var fields = new URLSearchParams({ idsite: settings.site, rec: "1", url: location.href, action_name: document.title, _id: identify() });
    new Image().src = settings.url + "?" + fields;
  }
  window._paq = { push: handle };
})();
