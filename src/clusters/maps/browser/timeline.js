// Founding years under the map: a bar per year, and a play button that lets the map grow.
// Playing never asks the page; a press on a bar does, and sets the filter.
const STEP = 700;

export class Timeline {
  constructor(root, play, choose) {
    this.play = play;
    this.choose = choose;
    this.box = document.createElement("div");
    this.box.className = "clusters-time";
    this.box.hidden = true;
    this.button = document.createElement("button");
    this.button.type = "button";
    this.button.className = "clusters-time-play";
    this.button.addEventListener("click", () => (this.timer ? this.stop() : this.run()));
    this.bars = document.createElement("div");
    this.bars.className = "clusters-time-bars";
    this.slider = document.createElement("input");
    this.slider.type = "range";
    this.slider.className = "clusters-time-slider";
    this.slider.addEventListener("input", () => { this.stop(); this.go(Number(this.slider.value)); });
    this.text = document.createElement("output");
    this.text.className = "clusters-time-text";
    const middle = document.createElement("div");
    middle.className = "clusters-time-middle";
    middle.append(this.bars, this.slider);
    this.box.append(this.button, middle, this.text);
    root.appendChild(this.box);
  }

  show(years, words, locale) {
    this.words = words;
    this.number = new Intl.NumberFormat(locale);
    this.box.hidden = !years;
    if (!years) { this.stop(); if (this.until != null) this.go(null); return; }
    const same = JSON.stringify(years) === JSON.stringify(this.years);
    this.years = years;
    this.label();
    if (same) return;
    this.last = years.first + years.counts.length - 1;
    this.slider.min = years.first;
    this.slider.max = this.last;
    this.slider.value = this.last;
    this.slider.setAttribute("aria-label", words.play_until);
    const top = Math.max(...years.counts, 1);
    this.bars.replaceChildren(...years.counts.map((count, index) => {
      const bar = document.createElement("button");
      const year = years.first + index;
      bar.type = "button";
      bar.tabIndex = -1;
      bar.title = year + " · " + this.number.format(count);
      bar.setAttribute("aria-label", bar.title);
      bar.style.setProperty("--height", (100 * count) / top + "%");
      bar.addEventListener("click", () => {
        const alone = years.from === year && years.to === year;
        this.choose(alone ? null : year, alone ? null : year);
      });
      return bar;
    }));
    if (this.until != null) this.go(null);
    this.mark();
  }

  label() {
    this.button.textContent = this.timer ? "❚❚" : "▶";
    const name = this.timer ? this.words.pause : this.words.play;
    this.button.setAttribute("aria-label", name);
    this.button.title = name;
  }

  mark() {
    const years = this.years;
    [...this.bars.children].forEach((bar, index) => {
      const year = years.first + index;
      const inside = year >= (years.from || years.first) && year <= (years.to || this.last);
      bar.classList.toggle("clusters-time-out", !inside || (this.until != null && year > this.until));
    });
    const undated = years.undated
      ? this.words.play_undated.replace("{n}", this.number.format(years.undated)) : "";
    if (this.until == null) this.text.textContent = years.first + "–" + this.last + " " + undated;
  }

  count(shown) {
    if (this.until == null) return;
    this.text.textContent = this.words.play_until + " " + this.until + " · " + this.number.format(shown);
  }

  go(until) {
    this.until = until;
    if (until != null) this.slider.value = until;
    else this.slider.value = this.last;
    this.mark();
    this.play(until);
  }

  run() {
    const start = this.until == null || this.until >= this.last ? this.years.first : this.until + 1;
    this.go(start);
    this.timer = setInterval(() => {
      if (this.until >= this.last) { this.stop(); this.go(null); } else this.go(this.until + 1);
    }, STEP);
    this.label();
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
    if (this.words) this.label();
  }
}
