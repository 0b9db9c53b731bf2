/* What the page of the map adds to a map: base maps, measuring, full screen, two maps side by side,
   which layers are shown. Words and specs come from our own server; texts in them are escaped. */

/* ---------------------------------------------------------------- the shift of Chinese map services */

/* GCJ-02 against WGS 84, as `layers.crs` has it. Degrees in, degrees out, [longitude, latitude]. */
window.villageShift = (function () {
  "use strict";
  var A = 6378245.0, EE = 0.00669342162296594323, PI = Math.PI;
  var BOX = [72.004, 0.8293, 137.8347, 55.8271];

  function offset(lon, lat) {
    if (lon < BOX[0] || lon > BOX[2] || lat < BOX[1] || lat > BOX[3]) { return [0, 0]; }
    var x = lon - 105, y = lat - 35, sin = Math.sin, root = Math.sqrt(Math.abs(x));
    var waves = (20 * sin(6 * x * PI) + 20 * sin(2 * x * PI)) * 2 / 3;
    var north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + waves;
    north += (20 * sin(y * PI) + 40 * sin(y / 3 * PI)) * 2 / 3;
    north += (160 * sin(y / 12 * PI) + 320 * sin(y * PI / 30)) * 2 / 3;
    var east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + waves;
    east += (20 * sin(x * PI) + 40 * sin(x / 3 * PI)) * 2 / 3;
    east += (150 * sin(x / 12 * PI) + 300 * sin(x / 30 * PI)) * 2 / 3;
    var angle = lat / 180 * PI;
    var magic = 1 - EE * sin(angle) * sin(angle);
    north = north * 180 / (A * (1 - EE) / (magic * Math.sqrt(magic)) * PI);
    east = east * 180 / (A / Math.sqrt(magic) * Math.cos(angle) * PI);
    return [east, north];
  }

  return {
    toGcj: function (lon, lat) {
      var by = offset(lon, lat);
      return [lon + by[0], lat + by[1]];
    },
    toWgs: function (lon, lat) {
      var there = [lon, lat];
      for (var round = 0; round < 6; round += 1) {
        var by = offset(there[0], there[1]);
        there = [lon - by[0], lat - by[1]];
      }
      return there;
    }
  };
}());

/* Tiles drawn in GCJ-02, each put where its middle truly lies: the tiles move, the data stay. */
window.villageShiftedTiles = L.TileLayer.extend({
  _vpBy: function (pixel, zoom, back) {
    var map = this._map, at = map.unproject(pixel, zoom);
    var there = window.villageShift[back ? "toWgs" : "toGcj"](at.lng, at.lat);
    return map.project(L.latLng(there[1], there[0]), zoom).subtract(pixel);
  },
  _getTilePos: function (coords) {
    var place = L.TileLayer.prototype._getTilePos.call(this, coords);
    var middle = coords.scaleBy(this.getTileSize()).add(this.getTileSize().divideBy(2));
    return place.add(this._vpBy(middle, coords.z, true));
  },
  /* What is looked at, in the pixels of the tiles: so the right ones are asked for. */
  _getTiledPixelBounds: function (center) {
    var box = L.TileLayer.prototype._getTiledPixelBounds.call(this, center);
    var by = this._vpBy(box.getCenter(), this._tileZoom, false);
    return L.bounds(box.min.add(by).subtract([2, 2]), box.max.add(by).add([2, 2]));
  }
});

/* ---------------------------------------------------------------- base maps */

/* The control of layers that stands on a map, so that base maps can be put into it. */
(function () {
  "use strict";
  var add = L.Control.Layers.prototype.onAdd;
  L.Control.Layers.prototype.onAdd = function (map) {
    map.vpLayers = this;
    return add.call(this, map);
  };
}());

window.villageBases = function (map, specs, words) {
  "use strict";
  var KEY = "vp-base", layers = {};

  function remembered() {
    try { return window.localStorage.getItem(KEY); } catch (error) { return null; }
  }

  function tiles(url, spec) {
    var Kind = spec.datum === "gcj02" ? window.villageShiftedTiles : L.TileLayer;
    return new Kind(url, { minNativeZoom: spec.least, maxNativeZoom: spec.most, minZoom: 0,
      maxZoom: 22, subdomains: spec.subdomains || "0", tms: spec.tms, attribution: spec.attribution,
      className: "vp-base", keepBuffer: 1 });
  }

  function made(spec) {
    if (spec.kind === "none") { return L.layerGroup(); }
    if (spec.kind === "image") {
      return L.imageOverlay(spec.url, spec.bounds, { pane: "tilePane", className: "vp-relief" });
    }
    var below = tiles(spec.url, spec);
    return spec.labels ? L.layerGroup([below, tiles(spec.labels, spec)]) : below;
  }

  specs.forEach(function (spec) {
    var layer = layers[spec.id] = made(spec);
    if (map.vpLayers && specs.length > 1) { map.vpLayers.addBaseLayer(layer, spec.name); }
  });
  var wanted = remembered();
  map.addLayer(layers[wanted] || layers[specs[0].id]);
  map.on("baselayerchange", function (event) {
    Object.keys(layers).forEach(function (id) {
      if (layers[id] === event.layer) {
        try { window.localStorage.setItem(KEY, id); } catch (error) { /* a private window */ }
      }
    });
  });
  var list = map.vpLayers && map.vpLayers.getContainer();
  var opener = list && list.querySelector(".leaflet-control-layers-toggle");
  if (opener) {
    opener.title = words.layers;
    opener.setAttribute("aria-label", words.layers);
  }
};

/* ---------------------------------------------------------------- full screen */

window.villageButton = function (map, name, label, drawing, pressed) {
  "use strict";
  var Control = L.Control.extend({
    options: { position: "topright" },
    onAdd: function () {
      var bar = L.DomUtil.create("div", "leaflet-bar leaflet-control vp-" + name);
      var link = L.DomUtil.create("a", "vp-tool", bar);
      link.href = "#";
      link.title = label;
      link.setAttribute("role", "button");
      link.setAttribute("aria-label", label);
      link.innerHTML = '<svg width="16" height="16" viewBox="0 0 16 16" fill="none" ' +
        'stroke="currentColor" stroke-width="1.6" aria-hidden="true">' + drawing + "</svg>";
      L.DomEvent.disableClickPropagation(bar);
      L.DomEvent.on(link, "click", function (event) {
        L.DomEvent.stop(event);
        pressed(link);
      });
      L.DomEvent.on(link, "keydown", function (event) {
        if (event.key === " ") { L.DomEvent.stop(event); pressed(link); }
      });
      this.link = link;
      return bar;
    }
  });
  var control = new Control();
  map.addControl(control);
  return control;
};

window.villageFullScreen = function (map, words) {
  "use strict";
  var root = document.documentElement;
  if (!document.fullscreenEnabled || !root.requestFullscreen) { return; }
  /* What was in view before, and the view it was given: as long as nobody moves the map, it shows
     the same places on the whole screen, and has its own view back afterwards. */
  var before = null, given = null;
  function still() {
    return given && map.getZoom() === given.zoom &&
      map.project(map.getCenter()).distanceTo(map.project(given.at)) < 4;
  }
  function fitted(on) {
    map.invalidateSize({ animate: false });
    if (on && before) {
      map.fitBounds(before.bounds, { animate: false });
      given = { at: map.getCenter(), zoom: map.getZoom() };
    } else if (!on && before) {
      if (still()) { map.setView(before.at, before.zoom, { animate: false }); }
      before = null;
    }
  }
  var control = window.villageButton(map, "full", words.full,
    '<path d="M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4"/>',
    function () {
      if (!document.fullscreenElement) {
        before = { bounds: map.getBounds(), at: map.getCenter(), zoom: map.getZoom() };
      }
      if (document.fullscreenElement) { document.exitFullscreen(); } else { root.requestFullscreen(); }
    });
  document.addEventListener("fullscreenchange", function () {
    var on = Boolean(document.fullscreenElement);
    control.link.setAttribute("aria-pressed", String(on));
    control.link.title = on ? words.full_off : words.full;
    control.link.setAttribute("aria-label", control.link.title);
    setTimeout(function () { fitted(on); }, 300);
  });
};

/* ---------------------------------------------------------------- measuring */

/* Lengths and areas on the ellipsoid: lengths good to a millionth, areas to a thousandth at 50 km. */
window.villageEarth = (function () {
  "use strict";
  var A = 6378137.0, E2 = 0.00669437999014, RAD = Math.PI / 180;

  function metres(lat) {
    var sin = Math.sin(lat * RAD), w = 1 - E2 * sin * sin;
    return [A * Math.cos(lat * RAD) / Math.sqrt(w) * RAD, A * (1 - E2) / (w * Math.sqrt(w)) * RAD];
  }

  function length(places) {
    var sum = 0;
    for (var n = 1; n < places.length; n += 1) {
      var a = places[n - 1], b = places[n], by = metres((a.lat + b.lat) / 2);
      sum += Math.hypot((b.lng - a.lng) * by[0], (b.lat - a.lat) * by[1]);
    }
    return sum;
  }

  /* Each strip between the meridians of two corners and the first parallel, width by its middle. */
  function area(places) {
    var sum = 0, base = places.length ? places[0].lat : 0;
    for (var n = 0; n < places.length; n += 1) {
      var a = places[n], b = places[(n + 1) % places.length];
      var low = (a.lat + b.lat) / 2, by = metres((low + base) / 2);
      sum += (b.lng - a.lng) * by[0] * (low - base) * by[1];
    }
    return Math.abs(sum);
  }

  return { length: length, area: area };
}());

window.villageMeasure = function (map, words) {
  "use strict";
  var box = map.getContainer();
  var corners = [], group = L.layerGroup(), pointer = null, active = false, done = false;
  var line = L.polyline([], { color: "#1F4E79", weight: 3, interactive: false, renderer: L.svg() });
  var face = L.polygon([], { stroke: false, fillColor: "#1F4E79", fillOpacity: 0.12,
    interactive: false, renderer: L.svg() });
  var dots = L.layerGroup();
  var told = L.DomUtil.create("div", "vp-measured leaflet-control");
  told.setAttribute("role", "status");
  told.setAttribute("aria-live", "polite");

  function digits(value, places) {
    return value.toLocaleString("en-US", { maximumFractionDigits: places, useGrouping: false });
  }
  function far(metres) {
    return metres < 1000 ? digits(metres, metres < 10 ? 1 : 0) + " " + words.metre
      : digits(metres / 1000, metres < 10000 ? 2 : 1) + " " + words.kilometre;
  }
  function wide(square) {
    var small = square < 1e6;
    return (small ? digits(square, 0) + " " + words.square_metre
      : digits(square / 1e6, 2) + " " + words.square_kilometre) +
      words.also.replace("{n}", digits(square / words.per, small ? 1 : 0));
  }
  function say() {
    var parts = [];
    if (corners.length > 1) { parts.push(words.length + " " + far(window.villageEarth.length(corners))); }
    if (corners.length > 2) { parts.push(words.area + " " + wide(window.villageEarth.area(corners))); }
    var hint = done ? words.again : corners.length ? words.more : words.first;
    told.textContent = "";
    if (parts.length) {
      var strong = L.DomUtil.create("b", "", told);
      strong.textContent = parts.join(words.comma);
      L.DomUtil.create("br", "", told);
    }
    L.DomUtil.create("span", "", told).textContent = hint;
    box.setAttribute("data-measured", String(corners.length));
  }
  function draw() {
    var shown = corners.concat(pointer && corners.length && !done ? [pointer] : []);
    line.setLatLngs(done && corners.length > 2 ? corners.concat([corners[0]]) : shown);
    face.setLatLngs(corners.length > 2 ? corners : []);
    dots.clearLayers();
    corners.forEach(function (at) {
      dots.addLayer(L.circleMarker(at, { radius: 4, color: "#1F4E79", weight: 2, fillColor: "#FFFFFF",
        fillOpacity: 1, interactive: false, renderer: line.options.renderer }));
    });
  }
  function put(at) {
    if (done) { corners = []; done = false; }
    var last = corners[corners.length - 1];
    if (!last || !last.equals(at, 1e-9)) { corners.push(at); }
    draw();
    say();
  }
  function finish() {
    if (corners.length) { done = true; draw(); say(); }
  }
  function begin() {
    active = true;
    corners = [];
    done = false;
    map.vpBusy = true;
    group.addTo(map);
    [face, line, dots].forEach(function (one) { group.addLayer(one); });
    map.doubleClickZoom.disable();
    box.classList.add("vp-measuring");
    if (!told.parentNode) { map._controlCorners.bottomleft.appendChild(told); }
    told.hidden = false;
    control.link.setAttribute("aria-pressed", "true");
    box.focus({ preventScroll: true });
    draw();
    say();
  }
  function end() {
    active = false;
    pointer = null;
    map.vpBusy = false;
    group.clearLayers();
    group.remove();
    map.doubleClickZoom.enable();
    box.classList.remove("vp-measuring");
    told.hidden = true;
    control.link.setAttribute("aria-pressed", "false");
  }
  var control = window.villageButton(map, "measure", words.measure,
    '<path d="M1.5 10.5 10.5 1.5 14.5 5.5 5.5 14.5ZM4 8l1.6 1.6M6.5 5.5 9 8M9 3l1.6 1.6"/>',
    function () { (active ? end : begin)(); });
  control.link.setAttribute("aria-pressed", "false");

  /* While measuring, a click on the map is a corner and nothing else is told of it. */
  function mine(event) {
    return active && !event.target.closest(".leaflet-control");
  }
  box.addEventListener("click", function (event) {
    if (!mine(event)) { return; }
    event.stopPropagation();
    event.preventDefault();
    if (!(map.dragging && map.dragging.moved()) && event.detail < 2) {
      put(map.mouseEventToLatLng(event));
    }
  }, true);
  box.addEventListener("dblclick", function (event) {
    if (mine(event)) { event.stopPropagation(); event.preventDefault(); finish(); }
  }, true);
  box.addEventListener("mousemove", function (event) {
    if (mine(event) && corners.length && !done) {
      pointer = map.mouseEventToLatLng(event);
      draw();
    }
  });
  document.addEventListener("keydown", function (event) {
    if (!active) { return; }
    if (event.key === "Escape") {
      event.stopPropagation();
      if (corners.length) { corners = []; done = false; pointer = null; draw(); say(); } else { end(); }
    } else if ((event.key === "Enter" || event.key === " ") && event.target === box) {
      /* Without a mouse: the arrows move the map, the cross in its middle is the place. */
      event.preventDefault();
      pointer = null;
      put(map.getCenter());
    } else if (event.key === "Backspace" && corners.length) {
      event.preventDefault();
      corners.pop();
      done = false;
      draw();
      say();
    }
  });
};

/* ---------------------------------------------------------------- layers the page switches */

/* The layers of a map by the keys the page knows them by; the page alone switches them. */
window.villageThemes = function (map, themes) {
  "use strict";
  map.vpThemes = themes;
  Object.keys(themes).forEach(function (key) {
    themes[key].forEach(function (layer) {
      if (map.vpLayers) { map.vpLayers.removeLayer(layer); }
    });
  });
};

window.villageShown = function (keys) {
  "use strict";
  var group = L.layerGroup();
  group.on("add", function () {
    var map = group._map || window.map;
    Object.keys(map.vpThemes || {}).forEach(function (key) {
      map.vpThemes[key].forEach(function (layer) {
        var on = keys.indexOf(key) >= 0;
        if (on !== map.hasLayer(layer)) { map[on ? "addLayer" : "removeLayer"](layer); }
      });
    });
  });
  return group;
};

/* ---------------------------------------------------------------- two maps side by side */

/* Maps of one page look at the same place: whichever is moved tells the others. Another page, in
   another window, has another channel. */
window.villageTwin = function (map) {
  "use strict";
  if (!window.BroadcastChannel || map.vpTwin) { return; }
  var page = "";
  try { page = String(window.parent.performance.timeOrigin); } catch (error) { /* stands alone */ }
  var channel = map.vpTwin = new BroadcastChannel("vp-view-" + page);
  var own = String(Math.random()), following = 0, told = 0, settled = false;

  function view(kind) {
    var at = map.getCenter();
    channel.postMessage({ from: own, kind: kind, lat: at.lat, lng: at.lng, zoom: map.getZoom() });
  }
  function move() {
    if (following || told) { return; }
    told = requestAnimationFrame(function () {
      told = 0;
      if (!following) { view("view"); }
    });
  }
  channel.onmessage = function (event) {
    var said = event.data || {};
    if (said.from === own) { return; }
    if (said.kind === "hello") {
      if (settled) { view("view"); }
      return;
    }
    settled = true;
    following += 1;
    map.setView([said.lat, said.lng], said.zoom, { animate: false });
    following -= 1;
  };
  map.on("move zoomend", move);
  /* The one that came first keeps its view, the other takes it. */
  channel.postMessage({ from: own, kind: "hello" });
  setTimeout(function () { settled = true; }, 600);
};

/* ---------------------------------------------------------------- own layers */

/* A layer of the project's own: fetched when it is first shown; tips and labels came escaped. */
window.villageOwn = function (spec) {
  "use strict";
  var group = L.featureGroup(), asked = false;
  var look = { color: spec.colour, weight: 2.4, opacity: 0.9, fillColor: spec.colour, fillOpacity: 0.15 };
  group.on("add", function () {
    if (asked) { return; }
    asked = true;
    fetch(spec.url, { credentials: "same-origin" }).then(function (answer) {
      if (!answer.ok) { throw new Error("gone"); }
      return answer.json();
    }).then(function (data) {
      group.addLayer(L.geoJSON(data, {
        style: look,
        pointToLayer: function (_, at) {
          return L.circleMarker(at, L.extend({}, look,
            { radius: spec.radius, weight: 1, color: "#FFFFFF", fillOpacity: 1 }));
        },
        onEachFeature: function (one, layer) {
          if (one.properties.label) {
            layer.bindTooltip(one.properties.label,
              { permanent: true, direction: "center", className: "vp-own", offset: [0, -12] });
          }
          layer.on("click", function (event) {
            if (group._map.vpBusy) { return; }
            L.DomEvent.stop(event);
            L.popup({ className: "vp-near" }).setLatLng(event.latlng).setContent(one.properties.tip)
              .openOn(group._map);
          });
        }
      }));
    }, function () { window.villageLost(group._map, spec.lost); });
  });
  return group;
};

/* ---------------------------------------------------------------- the view in the address */

/* Where the reader has moved the map stands behind # in the page's address, so that a copied
   address shows the same place. Nothing is asked of the server. */
window.villageRemember = function (map) {
  "use strict";
  var page = window.parent, path, moved = false;
  try {
    if (page === window) { return; }
    path = page.location.pathname;
  } catch (error) { return; }
  function now() {
    var at = map.getCenter();
    return "#map=" + [map.getZoom().toFixed(2), at.lat.toFixed(5), at.lng.toFixed(5)].join("/");
  }
  function write() {
    if (moved && page.location.pathname === path && page.location.hash !== now()) {
      page.history.replaceState(page.history.state, "", now());
    }
  }
  var said = /^#map=(\d+(?:\.\d+)?)\/(-?\d+(?:\.\d+)?)\/(-?\d+(?:\.\d+)?)$/.exec(page.location.hash);
  if (said && Math.abs(said[2]) <= 85 && Math.abs(said[3]) <= 180 && said[1] <= 22) {
    moved = true;
    map.setView([Number(said[2]), Number(said[3])], Number(said[1]), { animate: false });
  }
  ["dragend", "zoomend", "moveend"].forEach(function (name) {
    map.on(name, function () {
      /* The first view is the map's own, not the reader's. */
      moved = moved || performance.now() - begun > 1500;
      write();
    });
  });
  var begun = performance.now();
  /* A choice on the page writes the address anew, without what stands behind #. */
  setInterval(write, 1000);
};
