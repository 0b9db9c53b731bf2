/* What every map of the planner needs beyond its layers. `words` are fixed words of ours. */
window.villageMap = function (map, words) {
  "use strict";
  map.attributionControl.setPrefix("Leaflet");
  map.attributionControl.addAttribution(words.disclaimer);
  [["in", words.closer], ["out", words.farther]].forEach(function (one) {
    var button = map.getContainer().querySelector(".leaflet-control-zoom-" + one[0]);
    if (button && one[1]) { button.title = one[1]; button.setAttribute("aria-label", one[1]); }
  });
  /* In the page the frame may be lower on a small screen: the map is as high as its frame. */
  var box = map.getContainer();
  function fit() {
    if (box.id === "map_div" && window.innerHeight > 200) {
      box.style.height = window.innerHeight + "px";
      map.invalidateSize();
    }
  }
  fit();
  window.addEventListener("resize", fit);
  /* Smaller symbols where villages stand close. */
  map.getContainer().classList.toggle("vp-many", words.many);

  var North = L.Control.extend({
    onAdd: function () {
      var box = L.DomUtil.create("div", "vp-north");
      box.innerHTML = '<svg width="12" height="16" viewBox="0 0 12 16" aria-hidden="true">' +
        '<path d="M6 0 11 15 6 11.5 1 15Z" fill="#1A2430"/></svg>' + words.north;
      return box;
    }
  });
  map.addControl(new North({ position: "topleft" }));

  var Scale = L.Control.Scale.extend({
    _updateMetric: function (most) {
      var metres = this._getRoundNum(most);
      var text = metres < 1000 ? metres + " " + words.metre : metres / 1000 + " " + words.kilometre;
      this._updateScale(this._mScale, text, metres / most);
    }
  });
  map.addControl(new Scale({ imperial: false }));

  /* The hatch of a village nobody has assessed; only the SVG renderer can draw it. */
  function hatch() {
    var svg = map.getPane("overlayPane").querySelector("svg");
    if (!svg || svg.querySelector("#vp-hatch")) { return; }
    var holder = document.createElementNS("http://www.w3.org/2000/svg", "defs");
    holder.innerHTML = '<pattern id="vp-hatch" width="6" height="6" patternUnits="userSpaceOnUse" ' +
      'patternTransform="rotate(45)"><rect width="6" height="6" fill="#fff"/>' +
      '<path d="M0 0v6" stroke="#A3ACB5" stroke-width="1.6"/></pattern>';
    svg.insertBefore(holder, svg.firstChild);
  }

  /* Seen from so far that symbols would lie on one another, they are small; from farther still the
     colours of the villages say it alone, where they have outlines. */
  function crowd(places) {
    var at = places.map(function (place) {
      var box = place.querySelector("svg").getBoundingClientRect();
      return [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
    });
    function covers(size) {
      var near = at.filter(function (a) {
        return at.some(function (b) {
          return a !== b && Math.abs(a[0] - b[0]) < size && Math.abs(a[1] - b[1]) < size;
        });
      });
      return near.length > at.length / 3;
    }
    var outlined = (map.vpBeneath && map.vpBeneath.outlines) ||
      map.getPane("overlayPane").querySelector("path[class^='vp-']");
    var close = covers(words.many ? 10 : 15), far = close && outlined && covers(8);
    map.getContainer().classList.toggle("vp-close", Boolean(close));
    map.getContainer().classList.toggle("vp-away", Boolean(far));
    map.getContainer().classList.toggle("vp-afar", map.getZoom() < 11.5);
  }

  /* A name that would cover another name or symbol is left out until there is room. */
  function declutter() {
    var places = Array.prototype.slice.call(map.getPane("markerPane").querySelectorAll(".vp-village"));
    var taken = [];
    crowd(places);
    function overlaps(a) {
      return taken.some(function (b) {
        return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
      });
    }
    places.forEach(function (place) {
      var box = place.querySelector("svg").getBoundingClientRect();
      taken.push({ left: box.left, right: box.right, top: box.top + 2, bottom: box.bottom - 2, own: place });
    });
    places.forEach(function (place) {
      var name = place.querySelector("span");
      var box = name.getBoundingClientRect();
      var room = { left: box.left + 1, right: box.right - 1, top: box.top + 1, bottom: box.bottom - 1 };
      var others = taken;
      taken = others.filter(function (one) { return one.own !== place; });
      var covered = overlaps(room);
      taken = others;
      name.classList.toggle("vp-hidden", covered);
      if (!covered) { taken.push(room); }
    });
  }
  /* Layers arrive by the hundred: once they have, everything is placed, not after each of them. */
  var waiting = 0;
  function settle() {
    if (waiting) { return; }
    waiting = setTimeout(function () { waiting = 0; hatch(); declutter(); }, 0);
  }
  map.on("zoomend layeradd resize", settle);
  map.whenReady(settle);

  /* Every click counts, also one on the same thing as before: what is clicked gets the time of the
     click just before the page is told of it. */
  function stamp(event) {
    var one = event.layer && event.layer.feature;
    if (one) { one.properties = L.extend({}, one.properties, { n: Date.now() }); }
  }
  function heed(layer) {
    if (layer instanceof L.FeatureGroup) { layer.on("preclick", stamp); }
  }
  map.eachLayer(heed);
  map.on("layeradd", function (event) { heed(event.layer); });
  if (window.villageTap) { window.villageTap(map); }
};

/* Says in a corner of the map that the server no longer has its data. `text` is a word of ours. */
window.villageLost = function (map, text) {
  "use strict";
  var Note = L.Control.extend({
    onAdd: function () {
      var box = L.DomUtil.create("div", "leaflet-control-attribution vp-lost");
      box.innerHTML = text;
      return box;
    }
  });
  if (map && !map.getContainer().querySelector(".vp-lost")) {
    map.addControl(new Note({ position: "bottomleft" }));
  }
};

/* What the reader has chosen, above everything: a village's outline, a ring around a point, a halo
   along a line. `specs` hold shapes, kinds of ours and escaped tips. */
window.villageMarks = function (specs) {
  "use strict";
  var group = L.featureGroup();
  /* A point with its number on it; a click is told as the key the page gave it. */
  function numbered(spec) {
    var layer = L.geoJSON({ type: "Feature", properties: { k: spec.k || "" }, geometry: spec.shape }, {
      pointToLayer: function (_, at) {
        var icon = L.divIcon({ className: "vp-site" + (spec.chosen ? " vp-site-chosen" : ""),
          html: "<b>" + spec.label + "</b>", iconSize: [26, 26] });
        var marker = L.marker(at, { icon: icon, title: spec.name, keyboard: Boolean(spec.k),
          draggable: Boolean(spec.move && spec.k), autoPan: true,
          interactive: Boolean(spec.k || spec.tip), zIndexOffset: spec.chosen ? 3000 : 2000 });
        /* Dragged, it tells its key and, in its shape, where it was let go. */
        marker.on("preclick", function () {
          marker.feature.properties = L.extend({}, marker.feature.properties, { moved: false });
        });
        marker.on("dragend", function () {
          marker.fire("preclick", {}, true);
          marker.feature.properties = L.extend({}, marker.feature.properties, { moved: true });
          marker.fire("click", { latlng: marker.getLatLng() }, true);
        });
        return marker;
      }
    });
    if (spec.tip) { layer.bindTooltip(spec.tip, { sticky: true, className: "vp-tip" }); }
    layer.on("keypress", function (event) {
      if (event.originalEvent.key === "Enter") {
        ["preclick", "click"].forEach(function (name) { event.layer.fire(name, {}, true); });
      }
    });
    return layer;
  }
  specs.forEach(function (spec) {
    if (spec.label) { group.addLayer(numbered(spec)); return; }
    var village = spec.kind === "village";
    var base = { fill: false, opacity: 1, interactive: false, lineCap: "round", lineJoin: "round" };
    var point = spec.shape.type === "Point" || spec.shape.type === "MultiPoint";
    var line = /LineString/.test(spec.shape.type);
    [["#FFFFFF", point ? 6 : line ? 16 : 7], ["#1F4E79", point ? 3 : line ? 12 : 3.6]].forEach(
      function (look, top) {
        var style = L.extend({}, base, { color: look[0], weight: look[1], className: "vp-mark",
          interactive: Boolean(top && spec.tip), bubblingMouseEvents: true });
        if (line) { style.opacity = top ? 0.55 : 0.8; }
        /* What is only proposed is broken: it is not there yet. */
        if (spec.kind === "proposal" && top) { style.dashArray = line ? "14 12" : "5 4"; }
        var layer = L.geoJSON(spec.shape, {
          style: style,
          interactive: style.interactive,
          pointToLayer: function (_, at) {
            return L.circleMarker(at, L.extend({ radius: village ? 17 : 10 }, style));
          }
        });
        if (style.interactive) {
          layer.bindTooltip(spec.tip, { sticky: true, className: "vp-tip" });
        }
        group.addLayer(layer);
      });
  });
  return group;
};

/* Who gains (up) and who loses (down) by what is tried: light triangles below the marks, which no
   pointer meets. One that stands for a village has its figure beside it. Numbers only. */
window.villageShifts = function (spec) {
  "use strict";
  var LOOKS = { up: { color: "#009E73", side: 1 }, down: { color: "#8C2A6B", side: -1 } };
  var Triangle = L.CircleMarker.extend({
    _updatePath: function () {
      var pen = this._renderer._ctx;
      if (!this._renderer._drawing || this._empty()) { return; }
      var x = this._point.x, y = this._point.y, side = this.options.side;
      var half = this._map.getZoom() < 11.5 ? this._radius * 0.65 : this._radius;
      pen.beginPath();
      pen.moveTo(x, y - side * half);
      pen.lineTo(x + half, y + side * half * 0.85);
      pen.lineTo(x - half, y + side * half * 0.85);
      pen.closePath();
      this._renderer._fillStroke(pen, this);
    }
  });
  var group = L.featureGroup();
  Object.keys(LOOKS).forEach(function (name) {
    var look = LOOKS[name];
    (spec[name] || []).forEach(function (one) {
      if (one.length > 2) {
        var icon = L.divIcon({ className: "vp-shift vp-shift-" + name, iconSize: [0, 0],
          html: "<b>" + (look.side > 0 ? "\u25B2" : "\u25BC") + " " + one[2] + "</b>" });
        group.addLayer(L.marker([one[0], one[1]], { icon: icon, interactive: false,
          keyboard: false, zIndexOffset: 1000 }));
        return;
      }
      group.addLayer(new Triangle([one[0], one[1]], { radius: 7, side: look.side, weight: 1.5,
        color: "#FFFFFF", opacity: 1, fill: true, fillColor: look.color, fillOpacity: 1,
        interactive: false }));
    });
  });
  var add = group.onAdd;
  group.onAdd = function (map) {
    var pane = map.getPane("vpShifts") || map.createPane("vpShifts");
    pane.style.zIndex = 610;
    pane.style.pointerEvents = "none";
    map.vpShifts = map.vpShifts || L.canvas({ pane: "vpShifts", padding: 0.3 });
    group.eachLayer(function (one) { if (one.setRadius) { one.options.renderer = map.vpShifts; } });
    return add.call(group, map);
  };
  return group;
};

/* A layer of a large map. `spec.url` is an address of our own server, below this page's own; what
   it gives was escaped there, so its texts are shown as HTML. `spec` itself is ours. */
window.villageShapes = function (spec) {
  "use strict";
  var group = L.featureGroup();
  var asked = false;
  var BENEATH = ["roads", "barriers", "waters"];

  /* The hatch of a village nobody has assessed, for the canvas; see `hatch` above for the other. */
  function hatched() {
    var tile = document.createElement("canvas");
    tile.width = tile.height = 8;
    var pen = tile.getContext("2d");
    pen.fillStyle = "#FFFFFF";
    pen.fillRect(0, 0, 8, 8);
    pen.strokeStyle = "#A3ACB5";
    pen.lineWidth = 1.6;
    [-8, 0, 8].forEach(function (x) {
      pen.moveTo(x - 2, 10);
      pen.lineTo(x + 10, -2);
    });
    pen.stroke();
    return pen.createPattern(tile, "repeat");
  }

  /* A point is a circle or, so that shape and colour say the same, a square or a diamond of the
     same size, some with a cross. */
  var Point = L.CircleMarker.extend({
    /* However small, it can be hit. */
    _containsPoint: function (pixel) {
      return pixel.distanceTo(this._point) <= Math.max(this._radius, 4) + this._clickTolerance();
    },
    _updatePath: function () {
      var form = this.options.form, pen = this._renderer._ctx;
      if (!pen || (form !== "square" && form !== "diamond")) {
        return L.CircleMarker.prototype._updatePath.call(this);
      }
      if (!this._renderer._drawing || this._empty()) { return; }
      var x = this._point.x, y = this._point.y, half = this._radius;
      pen.beginPath();
      if (form === "square") {
        pen.rect(x - half, y - half, 2 * half, 2 * half);
      } else {
        pen.moveTo(x, y - half);
        pen.lineTo(x + half, y);
        pen.lineTo(x, y + half);
        pen.lineTo(x - half, y);
        pen.closePath();
      }
      this._renderer._fillStroke(pen, this);
      if (this.options.cross) {
        var far = half * 0.72;
        pen.beginPath();
        pen.moveTo(x - far, y - far);
        pen.lineTo(x + far, y + far);
        pen.moveTo(x - far, y + far);
        pen.lineTo(x + far, y - far);
        pen.stroke();
      }
    }
  });

  var draw = {
    outlines: function (data) {
      var looks = spec.looks;
      looks.not_assessed.fillColor = hatched();
      var layer = L.geoJSON(data, {
        smoothFactor: 0.5,
        style: function (one) { return looks[one.properties.s]; }
      });
      return layer;
    },
    /* The white of a road is made, and brought to the back, before its edge: so it stays above. */
    beneath: function (data) {
      return L.featureGroup(spec.looks.slice().reverse().map(function (look) {
        return L.geoJSON(data, { interactive: false, style: look });
      }));
    },
    marks: function (data) {
      return L.geoJSON(data, {
        pointToLayer: function (one, at) {
          var known = one.properties;
          var html = spec.symbols[known.s] + "<span>" + known.name + "</span>";
          var icon = L.divIcon({ className: "vp-village", iconSize: [0, 0], html: html });
          return L.marker(at, {
            icon: icon, keyboard: false, zIndexOffset: 1000, bubblingMouseEvents: true
          });
        }
      });
    },
    points: function (data) {
      function look(one) {
        return spec.styles ? spec.styles[one.properties.l] : spec.look;
      }
      var layer = L.geoJSON(data, {
        pointToLayer: function (one, at) {
          return new Point(at, L.extend({}, look(one),
            { radius: one.properties.r || look(one).radius }));
        }
      });
      /* Seen from afar points are small, or they would cover what they stand on. */
      function size() {
        var zoom = group._map ? group._map.getZoom() : 14;
        var share = Math.min(1, Math.max(0.35, 1 - (14 - zoom) * 0.22));
        layer.setStyle(function (one) {
          return { radius: (one.properties.r || look(one).radius) * share,
            weight: look(one).weight * share };
        });
      }
      group.on("add", function () { size(); group._map.on("zoomend", size); });
      group.on("remove", function () { group._map && group._map.off("zoomend", size); });
      if (group._map) { size(); group._map.on("zoomend", size); }
      return layer;
    }
  };

  /* Whatever came first, roads lie beneath all points, waters beneath the roads, outlines lowest. */
  function sink() {
    var map = group._map;
    if (!map) { return; }
    map.vpBeneath = map.vpBeneath || {};
    map.vpBeneath[spec.draw] = group;
    BENEATH.concat("outlines").forEach(function (name) {
      var one = map.vpBeneath[name];
      if (one && one._map) { one.bringToBack(); }
    });
  }

  function lost() { window.villageLost(group._map, spec.lost); }

  group.on("add", function () {
    if (asked) { return; }
    asked = true;
    fetch(spec.url, { credentials: "same-origin" }).then(function (answer) {
      if (!answer.ok) { throw new Error("gone"); }
      return answer.json();
    }).then(function (data) {
      var beneath = BENEATH.indexOf(spec.draw) >= 0;
      var layer = draw[beneath ? "beneath" : spec.draw](data);
      if (!beneath) {
        layer.bindTooltip(function (one) { return one.feature.properties.tip; },
          { sticky: true, className: "vp-tip" });
      }
      group.addLayer(layer);
      sink();
    }, lost);
  });
  group.on("add", sink);
  return group;
};
