/* What every map of the planner needs beyond its layers. `words` are fixed words of ours. */
window.villageMap = function (map, words) {
  "use strict";
  map.attributionControl.setPrefix("Leaflet");
  map.attributionControl.addAttribution(words.disclaimer);
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

  /* A name that would cover another name or symbol is left out until there is room. */
  function declutter() {
    var places = Array.prototype.slice.call(map.getPane("markerPane").querySelectorAll(".vp-village"));
    var taken = [];
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
  function settle() { hatch(); declutter(); }
  map.on("zoomend layeradd", settle);
  map.whenReady(function () { setTimeout(settle, 0); });
};
