// The enterprise map on a page: fetches the layers it lacks, asks for the firms of its window,
// tells the page of clicks, and keeps its position in the link without a rerun.
import { Timeline } from "./timeline.js";
import { Pen } from "./pen.js";
import { Ground } from "./ground.js";

const HEX = [0, 1, 2, 3, 4, 5].map((i) => ((60 * i - 30) * Math.PI) / 180);

function once(tag, attributes) {
  const id = "clusters-" + (attributes.src || attributes.href);
  const known = document.getElementById(id);
  if (known) return known.ready;
  const element = document.createElement(tag);
  element.id = id;
  element.ready = new Promise((resolve, reject) => {
    element.addEventListener("load", resolve);
    element.addEventListener("error", reject);
  });
  Object.assign(element, attributes);
  document.head.appendChild(element);
  return element.ready;
}

async function library(urls) {
  const styles = Promise.all([
    once("link", { rel: "stylesheet", href: urls.leaflet + "/leaflet.css" }),
    once("link", { rel: "stylesheet", href: urls.clusters + "/map.css" }),
  ]);
  await once("script", { src: urls.leaflet + "/leaflet.js" });
  await once("script", { src: urls.clusters + "/map.js" });
  await styles;
}

class Canvas {
  constructor(root, message) {
    this.root = root;
    this.drawn = new Map();
    this.parts = new Map();
    this.box = document.createElement("div");
    this.box.className = "clusters-canvas-map";
    root.appendChild(this.box);
    this.box.style.height = message.height + "px";
    this.map = L.map(this.box, {
      preferCanvas: true, zoomControl: false, attributionControl: false,
      maxZoom: 18, minZoom: 5, zoomSnap: 0.5,
    });
    const at = message.target;
    this.map.setView([at.lat, at.lon], at.zoom, { animate: false });
    this.turn = at.turn;
    window.clustersFrame(this.map, {
      background: message.background, theme: message.theme, alternative: message.alternative,
      zoomIn: message.words.zoom_in, zoomOut: message.words.zoom_out, legend: "",
    });
    this.ground = new Ground(this.map, root);
    this.pen = new Pen(this.map, (area) => this.answer({ type: "drawn", area: area }));
    this.timeline = new Timeline(root, (until) => this.play(until),
      (first, last) => this.answer({ type: "years", first: first, last: last }));
    this.map.on("moveend", () => this.moved());
    this.watch = new ResizeObserver(() => this.map.invalidateSize({ pan: false }));
    this.watch.observe(this.box);
  }

  answer(value) {
    this.clicks = (this.clicks || 0) + 1;
    this.box.dataset.asked = this.clicks;
    this.tell("answer", Object.assign({ turn: Date.now() + this.clicks }, value));
  }

  async show(message, tell) {
    this.tell = tell;
    this.message = message;
    const mine = (this.round = (this.round || 0) + 1);
    this.box.dataset.begun = String(mine);
    this.dress(message);
    if (message.target.turn !== this.turn) {
      this.turn = message.target.turn;
      this.map.setView([message.target.lat, message.target.lon], message.target.zoom);
    }
    this.wanted = new Map(message.layers.map((one) => [this.identity(one), one]));
    await this.complete(mine);
    if (mine !== this.round) return;
    // The page has just written its own link, without a position.
    this.link();
    setTimeout(() => this.link(), 400);
    this.box.dataset.drawn = String(mine);
  }

  // Builds the layers of this zoom that are missing, then drops those no longer wanted: old
  // layers go only when the new ones are there, and nothing flickers.
  async complete(mine) {
    const missing = [...this.wanted].filter(([id, one]) => !this.drawn.has(id) && this.near(one));
    const built = await Promise.all(missing.map(([id, one]) => this.build(id, one)));
    if (mine !== this.round) return;
    built.forEach((layer) => {
      if (!layer || this.drawn.has(layer.id)) return;
      this.drawn.set(layer.id, layer);
      this.place(layer);
    });
    [...this.drawn].filter(([id]) => !this.wanted.has(id)).forEach(([id, layer]) => {
      this.map.removeLayer(layer.group);
      this.drawn.delete(id);
    });
  }

  near(one) {
    const zoom = this.map.getZoom();
    return zoom >= one.zooms[0] && zoom < one.zooms[1] + 1;
  }

  dress(message) {
    const box = this.box;
    box.style.background = message.background;
    box.classList.toggle("clusters-dark", message.theme === "dark");
    box.classList.toggle("clusters-light", message.theme !== "dark");
    box.setAttribute("aria-label", message.alternative);
    box.setAttribute("role", "application");
    this.ground.show(message.ground, message.words);
    this.pen.dress(message.words, message.area);
    this.timeline.show(message.years, message.words, message.locale);
  }

  identity(one) {
    return [one.name, one.firms || "", one.opacity, one.order].join("/");
  }

  async part(name, query) {
    const address = this.message.urls.parts + "/" + name + (query ? "?" + query : "");
    const reply = await fetch(address);
    if (reply.status === 404) this.again();
    if (!reply.ok) return null;
    return reply.json();
  }

  // The server no longer holds what the page told of: ask the page to make it anew, once a minute.
  again() {
    const now = Date.now();
    if (now - (this.asked || 0) < 60000) return;
    this.asked = now;
    this.parts.clear();
    this.answer({ type: "again" });
  }

  async build(id, one) {
    let spec = this.parts.get(one.name);
    if (!spec) {
      spec = await this.part(one.name);
      if (!spec) return null;
      this.parts.set(one.name, spec);
    }
    const group = window.clustersLayer(Object.assign({}, spec, { opacity: one.opacity, order: one.order }));
    const layer = { id: id, told: one, spec: spec, group: group };
    group.on("click", (event) => this.clicked(layer, event));
    group.on("keypress", (event) => {
      if (event.originalEvent.key === "Enter") this.clicked(layer, event);
    });
    if (one.firms) await this.window(layer);
    return layer;
  }

  place(layer) {
    // Labels count all years; while time is played they would contradict the dots.
    const hidden = layer.told.key === "counts" && this.until != null;
    if (this.near(layer.told) && !hidden) this.map.addLayer(layer.group);
    else this.map.removeLayer(layer.group);
  }

  clicked(layer, event) {
    if (this.pen.busy) return;
    const item = event.propagatedFrom || event.layer || event.sourceTarget;
    L.DomEvent.stop(event.originalEvent || event);
    if (item.clustersCell) {
      this.map.setView(item.getCenter(), Math.min(this.map.getZoom() + 2, 18));
      return;
    }
    if (item.clustersRow != null) {
      this.firm(layer, item.clustersRow).then((told) => {
        if (told) this.answer({ type: "click", layer: "firms", id: told.id });
      });
      return;
    }
    const told = item.toGeoJSON().properties;
    this.answer({ type: "click", layer: told.layer, id: told.id });
  }

  firm(layer, row) {
    const key = layer.told.firms + "/" + row;
    if (!this.parts.has(key)) this.parts.set(key, this.part(layer.told.firms, "row=" + row));
    return this.parts.get(key);
  }

  // ---- firms of the window ------------------------------------------------------------------

  async window(layer) {
    const view = layer.view;
    if (view && view.whole) {
      if (layer.until !== this.until) this.dots(layer, view);
      return undefined;
    }
    const box = this.map.getBounds().pad(0.25);
    const query = new URLSearchParams({ zoom: Math.floor(this.map.getZoom()) });
    if (query.get("zoom") >= 9) {
      // Steps of the zoom level: a small pan asks for the same window and is answered by the cache.
      const step = 180 / 2 ** Math.floor(this.map.getZoom());
      const edge = (value, turn) => (turn(value / step) * step).toFixed(5);
      query.set("bounds", [edge(box.getWest(), Math.floor), edge(box.getSouth(), Math.floor),
        edge(box.getEast(), Math.ceil), edge(box.getNorth(), Math.ceil)].join(","));
    }
    if (this.until != null) query.set("until", this.until);
    const asked = query.toString();
    if (layer.asked === asked) return undefined;
    layer.asked = asked;
    const answer = await this.part(layer.told.firms, asked);
    if (!answer || layer.asked !== asked) return undefined;
    layer.view = answer;
    if (answer.form === "dots") this.dots(layer, answer);
    else this.cells(layer, answer);
    return undefined;
  }

  dots(layer, view) {
    layer.until = this.until;
    const played = view.whole && this.until != null;
    const shown = [...view.row.keys()].filter(
      (i) => !played || (view.year[i] > 0 && view.year[i] <= this.until));
    const dots = {
      lon: shown.map((i) => view.lon[i] / 1e5),
      lat: shown.map((i) => view.lat[i] / 1e5),
      kind: shown.map((i) => layer.told.kinds[view.kind[i]]),
      row: shown.map((i) => view.row[i]),
    };
    const swarm = () => new window.clustersDraw.Swarm(dots, layer.group.clustersStyles);
    this.fill(layer, shown.length ? [swarm()] : [], (item) => this.named(layer, item));
    this.timeline.count(shown.length);
  }

  cells(layer, view) {
    const styles = layer.group.clustersStyles;
    const edges = [1, 3, 9, 27, 81, 243];
    const planar = L.CRS.EPSG3857;
    const items = [];
    for (let i = 0; i < view.q.length; i += 1) {
      const x = view.size * Math.sqrt(3) * (view.q[i] + view.r[i] / 2);
      const y = view.size * 1.5 * view.r[i];
      const ring = HEX.map((turn) => planar.unproject(
        L.point(x + view.size * Math.cos(turn), y + view.size * Math.sin(turn))));
      let level = edges.findIndex((edge) => view.n[i] <= edge);
      if (level < 0) level = edges.length;
      const item = L.polygon(ring, styles["cell-" + level]);
      item.clustersCell = view.n[i];
      items.push(item);
    }
    const number = new Intl.NumberFormat(this.message.locale);
    this.fill(layer, items, (item) => Promise.resolve(
      number.format(item.clustersCell) + " " + this.message.firmsHere));
    this.timeline.count(view.shown);
  }

  fill(layer, items, tip) {
    layer.group.clearLayers();
    items.forEach((item) => {
      item.on("mouseover mousemove", (event) => this.say(item, tip, event.latlng));
      layer.group.addLayer(item);
    });
    layer.group.clustersRaise();
  }

  // Words come when the pointer rests on something; in a swarm that is another dot at each move.
  say(item, tip, at) {
    const row = item.clustersRow;
    if (item.getTooltip() && item.clustersSaid === row) return;
    item.clustersSaid = row;
    if (item.getTooltip()) item.setTooltipContent("…");
    else item.bindTooltip("…", { sticky: true, className: "clusters-tip" });
    item.openTooltip(at);
    tip(item).then((text) => {
      if (item.clustersSaid === row) item.setTooltipContent(window.clustersDraw.lines(text || ""));
    });
  }

  named(layer, item) {
    return this.firm(layer, item.clustersRow).then((told) => (told ? told.tip : ""));
  }

  refresh() {
    this.complete(this.round);
    this.drawn.forEach((layer) => {
      this.place(layer);
      if (layer.told.firms) this.window(layer);
    });
  }

  play(until) {
    this.until = until;
    this.refresh();
  }

  // ---- position -----------------------------------------------------------------------------

  moved() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.refresh(), 60);
    this.link();
  }

  link() {
    if (!this.box.isConnected) return;
    const zoom = this.map.getZoom();
    const at = this.map.getCenter();
    const target = this.message.home;
    const near = 40 / 2 ** target.zoom;
    const same = Math.abs(zoom - target.zoom) < 0.3
      && Math.abs(at.lat - target.lat) < near && Math.abs(at.lng - target.lon) < near;
    const link = new URL(window.location.href);
    if (same) link.searchParams.delete("at");
    else link.searchParams.set("at", at.lat.toFixed(4) + "," + at.lng.toFixed(4) + "," + zoom);
    if (link.href !== window.location.href) {
      window.history.replaceState(window.history.state, "", link);
    }
  }

  close() {
    clearTimeout(this.waiting);
    this.watch.disconnect();
    this.timeline.stop();
    this.ground.close();
    this.map.remove();
  }
}

export async function draw(component) {
  const message = JSON.parse(new TextDecoder().decode(component.data));
  const root = component.parentElement.querySelector(".clusters-canvas");
  root.style.minHeight = message.height + "px";
  await library(message.urls);
  if (!root.clustersCanvas) root.clustersCanvas = new Canvas(root, message);
  const canvas = root.clustersCanvas;
  await canvas.show(message, component.setTriggerValue);
  return () => { canvas.close(); root.clustersCanvas = null; };
}
