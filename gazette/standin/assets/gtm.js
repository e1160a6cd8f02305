// Behaves as a tag manager's container does: loads what its owner configured, hosts that no page declares.
(function () {
  "use strict";
  var own = new URL(document.currentScript.src);
  var port = own.port ? ":" + own.port : "";
  function at(name, path) { return own.protocol + "//" + name + ".localhost" + port + path; }

  ["heatmap", "survey"].forEach(function (name) {
    var script = document.createElement("script");
    script.async = true;
    script.src = at(name, "/" + name + ".js?container=" + own.searchParams.get("id"));
    document.head.appendChild(script);
  });
  new Image().src = at("retarget", "/pixel.gif?page=" + encodeURIComponent(location.href));
  document.cookie = "_gcl_au=1.1." + Math.floor(Math.random() * 2147483647) + "; Max-Age=7776000; Path=/; SameSite=Lax";
})();
