// Behaves as header bidding does: asks bidders that no page can list, and lets them match identifiers.
(function () {
  "use strict";
  var own = new URL(document.currentScript.src);
  var port = own.port ? ":" + own.port : "";
  var bids = (window.pbjs = window.pbjs || {});
  function at(name, path) { return own.protocol + "//" + name + ".localhost" + port + path; }

  function visitor() {
    var key = "pbjs-unifiedid";
    try {
      var value = localStorage.getItem(key) || Math.random().toString(36).slice(2);
      localStorage.setItem(key, value);
      return value;
    } catch (refused) { return ""; }
  }

  function match(id) {
    var frame = document.createElement("iframe");
    frame.hidden = true;
    frame.title = "Synchronisation";
    frame.src = at("sync-d", "/sync.html?uid=" + id);
    document.body.appendChild(frame);
    var script = document.createElement("script");
    script.src = at("identity-e", "/identity.js?uid=" + id);
    document.head.appendChild(script);
  }

  bids.addAdUnits = function (units) { bids.adUnits = units; };
  bids.requestBids = function (options) {
    var id = visitor();
    var asked = ["bidder-a", "bidder-b", "bidder-c"].map(function (name) {
      return fetch(at(name, "/bid?uid=" + id + "&page=" + encodeURIComponent(location.href)), { credentials: "include" }).catch(function () {});
    });
    match(id);
    Promise.all(asked).then(function () { if (options && options.bidsBackHandler) { options.bidsBackHandler({}); } });
  };
  (bids.que || []).forEach(function (command) { command(); });
  bids.que = { push: function (command) { command(); } };
})();
