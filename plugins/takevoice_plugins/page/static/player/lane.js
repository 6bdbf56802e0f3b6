// One row of a take: what it is, its waveform or spectrogram, and where the playhead and the loop are.

import { NoAnswer, bytes, query } from "../core/api.js";
import { button, fill, h, later } from "../core/dom.js";

const SHADES = Array.from({ length: 256 }, (_, value) => {
  const x = value / 255;
  return [Math.round(255 * Math.min(1, x * 1.5) ** 1.4), Math.round(235 * x ** 1.8), Math.round(110 * Math.sin(Math.PI * Math.min(1, x * 1.2)) + 120 * x ** 3)];
});

/** The picture of a lane. `source` is `{ id, which }`; "seek" and "range" report where a person points, in seconds. */
export class LaneView extends EventTarget {
  constructor(source, take) {
    super();
    Object.assign(this, { source, take });
    this.view = [0, take.seconds];
    this.canvas = h("canvas", { "aria-hidden": "true" });
    this.head = h("div", { class: "playhead" });
    this.range = h("div", { class: "range", hidden: true });
    this.message = h("p", { class: "lane-message", hidden: true });
    this.element = h("div", { class: "wave" }, this.canvas, this.range, this.head, this.message);
    this.#point();
    this.observer = new ResizeObserver(later(() => this.load(), 60));
    this.observer.observe(this.element);
    this.onTheme = () => this.#draw();
    document.addEventListener("theme", this.onTheme);
  }

  close() {
    this.observer.disconnect();
    document.removeEventListener("theme", this.onTheme);
    clearTimeout(this.measuring);
    this.abort?.abort();
  }

  /** Shows a part of the take, in seconds. */
  show(view) {
    this.view = view;
    this.load();
  }

  /** Shows waves, a spectrogram, or nothing that tells lanes apart. */
  setKind(kind) {
    this.kind = kind;
    this.data = null;
    this.load();
  }

  async load() {
    const ratio = devicePixelRatio || 1;
    const [width, height] = [Math.round(this.element.clientWidth * ratio), Math.round(this.element.clientHeight * ratio)];
    if (!width || !height) return;
    Object.assign(this.canvas, { width, height });
    if (this.kind === "hidden") return this.#draw();
    this.#draw();
    this.abort?.abort();
    this.abort = new AbortController();
    clearTimeout(this.measuring);
    if (!this.data) this.measuring = setTimeout(() => this.#say("measuring …", "waits"), 500); // a long take, for the first time
    const rate = this.take.sample_rate;
    const [start, end] = this.view.map((each) => Math.round(each * rate));
    const part = { start, frames: Math.max(1, end - start) };
    try {
      const isSpectrum = this.kind === "spectrum";
      const size = isSpectrum ? { width: Math.min(1200, width), height: Math.min(256, height) } : { points: Math.min(8000, width) };
      const path = `/api/jobs/${this.source.id}/${isSpectrum ? "spectrogram" : "peaks"}/${this.source.which}`;
      const [buffer] = await bytes(`${path}${query({ ...part, ...size })}`, this.abort.signal);
      this.data = isSpectrum ? { ...size, rows: new Uint8Array(buffer) } : new Int8Array(buffer);
      clearTimeout(this.measuring);
      this.message.hidden = true;
      this.#draw();
      this.dispatchEvent(new Event("drawn"));
    } catch (error) {
      if (error.name === "AbortError") return;
      clearTimeout(this.measuring);
      this.data = null;
      this.#draw();
      this.fail(error);
    }
  }

  /** Says in place of the wave why there is none. */
  fail(error) {
    const lost = error instanceof NoAnswer;
    const again = button("Look again", () => this.#tell("again"), { class: "small", "data-part": "again" });
    again.addEventListener("pointerdown", (event) => event.stopPropagation()); // the wave would take the click
    this.#say([lost ? "takevoice does not answer" : `${error.message}${error.hint ? `; ${error.hint}` : ""}`, " ", again]);
    if (!lost) this.dispatchEvent(new CustomEvent("failed", { detail: error }));
  }

  #say(text, kind = "") {
    fill(this.message, text);
    this.message.className = `lane-message ${kind}`;
    this.message.hidden = false;
  }

  /** Puts the playhead at a time, and the loop around a range of times. */
  place(time, loop) {
    const at = (seconds) => ((seconds - this.view[0]) / (this.view[1] - this.view[0])) * 100;
    const here = at(time);
    this.head.hidden = here < 0 || here > 100;
    this.head.style.left = `${here}%`;
    this.range.hidden = !loop;
    if (!loop) return;
    const [left, right] = [Math.max(0, at(loop[0])), Math.min(100, at(loop[1]))];
    this.range.hidden = right <= left;
    this.range.style.left = `${left}%`;
    this.range.style.width = `${right - left}%`;
  }

  /** Draws again, in the colours that are in force now. */
  redraw() {
    this.#draw();
  }

  #draw() {
    const { canvas, data } = this;
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, canvas.width, canvas.height);
    const style = getComputedStyle(this.element);
    context.fillStyle = style.getPropertyValue("color");
    const middle = canvas.height / 2;
    if (!data || this.kind === "hidden") return context.fillRect(0, middle - 0.5, canvas.width, 1);
    if (this.kind === "spectrum") return this.#drawSpectrum(context);
    const points = data.length / 2;
    const wide = Math.max(1, canvas.width / points);
    for (let n = 0; n < points; n++) {
      const [low, high] = [data[2 * n] / 127, data[2 * n + 1] / 127];
      const top = middle - high * middle * 0.96;
      context.fillRect(Math.floor((n * canvas.width) / points), top, Math.ceil(wide), Math.max(1, (high - low) * middle * 0.96));
    }
  }

  #drawSpectrum(context) {
    const { width, height, rows } = this.data;
    const image = new ImageData(width, height);
    for (let n = 0; n < rows.length; n++) {
      const [red, green, blue] = SHADES[rows[n]];
      image.data.set([red, green, blue, 255], 4 * n);
    }
    const small = new OffscreenCanvas(width, height);
    small.getContext("2d").putImageData(image, 0, 0);
    context.drawImage(small, 0, 0, this.canvas.width, this.canvas.height);
  }

  #point() {
    const time = (event) => {
      const box = this.element.getBoundingClientRect();
      const share = Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
      return this.view[0] + share * (this.view[1] - this.view[0]);
    };
    let from = null;
    this.element.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      from = { x: event.clientX, time: time(event), drags: false };
      this.element.setPointerCapture(event.pointerId);
    });
    this.element.addEventListener("pointermove", (event) => {
      if (!from) return;
      from.drags ||= Math.abs(event.clientX - from.x) > 5;
      if (from.drags) this.#tell("range", [from.time, time(event)].sort((a, b) => a - b));
    });
    this.element.addEventListener("pointerup", () => {
      if (from && !from.drags) this.#tell("seek", from.time);
      from = null;
    });
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
