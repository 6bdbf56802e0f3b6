// Loads what the worklet plays: a window of each lane around the position, in blocks, however long the take is.

const SHIFT = 15;
const SIZE = 1 << SHIFT; // frames in a block, as in worklet.js
const AHEAD = 12; // seconds that are loaded before they are heard
const BEHIND = 3; // seconds that are kept
const AT_ONCE = 4; // requests

/**
 * Plays lanes that have equal rates and lengths. Dispatches "time" whenever position, playing or stalled has changed,
 * and "failed" with the lane and the error when a block cannot be loaded.
 *
 * A lane is a function `(start, frames, rate) => Promise<Float32Array>`, channels interleaved; `start` and `frames` count at
 * `rate`. `frames` and `rate` of the options are those of the take.
 */
export class Player extends EventTarget {
  constructor(lanes, { frames, rate, channels }) {
    super();
    Object.assign(this, { lanes, takeFrames: frames, takeRate: rate, channels });
    this.lane = 0;
    this.position = 0; // frames at the context's rate
    this.playing = this.stalled = this.ended = false;
    this.loop = null;
    this.#loaded = lanes.map(() => new Set());
    this.#loading = new Map();
    this.#refused = new Set();
  }

  #loaded;
  #loading;
  #refused;
  #excluded = new Set();
  #starting = null;
  #node = null;

  get seconds() {
    return this.takeFrames / this.takeRate;
  }

  get time() {
    return this.position / this.rate;
  }

  /** Opens the sound device and begins to load. */
  open() {
    this.#starting ??= this.#open();
    return this.#starting;
  }

  async #open() {
    this.context = new AudioContext({ sampleRate: this.takeRate, latencyHint: "interactive" });
    this.rate = this.context.sampleRate; // not every browser does as it is told: the server resamples then
    this.frames = Math.ceil((this.takeFrames * this.rate) / this.takeRate);
    await this.context.audioWorklet.addModule("/player/worklet.js");
    this.#node = new AudioWorkletNode(this.context, "take-player", {
      numberOfInputs: 0,
      outputChannelCount: [this.channels],
      processorOptions: { lanes: this.lanes.length, frames: this.frames },
    });
    this.node.connect(this.context.destination);
    this.node.port.onmessage = ({ data }) => this.#report(data);
    if (this.#gains) this.#send("setGains", { gains: this.#gains });
    this.#send("switchTo", { lane: this.lane });
    this.#load();
  }

  get node() {
    return this.#node;
  }

  /** Plays; resolves to false when the browser wants a click first. */
  async play() {
    await this.open();
    if (this.context.state === "suspended") {
      this.context.resume();
      await Promise.race([this.context.resume(), new Promise((done) => setTimeout(done, 400))]);
    }
    this.#send("play");
    this.#load();
    return this.context.state === "running";
  }

  async pause() {
    await this.open();
    this.#send("pause");
  }

  async seek(seconds) {
    await this.open();
    this.position = Math.max(0, Math.min(this.frames, Math.round(seconds * this.rate)));
    this.#send("seek", { position: this.position });
    this.#refused.clear();
    this.#load();
    this.dispatchEvent(new Event("time"));
  }

  /** Hears another lane from the next sample on. */
  switchTo(lane) {
    this.lane = lane;
    if (this.#node) this.#send("switchTo", { lane });
  }

  #gains = null;
  /** Sets a factor for each lane. */
  setGains(gains) {
    this.#gains = gains;
    if (this.#node) this.#send("setGains", { gains });
  }

  /** Plays a range, in seconds, again and again; null: all of it, once. */
  async setLoop(range) {
    this.loop = range;
    await this.open();
    const frames = range && range.map((each) => Math.max(0, Math.min(this.frames, Math.round(each * this.rate))));
    this.#send("setLoop", { range: frames && frames[1] - frames[0] > 128 ? frames : null });
    this.#load();
  }

  close() {
    this.closed = true;
    for (const abort of this.#loading.values()) abort.abort?.();
    this.context?.close();
  }

  #send(name, values = {}, transfer = []) {
    this.node.port.postMessage({ do: name, ...values }, transfer);
  }

  #report({ position, playing, stalled, ended }) {
    Object.assign(this, { position, playing, stalled, ended });
    this.#load();
    this.dispatchEvent(new Event("time"));
  }

  /** The blocks that are wanted, the next one first. */
  #wanted() {
    const last = (this.frames - 1) >> SHIFT;
    const ahead = Math.ceil((AHEAD * this.rate) / SIZE);
    const found = new Set();
    const take = (from, to) => {
      for (let index = Math.max(0, from); index <= Math.min(to, last); index++) found.add(index);
    };
    const here = Math.min(this.position, this.frames - 1) >> SHIFT;
    take(here, here + 1);
    if (this.loop) {
      const [start, end] = this.loop.map((each) => Math.floor(each * this.rate) >> SHIFT);
      take(start, Math.min(end, start + Math.ceil(ahead / 2)));
    }
    take(here, here + ahead);
    return found;
  }

  #load() {
    if (this.closed || !this.#node) return;
    const wanted = this.#wanted();
    this.#dropFar(wanted);
    for (const index of wanted) {
      for (let lane = 0; lane < this.lanes.length; lane++) {
        if (this.#loading.size >= AT_ONCE) return;
        const name = `${lane}/${index}`;
        if (this.#excluded.has(lane) || this.#loaded[lane].has(index) || this.#loading.has(name) || this.#refused.has(name)) continue;
        this.#loadOne(lane, index, name);
      }
    }
  }

  #dropFar(wanted) {
    const oldest = (this.position - BEHIND * this.rate) >> SHIFT;
    const newest = Math.max(...wanted);
    const far = [...new Set(this.#loaded.flatMap((each) => [...each]))].filter((index) => !wanted.has(index) && (index < oldest || index > newest));
    if (!far.length) return;
    for (const loaded of this.#loaded) far.forEach((index) => loaded.delete(index));
    this.#send("drop", { indices: far });
  }

  /** Plays the other lanes without this one: its file is not there, or is not what it was. */
  #exclude(lane) {
    this.#excluded.add(lane);
    if (!this.closed) this.#send("exclude", { lane });
  }

  #again(name) {
    this.#refused.delete(name);
    this.#load();
  }

  async #loadOne(lane, index, name) {
    this.#loading.set(name, {});
    try {
      const start = index << SHIFT;
      const count = Math.min(SIZE, this.frames - start);
      const samples = await this.lanes[lane](start, count, this.rate);
      if (this.closed) return;
      const channels = Array.from({ length: this.channels }, () => new Float32Array(SIZE));
      const given = Math.max(1, Math.round(samples.length / count));
      for (let channel = 0; channel < this.channels; channel++) {
        const from = Math.min(channel, given - 1);
        for (let n = 0; n < count; n++) channels[channel][n] = samples[n * given + from];
      }
      this.#send("block", { lane, index, channels }, channels.map((each) => each.buffer));
      this.#loaded[lane].add(index);
    } catch (error) {
      this.#refused.add(name);
      if (error.status) this.#exclude(lane);
      else setTimeout(() => this.#again(name), 1000); // it does not answer: all wait for it
      if (!this.closed) this.dispatchEvent(new CustomEvent("failed", { detail: { lane, error } }));
    } finally {
      this.#loading.delete(name);
      this.#load();
    }
  }
}
