// The event stream, read with fetch because EventSource cannot send the token.
//
// A browser opens six connections to a server at most, for all its tabs together. So one tab, which holds a lock, reads the
// stream and passes it on to the others; when it is closed, another one takes over.

import { send } from "./api.js";

const SILENT = 25_000; // milliseconds without a sign of life
const LONGEST = 5_000; // milliseconds between two tries

/** Dispatches "changed", "progress" and "problem" with `detail`, and "lost" and "back". */
export class Stream extends EventTarget {
  start() {
    this.#channel.onmessage = ({ data }) => this.#dispatch(data.name, data.detail);
    navigator.locks.request("takevoice-stream", () => this.#run());
    document.addEventListener("visibilitychange", () => document.hidden || this.#dispatch("changed", null));
  }

  #channel = new BroadcastChannel("takevoice-stream");
  #lost = false;

  async #run() {
    let wait = 300;
    for (;;) {
      try {
        await this.#read(() => {
          wait = 300;
          if (this.#lost) this.#tell("back");
          this.#lost = false;
        });
      } catch (error) {
        if (error.status === 401) return;
      }
      if (!this.#lost) this.#tell("lost");
      this.#lost = true;
      await new Promise((done) => setTimeout(done, wait));
      wait = Math.min(LONGEST, wait * 1.6);
    }
  }

  async #read(onOpen) {
    const abort = new AbortController();
    let [timer, text] = [0, ""];
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => abort.abort(), SILENT);
    };
    alive();
    try {
      const answer = await send("/api/events", { signal: abort.signal });
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      onOpen();
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        alive();
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
    this.#channel.postMessage({ name, detail });
    this.#dispatch(name, detail);
  }

  #dispatch(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
