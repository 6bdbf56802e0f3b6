// The frame of a station's page: with counts, what takevoice is doing, and the house where one was joined.

import { post } from "../core/api.js";
import { button, h, say } from "../core/dom.js";
import { ACTIVE, moment, number, span } from "../core/format.js";
import { announce, report } from "./dialog.js";
import { Frame } from "./frame.js";

const NAMES = { queue: "Queue", take: "Takes", casting: "Casting", held: "Held & money", history: "History", house: "House", settings: "Settings" };

/** Header, banners and the place for a screen. */
export class Shell extends Frame {
  constructor(app, keys) {
    const pause = button("Pause", () => this.#toggle(), { hidden: true });
    const money = h("span", { class: "money" });
    super({ title: "takevoice", home: { href: "#queue", label: "takevoice, to the queue" }, names: NAMES, keys, status: (state) => [money, state, pause] });
    Object.assign(this, { app, pause, money, seen: { lost: "", problem: "" } });
    const { link } = this.links.take;
    link.addEventListener("click", () => (link.href = app.lastTake ? `#take/${app.lastTake}` : "#take"));
    this.links.house.link.hidden = true;
  }

  /** Shows a new status. */
  update(status) {
    this.status = status;
    this.seen.problem = "";
    const active = ACTIVE.reduce((sum, state) => sum + (status.takes[state] ?? 0), 0); // takes, not candidates: as the tabs count
    this.#badge("queue", active);
    this.#badge("held", status.takes.held ?? 0);
    this.links.house.link.hidden = !status.house;
    const word = !status.running ? "not running" : status.paused ? "paused" : active ? "working" : "ready";
    this.say(word, status.running && !status.paused && status.eta ? ` · ${span(status.eta)} left` : "");
    this.pause.hidden = !status.running;
    say(this.pause, status.paused ? "Resume" : "Pause");
    this.pause.setAttribute("aria-label", `${this.pause.textContent} conversions`);
    this.pause.title = status.paused ? "" : "Finishes what is being converted, and starts nothing more";
    const money = status.paid ? status.money : null;
    say(this.money, money ? `${number(money.spent)}${money.cap === null ? "" : ` of ${number(money.cap)}`} credits today` : status.backend ? "free engine" : "");
    this.#banners();
  }

  /** Shows that the stream is lost, or back. */
  lost(is) {
    if (is && !this.seen.lost) announce("Connection to takevoice lost");
    if (!is && this.seen.lost) announce("Connected again");
    this.seen.lost = is ? moment(Date.now() / 1000) : "";
    this.#banners();
  }

  /** Shows what is wrong with the ledger. */
  problem(text) {
    this.seen.problem = text;
    this.#banners();
  }

  #badge(name, count) {
    const { badge } = this.links[name];
    badge.hidden = !count;
    say(badge, number(count));
  }

  #banners() {
    const { status, seen } = this;
    const lines = [];
    if (seen.lost) lines.push(["bad", `takevoice does not answer; this is what was there at ${seen.lost}. Trying again …`]);
    else if (status && !status.running) lines.push(["warn", "takevoice is not running. What you decide here is kept, and carried out by the next ", h("code", {}, "takevoice run"), "."]);
    if (seen.problem) lines.push(["bad", seen.problem]);
    if (status?.config_error) lines.push(["bad", `The config cannot be used: ${status.config_error}`]);
    for (const problem of status?.problems ?? []) lines.push(["warn", problem]);
    document.body.classList.toggle("lost", Boolean(seen.lost));
    this.banner(lines);
  }

  async #toggle() {
    this.pause.disabled = true;
    try {
      this.update((this.app.status = await post(this.status.paused ? "/api/resume" : "/api/pause")));
    } catch (error) {
      report(error);
    }
    this.pause.disabled = false;
  }
}
