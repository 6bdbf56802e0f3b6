// The frame: navigation with counts, what takevoice is doing, and banners.

import { post } from "../core/api.js";
import { button, fill, h, marked, say } from "../core/dom.js";
import { ACTIVE, moment, number, span } from "../core/format.js";
import { announce, report } from "./dialog.js";

const NAMES = { queue: "Queue", take: "Takes", casting: "Casting", held: "Held & money", history: "History", settings: "Settings" };

/** Header, banners and the place for a screen. */
export class Shell {
  constructor(app, keys) {
    this.app = app;
    this.links = Object.fromEntries(
      Object.entries(NAMES).map(([name, text]) => {
        const badge = h("span", { class: "badge", hidden: true });
        const link = h("a", { href: `#${name}`, "aria-keyshortcuts": keys[name] }, text, " ", badge);
        if (name === "take") link.addEventListener("click", () => (link.href = app.lastTake ? `#take/${app.lastTake}` : "#take"));
        return [name, { link, badge }];
      }),
    );
    this.state = h("span", { class: "daemon" });
    this.pause = button("Pause", () => this.#toggle(), { hidden: true });
    this.money = h("span", { class: "money" });
    this.banners = h("div", { class: "banners", role: "status" });
    this.main = h("main", { id: "main", tabindex: "-1" });
    const links = Object.values(this.links).map(({ link }) => link);
    const header = h(
      "header",
      {},
      h("a", { href: "#queue", class: "brand", "aria-label": "takevoice, to the queue" }, h("img", { src: "/icon.svg", alt: "", width: 22, height: 22 }), h("span", {}, "takevoice")),
      h("nav", { "aria-label": "Screens" }, links),
      h("div", { class: "status" }, this.money, this.state, this.pause),
    );
    this.elements = [h("a", { href: "#main", class: "skip", onclick: (event) => { event.preventDefault(); this.main.focus(); } }, "To the content"), header, this.banners, this.main];
    this.seen = { lost: "", problem: "" };
  }

  /** Marks the screen that is shown. */
  select(name) {
    for (const [each, { link }] of Object.entries(this.links)) {
      if (each === name) {
        link.setAttribute("aria-current", "page");
        link.scrollIntoView({ block: "nearest", inline: "nearest" }); // on a phone, the row of links scrolls
      } else link.removeAttribute("aria-current");
    }
    document.title = `${NAMES[name]} · takevoice`;
  }

  /** Shows a new status. */
  update(status) {
    this.status = status;
    this.seen.problem = "";
    const active = ACTIVE.reduce((sum, state) => sum + (status.takes[state] ?? 0), 0); // takes, not candidates: as the tabs count
    this.#badge("queue", active);
    this.#badge("held", status.takes.held ?? 0);
    const word = !status.running ? "not running" : status.paused ? "paused" : active ? "working" : "ready";
    this.state.className = `daemon ${word.replace(" ", "-")}`;
    const eta = status.running && !status.paused && status.eta ? ` · ${span(status.eta)} left` : "";
    say(this.state, `${word}${eta}`);
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
    const text = JSON.stringify(lines.map((line) => line.map(String)));
    if (text === this.shown) return;
    this.shown = text;
    fill(this.banners, lines.map(([kind, ...rest]) => h("p", { class: `banner ${kind}` }, rest.map((part) => (typeof part === "string" ? marked(part) : part)))));
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
