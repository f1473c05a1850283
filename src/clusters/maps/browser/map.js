// Draws the layers that maps/layers.py decided on. Every text of the data is set as a text
// node, never as HTML, so a firm's name can hold any characters.
(function () {
  "use strict";
  const TURN = Math.PI / 180;

  function polygon(ctx, centre, radius, corners, start) {
    for (let i = 0; i < corners; i += 1) {
      const angle = (start + (360 / corners) * i) * TURN;
      const x = centre.x + radius * Math.cos(angle);
      const y = centre.y + radius * Math.sin(angle);
      if (i === 0) ctx.moveTo(x, y);
      else ctx.lineTo(x, y);
    }
    ctx.closePath();
  }

  function cross(ctx, centre, radius) {
    const arm = radius / 2.6;
    ctx.rect(centre.x - arm, centre.y - radius, 2 * arm, 2 * radius);
    ctx.rect(centre.x - radius, centre.y - arm, 2 * radius, 2 * arm);
  }

  const SHAPES = {
    circle: (ctx, c, r) => ctx.arc(c.x, c.y, r, 0, 2 * Math.PI),
    square: (ctx, c, r) => polygon(ctx, c, r * 1.2, 4, 45),
    diamond: (ctx, c, r) => polygon(ctx, c, r * 1.3, 4, 0),
    triangle: (ctx, c, r) => polygon(ctx, c, r * 1.3, 3, -90),
    cross: cross,
  };

  const Mark = L.CircleMarker.extend({
    _updatePath: function () {
      const renderer = this._renderer;
      if (!renderer._drawing || this._empty()) return;
      const ctx = renderer._ctx;
      ctx.beginPath();
      (SHAPES[this.options.shape] || SHAPES.circle)(ctx, this._point, this._radius);
      renderer._fillStroke(ctx, this);
    },
  });

  // Many dots as one object: Leaflet has one thing to project and to ask for the pointer, where ten
  // thousand objects would cost a filter most of its time. They look as that many marks would.
  // `dots` are columns: `lon` and `lat` in degrees, `kind` of `styles`, `row` of the dot in its table.
  const Swarm = L.Path.extend({
    initialize: function (dots, styles) {
      const used = Object.values(styles);
      L.setOptions(this, { weight: Math.max(...used.map((one) => one.weight)) });
      this._reach = Math.max(...used.map((one) => one.radius));
      this._paints = {};
      Object.keys(styles).forEach((kind) => {
        this._paints[kind] = { options: Object.assign({}, L.Path.prototype.options, styles[kind]) };
      });
      const planar = L.CRS.EPSG3857;
      this._dots = dots;
      this._unit = dots.lon.map((lon, i) =>
        planar.transformation.transform(planar.projection.project(L.latLng(dots.lat[i], lon)), 1));
      this._at = [];
    },
    _project: function () {
      const origin = this._map.getPixelOrigin();
      const scale = L.CRS.EPSG3857.scale(this._map.getZoom());
      this._at = this._unit.map((unit) => unit.multiplyBy(scale)._round()._subtract(origin));
      const air = [this._reach + this.options.weight, this._reach + this.options.weight];
      const around = L.bounds(this._at);
      this._pxBounds = L.bounds(around.min.subtract(air), around.max.add(air));
    },
    _update: function () {
      if (this._map) this._updatePath();
    },
    _updatePath: function () {
      const renderer = this._renderer;
      if (!renderer._drawing) return;
      const air = this._reach + this.options.weight;
      const seen = [renderer._bounds, renderer._redrawBounds].filter(Boolean);
      this._at.forEach((at, i) => {
        const out = (box) => at.x + air < box.min.x || at.x - air > box.max.x
          || at.y + air < box.min.y || at.y - air > box.max.y;
        if (seen.some(out)) return;
        const paint = this._paints[this._dots.kind[i]];
        renderer._ctx.beginPath();
        (SHAPES[paint.options.shape] || SHAPES.circle)(renderer._ctx, at, paint.options.radius);
        renderer._fillStroke(renderer._ctx, paint);
      });
    },
    // Leaflet asks this where the pointer is; the row of the dot it found is that of the event.
    _containsPoint: function (point) {
      for (let i = this._at.length - 1; i >= 0; i -= 1) {
        const style = this._paints[this._dots.kind[i]].options;
        if (this._at[i].distanceTo(point) <= style.radius + (style.stroke ? style.weight / 2 : 0)) {
          this.clustersRow = this._dots.row[i];
          return true;
        }
      }
      return false;
    },
  });

  function hatch(pattern, fill, stroke, opacity) {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 7;
    const ctx = tile.getContext("2d");
    ctx.globalAlpha = opacity;
    if (fill) {
      ctx.fillStyle = fill;
      ctx.fillRect(0, 0, 7, 7);
    }
    ctx.globalAlpha = 0.4;
    if (pattern[0] === ".") {
      ctx.fillStyle = stroke;
      ctx.fillRect(3, 3, 1.4, 1.4);
      return ctx.createPattern(tile, "repeat");
    }
    ctx.strokeStyle = stroke;
    ctx.lineWidth = 1;
    ctx.beginPath();
    [-7, 0, 7].forEach((shift) => {
      ctx.moveTo(shift - 1, 8);
      ctx.lineTo(shift + 8, -1);
    });
    ctx.stroke();
    return ctx.createPattern(tile, "repeat");
  }

  function path(style, opacity) {
    const hatched = style.hatch
      ? hatch(style.hatch, style.fill, style.hatchColour, style.fillOpacity)
      : null;
    return {
      fill: Boolean(style.fill),
      fillColor: hatched || style.fill,
      fillOpacity: (hatched ? 1 : style.fillOpacity) * opacity,
      opacity: opacity,
      stroke: Boolean(style.stroke),
      color: style.stroke || style.fill,
      weight: style.strokeWidth,
      dashArray: style.dash,
      shape: style.shape,
      radius: style.size,
    };
  }

  function lines(text) {
    const box = document.createElement("div");
    text.split("\n").forEach((line, index) => {
      const row = document.createElement("div");
      row.className = index === 0 ? "clusters-tip-name" : "clusters-tip-line";
      row.textContent = line;
      box.appendChild(row);
    });
    return box;
  }

  // A click hands back the id and the layer, never the geometry: the server has it.
  function identify(item, id, layer, tip) {
    item.toGeoJSON = () => ({
      type: "Feature", id: id, geometry: null, properties: { id: id, layer: layer },
    });
    if (tip) {
      item.bindTooltip(() => lines(tip), { sticky: true, className: "clusters-tip" });
    }
    return item;
  }

  const Group = L.FeatureGroup.extend({
    onAdd: function (map) {
      L.FeatureGroup.prototype.onAdd.call(this, map);
      const groups = (map.clustersGroups = map.clustersGroups || []);
      groups.push(this);
      groups.sort((a, b) => a.options.order - b.options.order);
      this.clustersRaise();
    },
    // One canvas holds all vectors, so that each layer can be hovered; order is by hand.
    clustersRaise: function () {
      const groups = (this._map && this._map.clustersGroups) || [];
      groups.slice(groups.indexOf(this) + 1).forEach((group) => group.bringToFront());
    },
    onRemove: function (map) {
      map.clustersGroups = (map.clustersGroups || []).filter((group) => group !== this);
      L.FeatureGroup.prototype.onRemove.call(this, map);
    },
  });

  const DRAW = {
    shape: function (spec, group, styles) {
      spec.rows.forEach((row) => {
        const item = L.geoJSON(row[3], {
          style: styles[row[0]], interactive: spec.interactive,
        });
        item.eachLayer((part) => group.addLayer(identify(part, row[1], spec.key, row[2])));
      });
    },
    point: function (spec, group, styles) {
      spec.rows.forEach((row) => {
        const item = new Mark([row[4], row[3]], styles[row[0]]);
        group.addLayer(identify(item, row[1], spec.key, row[2]));
      });
    },
    circle: function (spec, group, styles) {
      spec.rows.forEach((row) => {
        const options = Object.assign({}, styles[row[0]], { radius: row[5] });
        group.addLayer(identify(L.circle([row[4], row[3]], options), row[1], spec.key, row[2]));
      });
    },
    label: function (spec, group) {
      spec.rows.forEach((row) => {
        const box = document.createElement("span");
        box.textContent = row[5];
        const icon = L.divIcon({ html: box, className: "clusters-label", iconSize: null });
        const item = L.marker([row[4], row[3]], {
          icon: icon, alt: row[2], opacity: group.options.opacity,
        });
        group.addLayer(identify(item, row[1], spec.key, row[2]));
      });
    },
  };

  window.clustersLayer = function (spec) {
    const opacity = spec.opacity == null ? 1 : spec.opacity;
    const group = new Group([], { order: spec.order, opacity: opacity });
    const styles = (group.clustersStyles = {});
    Object.keys(spec.styles).forEach((kind) => { styles[kind] = path(spec.styles[kind], opacity); });
    DRAW[spec.form](spec, group, styles);
    return group;
  };

  window.clustersDraw = { Swarm: Swarm, lines: lines };

  // Labels that would cover each other step aside; the larger number keeps its place.
  function separate(container) {
    const boxes = [...container.querySelectorAll(".clusters-label span")];
    boxes.forEach((box) => { box.style.top = "0"; });
    const size = (box) => Number((box.textContent.match(/[\d,]+$/) || ["0"])[0].replace(/,/g, ""));
    const placed = [];
    boxes.sort((one, other) => size(other) - size(one)).forEach((box) => {
      const own = box.getBoundingClientRect();
      const free = (step) => placed.every((other) =>
        own.right <= other.left + 1 || own.left >= other.right - 1
        || own.bottom + step <= other.top + 1 || own.top + step >= other.bottom - 1);
      const steps = [0, 1, -1, 2, -2].map((turn) => turn * (own.height * 0.55));
      const step = steps.find(free) || 0;
      box.style.top = step + "px";
      placed.push({ left: own.left, right: own.right, top: own.top + step, bottom: own.bottom + step });
    });
  }

  window.clustersFrame = function (map, options) {
    const container = map.getContainer();
    container.style.background = options.background;
    container.classList.add("clusters-" + options.theme);
    container.setAttribute("aria-label", options.alternative);
    // Leaflet focuses the map on the first press; a page that scrolls to it then loses the click.
    const focus = container.focus.bind(container);
    container.focus = () => focus({ preventScroll: true });
    let waiting = 0;
    const settle = () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => {
        const label = container.querySelector(".clusters-label span");
        // Without its style sheet a label has another size; it arrives after the first labels.
        if (label && getComputedStyle(label).position !== "relative") settle();
        else separate(container);
      }, 100);
    };
    map.on("layeradd layerremove zoomend resize", settle);
    L.control.zoom({ zoomInTitle: options.zoomIn, zoomOutTitle: options.zoomOut }).addTo(map);
    L.control.scale({ imperial: false, position: "bottomleft" }).addTo(map);
    if (options.legend) {
      const control = L.control({ position: "bottomright" });
      control.onAdd = function () {
        const box = L.DomUtil.create("div", "clusters-legend-control");
        box.innerHTML = options.legend;
        L.DomEvent.disableClickPropagation(box).disableScrollPropagation(box);
        return box;
      };
      control.addTo(map);
    }
  };
})();
