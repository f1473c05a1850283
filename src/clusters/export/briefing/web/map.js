"use strict";
// Draws every map of the page from the JSON beside it. Texts are set as text, never as HTML.
(function () {
  const shapes = {
    circle: (s) => `<circle cx="0" cy="0" r="${s}"/>`,
    square: (s) => `<rect x="${-s * 0.85}" y="${-s * 0.85}" width="${s * 1.7}" height="${s * 1.7}"/>`,
    triangle: (s) => `<path d="M0 ${-s}L${s} ${s * 0.8}L${-s} ${s * 0.8}Z"/>`,
    diamond: (s) => `<path d="M0 ${-s * 1.1}L${s * 1.1} 0L0 ${s * 1.1}L${-s * 1.1} 0Z"/>`,
    cross: (s) => `<path d="M${-s / 3} ${-s}h${s / 1.5}v${s / 1.5}h${s / 1.5}v${s / 1.5}h${-s / 1.5}v${s / 1.5}h${-s / 1.5}v${-s / 1.5}h${-s / 1.5}v${-s / 1.5}h${s / 1.5}Z"/>`,
  };
  const glyph = (style) => {
    const box = style.size + 2;
    return `<svg viewBox="${-box} ${-box} ${2 * box} ${2 * box}" width="${2 * box}" height="${2 * box}" ` +
      `fill="${style.fill}" stroke="${style.stroke}" stroke-width="${style.width}">${shapes[style.shape](style.size)}</svg>`;
  };
  const patch = (style) => `<svg viewBox="0 0 22 12" width="22" height="12"><rect x="1" y="1" width="20" height="10" ` +
    `fill="${style.fill || "none"}" fill-opacity="${style.fillOpacity}" stroke="${style.stroke || "none"}" ` +
    `stroke-width="${style.width}" stroke-dasharray="${style.dash || ""}"/></svg>`;
  const element = (tag, className, text) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };

  function draw(figure) {
    const data = JSON.parse(figure.querySelector("script").textContent);
    const canvas = figure.querySelector(".canvas");
    canvas.style.background = data.surround;
    const map = L.map(canvas, { zoomSnap: 0.25, attributionControl: false, scrollWheelZoom: false, keyboard: true });
    map.fitBounds(data.bounds, { padding: [6, 6] });
    map.setMinZoom(map.getZoom() - 1);
    map.setMaxZoom(map.getZoom() + 7);
    canvas.addEventListener("click", () => map.scrollWheelZoom.enable());
    L.control.scale({ imperial: false }).addTo(map);
    const north = L.control({ position: "topright" });
    north.onAdd = () => {
      const box = element("div", "north", data.north);
      box.insertAdjacentHTML("beforeend", '<svg viewBox="0 0 20 30" width="16" height="24"><path d="M10 0L4 30L10 24Z"/><path d="M10 0L16 30L10 24Z" fill="#fff" stroke="#1b2a33"/></svg>');
      return box;
    };
    north.addTo(map);
    data.layers.forEach((layer, index) => {
      const pane = map.createPane(`layer-${index}`);
      pane.style.zIndex = 400 + index;
      const drawn = L.geoJSON(layer.features, {
        pane: `layer-${index}`,
        style: (feature) => {
          const style = layer.styles[feature.properties.kind];
          return { fill: Boolean(style.fill), fillColor: style.fill, fillOpacity: style.fillOpacity,
            stroke: Boolean(style.stroke), color: style.stroke, weight: style.width, dashArray: style.dash };
        },
        pointToLayer: (feature, at) => {
          const style = layer.styles[feature.properties.kind];
          const box = style.size + 2;
          return L.marker(at, { pane: `layer-${index}`, alt: feature.properties.tip,
            icon: L.divIcon({ className: "", html: glyph(style), iconSize: [2 * box, 2 * box] }) });
        },
        onEachFeature: (feature, one) => {
          if (feature.properties.tip) one.bindTooltip(element("span", "", feature.properties.tip), { sticky: !layer.point });
        },
      });
      drawn.addTo(map);
    });
    const names = data.labels.map((label) => {
      const icon = L.divIcon({ className: "name", html: element("span", "", label.text) });
      const marker = L.marker(label.at, { icon, interactive: false, keyboard: false }).addTo(map);
      marker.getElement().style.color = label.colour;
      marker.getElement().style.fontWeight = label.bold ? "700" : "400";
      return marker;
    });
    // Names in the order of their weight; one that would cover another waits for the next zoom.
    const arrange = () => {
      const taken = [];
      names.forEach((marker) => {
        const node = marker.getElement();
        node.style.visibility = "visible";
        const box = node.getBoundingClientRect();
        const hit = taken.some((o) => box.left < o.right && o.left < box.right && box.top < o.bottom && o.top < box.bottom);
        if (hit) node.style.visibility = "hidden"; else taken.push(box);
      });
    };
    map.on("zoomend", arrange);
    arrange();
    const legend = figure.querySelector(".legend");
    data.legend.forEach((block) => {
      const row = element("div");
      row.append(element("b", "", block.title));
      block.entries.forEach((entry) => {
        const item = element("span");
        item.insertAdjacentHTML("beforeend", entry.point ? glyph(entry.style) : patch(entry.style));
        item.append(entry.text);
        if (entry.count !== null) item.append(element("i", "", entry.count.toLocaleString("en")));
        row.append(item);
      });
      if (block.note) row.append(element("i", "", block.note));
      legend.append(row);
    });
    figure.dataset.ready = "yes";
  }
  document.querySelectorAll("figure.map").forEach(draw);
})();
