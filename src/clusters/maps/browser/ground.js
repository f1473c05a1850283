// The base map under the layers. Tiles that do not come are given up, and a note says so: the
// map then stands on its own boundaries.
const PATIENCE = 8000;

export class Ground {
  constructor(map, root) {
    this.map = map;
    this.note = document.createElement("p");
    this.note.className = "clusters-canvas-note";
    this.note.setAttribute("role", "status");
    root.appendChild(this.note);
    this.layers = [];
    map.createPane("clusters-ground").style.zIndex = 150;
  }

  show(ground, words) {
    const wanted = JSON.stringify(ground || null);
    if (wanted === this.shown) return;
    this.shown = wanted;
    this.close();
    this.note.textContent = "";
    if (!ground) return;
    this.words = words;
    let good = 0;
    let bad = 0;
    const fail = (reason) => {
      this.close();
      this.note.textContent = reason;
      this.map.getContainer().dataset.ground = "failed";
    };
    this.layers = ground.urls.map((url) => L.tileLayer(url, {
      pane: "clusters-ground", subdomains: ground.subdomains || "abc",
      maxZoom: 18, maxNativeZoom: ground.deepest, updateWhenIdle: true, referrerPolicy: "no-referrer",
    }));
    this.layers.forEach((layer) => {
      layer.on("tileload", () => {
        good += 1;
        this.map.getContainer().dataset.ground = "shown";
      });
      layer.on("tileerror", () => {
        bad += 1;
        if (bad >= 3 && bad > good) fail(words.tiles_failed);
      });
      this.map.addLayer(layer);
    });
    this.timer = setTimeout(() => { if (!good) fail(words.tiles_slow); }, PATIENCE);
    if (ground.attribution) {
      this.credit = L.control.attribution({ prefix: false, position: "bottomright" });
      this.credit.addTo(this.map);
      const text = document.createElement("span");
      text.textContent = ground.attribution;
      this.credit.addAttribution(text.innerHTML);
    }
  }

  close() {
    clearTimeout(this.timer);
    this.layers.forEach((layer) => layer.remove());
    this.layers = [];
    if (this.credit) this.credit.remove();
    this.credit = null;
  }
}
