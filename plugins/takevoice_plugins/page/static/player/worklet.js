// Plays one of several lanes, all on one clock: one position for all of them, counted in frames of the take.
//
// Every lane has the same blocks loaded. A block that is missing in any lane stops all of them until it is there, so
// that a switch finds its audio. While no lane is being faded, samples leave as they came in, times the lane's gain.

const SHIFT = 15; // frames in a block: 32768
const SIZE = 1 << SHIFT;
const REPORT = 2048; // frames between two reports of the position

class TakePlayer extends AudioWorkletProcessor {
  constructor({ processorOptions: { lanes, frames } }) {
    super();
    this.frames = frames;
    this.fade = Math.max(1, Math.round(sampleRate * 0.01)); // frames of a crossfade
    this.blocks = Array.from({ length: lanes }, () => new Map());
    this.missing = new Set(); // lanes that cannot be loaded: they are silent, and the others play
    this.silence = new Float32Array(SIZE);
    this.gains = new Float32Array(lanes).fill(1);
    this.from = new Float32Array(lanes); // weights at the beginning of a crossfade
    this.lane = 0;
    this.faded = this.fade; // frames of the crossfade that are over
    this.position = 0;
    this.playing = this.stalled = false;
    this.loop = null;
    this.reported = 0;
    this.port.onmessage = ({ data }) => this[data.do](data);
  }

  block({ lane, index, channels }) {
    this.blocks[lane].set(index, channels);
  }

  exclude({ lane }) {
    this.missing.add(lane);
  }

  drop({ indices }) {
    for (const blocks of this.blocks) indices.forEach((index) => blocks.delete(index));
  }

  play() {
    if (this.position >= this.frames) this.position = this.loop ? this.loop[0] : 0;
    this.playing = true;
    this.report();
  }

  pause() {
    this.playing = false;
    this.report();
  }

  seek({ position }) {
    this.position = Math.max(0, Math.min(this.frames, position));
    this.report();
  }

  switchTo({ lane }) {
    for (let each = 0; each < this.from.length; each++) this.from[each] = this.weight(each, this.faded);
    this.lane = lane;
    this.faded = this.playing ? 0 : this.fade;
  }

  setGains({ gains }) {
    this.gains.set(gains);
  }

  setLoop({ range }) {
    this.loop = range;
    if (range && this.playing && (this.position < range[0] || this.position >= range[1])) this.position = range[0];
  }

  /** The share of a lane after so many frames of the crossfade. */
  weight(lane, faded) {
    const share = Math.min(1, faded / this.fade);
    return (lane === this.lane ? share : 0) + this.from[lane] * (1 - share);
  }

  report(ended = false) {
    this.reported = 0;
    this.port.postMessage({ position: this.position, playing: this.playing, stalled: this.stalled, ended });
  }

  process(_inputs, [output]) {
    if (!this.playing) return true;
    const wanted = output[0].length;
    for (let done = 0; done < wanted; ) {
      if (this.loop && this.position >= this.loop[1]) this.position = this.loop[0];
      if (this.position >= this.frames) {
        this.playing = false;
        this.report(true);
        return true;
      }
      const index = this.position >> SHIFT;
      if (!this.blocks.every((blocks, lane) => blocks.has(index) || this.missing.has(lane))) {
        if (!this.stalled) {
          this.stalled = true;
          this.report();
        }
        return true;
      }
      if (this.stalled) {
        this.stalled = false;
        this.report();
      }
      const end = Math.min((index + 1) << SHIFT, this.frames, this.loop && this.position < this.loop[1] ? this.loop[1] : this.frames);
      const count = Math.min(wanted - done, end - this.position);
      this.mix(output, done, count, index, this.position & (SIZE - 1));
      done += count;
      this.position += count;
      this.reported += count;
    }
    if (this.reported >= REPORT) this.report();
    return true;
  }

  mix(output, at, count, index, offset) {
    for (let channel = 0; channel < output.length; channel++) {
      const out = output[channel];
      if (this.faded >= this.fade) {
        const samples = this.samples(this.lane, index, channel);
        const gain = this.gains[this.lane];
        for (let n = 0; n < count; n++) out[at + n] = samples[offset + n] * gain;
        continue;
      }
      for (let lane = 0; lane < this.blocks.length; lane++) {
        if (lane !== this.lane && !this.from[lane]) continue;
        const samples = this.samples(lane, index, channel);
        const gain = this.gains[lane];
        for (let n = 0; n < count; n++) out[at + n] += samples[offset + n] * gain * this.weight(lane, this.faded + n);
      }
    }
    this.faded = Math.min(this.fade, this.faded + count);
  }

  samples(lane, index, channel) {
    const channels = this.blocks[lane].get(index);
    return !channels ? this.silence : channels[Math.min(channel, channels.length - 1)];
  }
}

registerProcessor("take-player", TakePlayer);
