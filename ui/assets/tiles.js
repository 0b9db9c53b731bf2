/* Points the server draws. `spec` is ours: addresses of our own server, below this page's own, and
   words; tips come escaped from there and are shown as HTML. */
(function () {
  "use strict";
  var PANE = "vpPoints";

  /* Tiles of the very zoom the map has, also between whole ones: so points are sharp everywhere and
     never stretched. What was drawn before stays until the new tiles are there. */
  var Tiles = L.TileLayer.extend({
    _setView: function (center, zoom, noPrune, noUpdate) {
      var exact = this._clampZoom(Math.round(zoom * 4) / 4);
      if (!noUpdate) {
        this._tileZoom = exact;
        if (this._abortLoading) { this._abortLoading(); }
        this._updateLevels();
        this._resetGrid();
        this._update(center);
        if (!noPrune) { this._pruneTiles(); }
        this._noPrune = Boolean(noPrune);
      }
      this._setZoomTransforms(center, zoom);
    },
    _pruneTiles: function () {
      if (!this._loading) { L.TileLayer.prototype._pruneTiles.call(this); }
    }
  });

  window.villageTiles = function (spec) {
    var layer = new Tiles(spec.tiles, {
      pane: PANE, maxZoom: 22, noWrap: true, updateWhenZooming: false, updateWhenIdle: false,
      r: L.Browser.retina ? "@2x" : ""
    });
    layer.vpPoints = spec;
    layer.beforeAdd = function (map) {
      /* Above the villages and what lies beneath them, below names and tips; the pointer passes. */
      if (!map.getPane(PANE)) {
        var pane = map.createPane(PANE);
        pane.style.zIndex = 450;
        pane.style.pointerEvents = "none";
      }
    };
    layer.on("tileerror", function (event) {
      var map = layer._map;
      fetch(event.tile.src || "x", { credentials: "same-origin" }).then(function (answer) {
        if (answer.status === 404) { window.villageLost(map, spec.lost); }
      }, function () {});
    });
    return layer;
  };

  /* A click on a map with such points: the server is asked which is nearest. If one is, its tip is
     opened and the page told; if none is, the click goes on to whatever lies there. */
  window.villageTap = function (map) {
    var tap = L.featureGroup().addTo(map);
    var box = map.getContainer();
    var turn = 0;

    function shown() {
      var found = [];
      map.eachLayer(function (one) {
        if (one.vpPoints && map.getZoom() >= one.vpPoints.from) { found.push(one.vpPoints); }
      });
      return found;
    }

    function ask(spec, at, reach) {
      var query = "?lon=" + at.lng.toFixed(7) + "&lat=" + at.lat.toFixed(7) + "&z=" +
        Math.round(map.getZoom() * 4) / 4 + "&reach=" + reach + "&lang=" + spec.lang;
      return fetch(spec.near + query, { credentials: "same-origin" }).then(function (answer) {
        if (answer.status === 404) { window.villageLost(map, spec.lost); }
        return answer.ok ? answer.json() : {};
      }).then(function (found) {
        return found.k === undefined ? null : { spec: spec, told: found };
      }, function () { return null; });
    }

    function take(hit) {
      var told = hit.told, at = L.latLng(told.lat, told.lon);
      /* The tip of the village beneath would stand beside that of the point. */
      map.eachLayer(function (one) { if (one.closeTooltip) { one.closeTooltip(); } });
      L.popup({ className: "vp-tip vp-near", autoPan: false, closeButton: false, maxWidth: 320,
        offset: [0, -2] }).setLatLng(at).setContent(told.tip).openOn(map);
      var feature = {
        type: "Feature",
        properties: { k: hit.spec.key + "-" + told.k, n: Date.now() },
        geometry: { type: "Point", coordinates: [told.lon, told.lat] }
      };
      tap.fire("click", { latlng: at, layer: { toGeoJSON: function () { return feature; } } });
    }

    function pass(event) {
      var again = new MouseEvent("click", event);
      again.vpAgain = true;
      event.target.dispatchEvent(again);
    }

    box.addEventListener("click", function (event) {
      var mine = !event.vpAgain && !map.vpBusy && !(map.dragging && map.dragging.moved()) &&
        !event.target.closest(".leaflet-control, .leaflet-marker-icon, .leaflet-popup");
      var asked = mine ? shown() : [];
      if (!asked.length) { return; }
      event.stopPropagation();
      var now = turn += 1;
      var at = map.mouseEventToLatLng(event);
      var reach = event.pointerType === "touch" ? 22 : 11;
      Promise.all(asked.map(function (spec) { return ask(spec, at, reach); })).then(function (all) {
        if (now !== turn) { return; }
        var hits = all.filter(Boolean);
        /* Of equally near ones that of the layer on top: the last. */
        var best = hits.reduce(function (one, other) {
          return one && one.told.px < other.told.px ? one : other;
        }, null);
        if (best) { take(best); } else { pass(event); }
      });
    }, true);
  };
})();
