// The event stream, read with fetch because EventSource cannot send the token. It runs while the page is visible.

import { send } from "./api.js";

const SILENT = 25_000; // milliseconds without a sign of life
const LONGEST = 5_000; // milliseconds between two tries

/** Dispatches "changed", "progress" and "problem" with `detail`, and "lost" and "back". */
export class Stream extends EventTarget {
  start() {
    document.addEventListener("visibilitychange", () => this.#toggle());
    this.#toggle();
  }

  #toggle() {
    if (document.hidden) this.#abort?.abort();
    else if (!this.#running) this.#run();
  }

  #abort = null;
  #running = false;
  #lost = false;

  async #run() {
    this.#running = true;
    let wait = 300;
    while (!document.hidden) {
      this.#abort = new AbortController();
      try {
        await this.#read(this.#abort, () => {
          wait = 300;
          if (this.#lost) this.#tell("back");
          this.#lost = false;
        });
      } catch (error) {
        if (error.status === 401) break;
      }
      if (document.hidden) break;
      if (!this.#lost) this.#tell("lost");
      this.#lost = true;
      await new Promise((done) => setTimeout(done, wait));
      wait = Math.min(LONGEST, wait * 1.6);
    }
    this.#running = false;
  }

  async #read(abort, onOpen) {
    const answer = await send("/api/events", { signal: abort.signal });
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let [timer, text] = [0, ""];
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => abort.abort(), SILENT);
    };
    onOpen();
    try {
      for (;;) {
        alive();
        const { value, done } = await reader.read();
        if (done) return;
        text += value;
        const parts = text.split("\n\n");
        text = parts.pop();
        parts.forEach((part) => this.#event(part));
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #event(text) {
    const name = /^event: (.+)$/m.exec(text);
    const data = /^data: (.+)$/m.exec(text);
    if (name && data && name[1] !== "bye") this.#tell(name[1], JSON.parse(data[1]));
  }

  #tell(name, detail = null) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
