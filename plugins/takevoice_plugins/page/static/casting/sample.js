// Plays how a character sounds now: the newest of its results.

import { bytes, get, query } from "../core/api.js";
import { toast } from "../parts/dialog.js";
import { Player } from "../player/player.js";

/** One sample at a time; `onChanged` is called with the job that is heard, or 0. */
export class Sample {
  #player = null;
  #job = 0;

  constructor(onChanged) {
    this.onChanged = onChanged;
  }

  /** Plays the result of a job, or ends it. */
  async toggle(job) {
    const was = this.#job;
    this.close();
    if (was === job) return;
    this.#job = job;
    this.onChanged(job);
    try {
      const take = await get(`/api/jobs/${job}`);
      const channels = take.channels > 2 ? "mix" : "";
      const load = async (start, frames, rate) => new Float32Array((await bytes(`/api/jobs/${job}/audio/result${query({ start, frames, channels, rate: rate === take.sample_rate ? "" : rate })}`))[0]);
      if (this.#job !== job) return;
      const player = (this.#player = new Player([load], { frames: take.frames, rate: take.sample_rate, channels: take.channels > 2 ? 1 : take.channels }));
      player.addEventListener("time", () => !player.playing && player.ended && this.close());
      player.addEventListener("failed", ({ detail }) => this.#fail(detail.error));
      if (!(await player.play())) this.#fail(new Error("The browser allows sound after a click on the page"));
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error) {
    toast(error.message, "bad", error.hint ?? "");
    this.close();
  }

  close() {
    this.#player?.close();
    this.#player = null;
    if (this.#job) this.onChanged(0);
    this.#job = 0;
  }
}
