// Draws an area on the map: polygon, rectangle or circle, by clicks or taps; Escape gives up.
const SHAPES = ["polygon", "rectangle", "circle"];
const ICONS = {
  polygon: "M3 12 L6 3 L13 5 L12 12 Z",
  rectangle: "M3 4 H13 V12 H3 Z",
  circle: "M8 2.5 A5.5 5.5 0 1 0 8.01 2.5 Z",
  clear: "M4 4 L12 12 M12 4 L4 12",
};

export class Pen {
  constructor(map, done) {
    this.map = map;
    this.done = done;
    this.busy = false;
    this.sketch = L.layerGroup().addTo(map);
    this.onClick = (event) => this.press(event.latlng);
    this.onMove = (event) => this.hover(event.latlng);
    this.onKey = (event) => {
      if (event.key === "Escape") this.stop();
      if (event.key === "Enter" && this.shape === "polygon") this.finish();
    };
    const control = L.control({ position: "topright" });
    control.onAdd = () => this.bar();
    control.addTo(map);
  }

  bar() {
    const bar = L.DomUtil.create("div", "leaflet-bar clusters-pen");
    this.buttons = {};
    [...SHAPES, "clear"].forEach((shape) => {
      const button = L.DomUtil.create("button", "clusters-pen-button", bar);
      button.type = "button";
      button.innerHTML = '<svg width="16" height="16" aria-hidden="true"><path fill="none" '
        + 'stroke="currentColor" stroke-width="1.6" d="' + ICONS[shape] + '"/></svg>';
      button.addEventListener("click", () => {
        if (shape === "clear") { this.stop(); this.done(""); } else this.start(shape);
      });
      this.buttons[shape] = button;
    });
    this.hint = L.DomUtil.create("div", "clusters-pen-hint", bar);
    this.hint.setAttribute("role", "status");
    L.DomEvent.disableClickPropagation(bar).disableScrollPropagation(bar);
    return bar;
  }

  dress(words, area) {
    this.words = words;
    [...SHAPES, "clear"].forEach((shape) => {
      this.buttons[shape].title = words["draw_" + shape];
      this.buttons[shape].setAttribute("aria-label", words["draw_" + shape]);
    });
    this.buttons.clear.hidden = !area;
    if (!this.busy) this.sketch.clearLayers();
  }

  start(shape) {
    const again = this.busy && this.shape === shape;
    this.stop();
    if (again) return;
    this.busy = true;
    this.shape = shape;
    this.points = [];
    this.buttons[shape].setAttribute("aria-pressed", "true");
    this.hint.textContent = shape === "polygon" ? this.words.draw_hint : this.words.draw_hint_two;
    const box = this.map.getContainer();
    box.classList.add("clusters-drawing");
    this.map.doubleClickZoom.disable();
    this.map.on("click", this.onClick).on("mousemove", this.onMove);
    box.addEventListener("keydown", this.onKey);
  }

  stop() {
    if (!this.busy) return;
    this.busy = false;
    this.hint.textContent = "";
    SHAPES.forEach((shape) => this.buttons[shape].removeAttribute("aria-pressed"));
    const box = this.map.getContainer();
    box.classList.remove("clusters-drawing");
    this.map.doubleClickZoom.enable();
    this.map.off("click", this.onClick).off("mousemove", this.onMove);
    box.removeEventListener("keydown", this.onKey);
    this.sketch.clearLayers();
  }

  press(at) {
    const pixel = (one) => this.map.latLngToContainerPoint(one);
    const near = (one) => pixel(one).distanceTo(pixel(at)) < 10;
    if (this.shape === "polygon") {
      const count = this.points.length;
      // Back to the first corner, or twice on the last: the area is closed.
      if (count > 2 && (near(this.points[0]) || near(this.points[count - 1]))) return this.finish();
      if (count && near(this.points[count - 1])) return undefined;
      this.points.push(at);
      if (this.points.length === 100) return this.finish();
    } else {
      if (this.points.length && near(this.points[0])) return undefined;
      this.points.push(at);
      if (this.points.length === 2) return this.finish();
    }
    this.hover(at);
    return undefined;
  }

  hover(at) {
    this.sketch.clearLayers();
    if (!this.points.length) return;
    const look = { color: "#a9541b", weight: 2, dashArray: "4 3", fillOpacity: 0.08, interactive: false };
    const first = this.points[0];
    let item;
    if (this.shape === "circle") {
      item = L.circle(first, Object.assign({ radius: this.map.distance(first, at) }, look));
    } else if (this.shape === "rectangle") item = L.rectangle(L.latLngBounds(first, at), look);
    else item = L.polygon([...this.points, at], look);
    this.sketch.addLayer(item);
    this.points.forEach((point) => this.sketch.addLayer(
      L.circleMarker(point, { radius: 4, color: look.color, fillOpacity: 1, interactive: false })));
  }

  finish() {
    const points = this.points;
    const shape = this.shape;
    if (points.length < (shape === "polygon" ? 3 : 2)) return;
    const text = (point) => point.lng.toFixed(5) + "," + point.lat.toFixed(5);
    let area;
    if (shape === "circle") {
      area = "c" + text(points[0]) + "," + Math.round(this.map.distance(points[0], points[1]));
    } else if (shape === "rectangle") {
      const box = L.latLngBounds(points);
      area = "p" + [box.getSouthWest(), box.getSouthEast(), box.getNorthEast(), box.getNorthWest()]
        .map(text).join(",");
    } else area = "p" + points.map(text).join(",");
    const kept = this.sketch.getLayers().slice(0, 1);
    this.stop();
    kept.forEach((item) => this.sketch.addLayer(item));
    this.done(area);
  }
}
