// What a house does: who waits, whose turn it is, what is held, workers and credits. It changes nothing.
// The page of a station shows it, and that of the house's server: `app.askHouse(by)` returns the answer to
// GET /house/v1/overview, or raises an error with `message` and `hint`. The house is asked only while this is seen.

import { become, fill, h, marked } from "../core/dom.js";
import { count, inShort, moment, number, span } from "../core/format.js";
import { empty, skeleton } from "../parts/dialog.js";

const EVERY = 2_000; // milliseconds between two questions
const LONGEST = 15_000; // where there is no answer
const BY = ["person", "project", "voice", "day"];
const NEAR = 0.9; // of a cap
const JOIN = h("code", {}, "takevoice join ADDRESS KEY");

export function show(root, { app }) {
  const screen = new House(root, app);
  screen.start();
  return screen;
}

class House {
  constructor(root, app) {
    Object.assign(this, { app, by: BY[0], wait: EVERY, open: true });
    this.problem = h("div", { role: "status" });
    this.place = h("div", { class: "house" });
    fill(root, h("h1", {}, "The house"), this.problem, this.place);
    this.place.addEventListener("click", (event) => {
      const chosen = event.target.closest("[data-by]");
      if (chosen) this.#choose(chosen.dataset.by);
    });
    this.onVisible = () => document.hidden || this.#ask();
  }

  start() {
    this.loading = setTimeout(() => fill(this.place, skeleton()), 200);
    document.addEventListener("visibilitychange", this.onVisible);
    this.#ask();
  }

  close() {
    this.open = false;
    clearTimeout(this.timer);
    clearTimeout(this.loading);
    document.removeEventListener("visibilitychange", this.onVisible);
  }

  #choose(by) {
    this.by = by;
    this.#ask();
  }

  async #ask() {
    clearTimeout(this.timer);
    const turn = (this.turn = (this.turn ?? 0) + 1);
    try {
      const found = await this.app.askHouse(this.by);
      if (!this.open || turn !== this.turn) return;
      this.wait = EVERY;
      this.#show(found);
    } catch (error) {
      if (!this.open || turn !== this.turn) return;
      this.wait = Math.min(LONGEST, this.wait * 1.6);
      this.#failed(error);
    }
    if (!document.hidden) this.timer = setTimeout(() => this.#ask(), this.wait);
  }

  #show(found) {
    clearTimeout(this.loading);
    this.at = Date.now() / 1000;
    become(this.problem, h("div", { role: "status" }, found.closed ? h("p", { class: "banner warn" }, marked(found.closed)) : null));
    const parts = [whose(found), figures(found), held(found), queue(found), workers(found), ...today(found), costs(found, this.by)];
    become(this.place, h("div", { class: "house" }, parts.map((part) => part ?? h("section", { hidden: true })))); // each keeps its place
    this.app.houseSeen?.(found);
  }

  #failed(error) {
    clearTimeout(this.loading);
    const none = error.code === "no_house";
    if (none || !this.at) fill(this.place, none ? notJoined() : empty("⌂", "The house cannot be shown"));
    if (none) return void fill(this.problem);
    const before = this.at ? ` This is what was there at ${moment(this.at)}.` : "";
    const text = `${sentence(error.message)}.${error.hint ? ` ${sentence(error.hint)}.` : ""}${before} Trying again …`;
    become(this.problem, h("div", { role: "status" }, h("p", { class: "banner bad" }, marked(text))));
    this.app.houseSeen?.(null);
  }
}

const sentence = (text) => (text[0].toUpperCase() + text.slice(1)).replace(/\.$/, "");
const notJoined = () => empty("⌂", "This station has not joined a house", "A house is one server with the account's key, for all editors. Its owner gives you an address and a key:", h("p", {}, JOIN.cloneNode(true)));
const open = (row) => row.waiting + row.under_way + row.in_doubt;
const sum = (rows, value) => rows.reduce((all, row) => all + value(row), 0);
const name = (text) => (text ? h("bdi", { title: text }, inShort(text, 40)) : "–");
const th = (place) => `${place}${{ 1: "st", 2: "nd", 3: "rd" }[place % 100 > 10 && place % 100 < 14 ? 0 : place % 10] ?? "th"}`;
const turn = (place) => (place === 1 ? "next" : place ? th(place) : "");
const about = (seconds) => (seconds === null || seconds === undefined ? "" : `about ${span(Math.max(1, seconds))}`);
const share = (value, cap) => (cap === null || cap === undefined ? "" : value >= cap ? "reached" : value >= NEAR * cap ? "nearly reached" : "");

/** Whose view this is, and of which house. */
function whose(found) {
  const at = found.url ? [" at ", h("bdi", { class: "path" }, found.url)] : "";
  return h("p", { class: "muted" }, found.admin ? "You see everything" : "You see your own takes and credits", at, ", as ", h("bdi", {}, found.name), ".");
}

const figure = (title, value, note = "", kind = null) => h("div", { class: "figure" }, h("dt", {}, title), h("dd", {}, value, note ? h("small", { class: kind }, note) : null));
const of = (used, cap) => (cap === null || cap === undefined ? number(used) : `${number(used)} of ${number(cap)}`);

function figures(found) {
  const { made, joined, kept } = found.given;
  const waiting = sum(found.queue, open);
  const there = sum(found.people, (each) => each.at_station);
  const longest = Math.max(0, ...found.people.map((each) => each.done_in ?? 0));
  const next = found.queue.find((row) => row.turn === 1);
  const cap = found.admin ? found.per_day : found.people.find((each) => each.name === found.name)?.cap;
  return h(
    "dl",
    { class: "figures" },
    figure("Waiting or under way", number(waiting), [there ? `${number(there)} more at the stations` : "", found.people.some((each) => each.over_a_cap) ? "a cap stops some of it today" : longest ? `done in ${about(longest)}` : ""].filter(Boolean).join(", ")),
    found.admin && next ? figure("Next", name(next.person)) : null,
    found.paid ? figure("Slots of the account", `${found.in_use} of ${found.slots}`, "in use") : null,
    figure("Credits today", of(found.today, cap), share(found.today, cap) ? `the cap is ${share(found.today, cap)}` : "used or reserved", share(found.today, cap) && "warn"),
    figure("Held", number(found.held.length), found.held.length ? "the house's owner decides" : "", "warn"),
    figure("Answers in 24 hours", number(made + joined + kept), `${number(joined + kept)} of them given again, for nothing`),
  );
}

/** A table, or what to say where it is empty. `columns`: [title, value(row), class]; empty cells are not shown on a phone. */
function table(title, columns, rows, blank, { above = null, note = null } = {}) {
  if (!rows.length) return h("section", {}, h("h2", {}, title), above, h("p", { class: "muted" }, blank), note);
  const shown = columns.filter(Boolean);
  const cells = (row) => shown.map(([head, value, kind], column) => h(column ? "td" : "th", { class: kind, scope: column ? null : "row", "data-head": head }, value(row)));
  const heads = h("tr", {}, shown.map(([head, , kind]) => h("th", { scope: "col", class: kind }, head)));
  return h(
    "section",
    {},
    h("h2", {}, title),
    above,
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title }, h("table", { class: "stack" }, h("thead", {}, heads), h("tbody", {}, rows.map((row) => h("tr", {}, cells(row)))))),
    note,
  );
}

/** The queue by person and project; with those of whom only their stations have something. */
function queue(found) {
  const known = new Set(found.queue.map((row) => row.person));
  const lane = new Set(found.queue.map((row) => row.lane)).size > 1;
  const rest = { lane: "", waiting: 0, under_way: 0, in_doubt: 0, held: 0, seconds: 0, oldest: null, turn: null };
  const idle = found.people.filter((each) => each.at_station && !known.has(each.name)).map((each) => ({ ...rest, person: each.name, project: each.project, done_in: each.done_in }));
  const first = (row) => found.queue.find((each) => each.person === row.person) === row || !known.has(row.person); // its station is that of all its rows
  const station = (row) => (first(row) ? found.people.find((each) => each.name === row.person) : null);
  const some = (value) => (value ? number(value) : "");
  const any = (value) => found.queue.some(value);
  const columns = [
    ["Person", (row) => name(row.person)],
    ["Project", (row) => name(row.project), "named"],
    lane && ["Lane", (row) => row.lane],
    ["Turn", (row) => turn(row.turn)],
    ["Waiting", (row) => some(row.waiting), "number"],
    ["Under way", (row) => some(row.under_way), "number"],
    any((row) => row.in_doubt) && ["In doubt", (row) => some(row.in_doubt), "number"],
    any((row) => row.held) && ["Held", (row) => some(row.held), "number"],
    found.people.some((each) => each.at_station) && ["Not sent yet", (row) => (station(row)?.at_station ? [`${number(station(row).at_station)} (${span(station(row).at_station_seconds)})`, station(row).over_a_cap && h("small", { class: "warn" }, "more than a cap allows")] : ""), "number"],
    ["Audio", (row) => (row.seconds ? span(row.seconds) : ""), "number"],
    ["Oldest", (row) => (row.oldest === null ? "" : span(row.oldest)), "number"],
    ["Done in", (row) => about(row.done_in), "number"],
  ];
  const rows = [...found.queue, ...idle].sort((one, other) => (one.turn ?? Infinity) - (other.turn ?? Infinity) || 0);
  const note = any((row) => row.in_doubt) ? h("p", { class: "muted" }, "In doubt: the answer was lost, and the account's history is asked for it.") : null;
  return table("Waiting and under way", columns, rows, "Nothing waits.", { note });
}

function held(found) {
  if (!found.held.length) return null;
  const columns = [
    ["Person", (row) => name(row.person)],
    ["Project", (row) => name(row.project), "named"],
    ["Voice", (row) => name(row.voice), "named"],
    ["Length", (row) => span(row.seconds), "number"],
    ["Credits", (row) => number(row.credits), "number"],
    ["Since", (row) => moment(row.created), "since"],
    ["Why, and what decides", (row) => [marked(row.why), h("div", {}, h("code", { class: "copy" }, `takevoice house release ${row.id}`))], "detail"],
  ];
  const note = h("p", { class: "muted" }, "On the server's machine, this command sends the request again, which may be paid twice: look at the account's history first. With ", h("code", {}, "--drop"), ", it refuses it.");
  return table("Held", columns, found.held, "", { note });
}

function workers(found) {
  if (!found.workers) return null;
  const alive = found.workers.filter((each) => each.state !== "silent").length;
  const columns = [
    ["Worker", (row) => name(row.name)],
    ["Machine", (row) => name(row.host), "named"],
    ["Queue", (row) => row.queue],
    ["State", (row) => h("span", { class: row.state === "silent" ? "bad" : null }, inShort(row.state))],
    ["Converts", (row) => row.doing.map((each) => h("div", {}, h("bdi", { title: each }, inShort(each)))), "detail"],
    ["Slots", (row) => number(row.slots), "number"],
    ["Done", (row) => number(row.done), "number"],
    ["Audio", (row) => span(row.audio_seconds), "number"],
    ["Heard", (row) => `${span(row.seconds_ago)} ago`, "number"],
  ];
  return table(found.workers.length ? `Workers: ${number(alive)} of ${number(found.workers.length)} alive` : "Workers", columns, found.workers, "No worker was heard of in the last day: free takes wait for one.");
}

/** Credits of today against caps, by person and by project. */
function today(found) {
  const used = (each) => each.today || each.cap !== null;
  const columns = (title) => [
    [title, (row) => name(row.name)],
    ["Credits", (row) => number(row.today), "number"],
    ["Cap", (row) => (row.cap === null ? "none" : number(row.cap)), "number"],
    ["Share", (row) => (row.cap === null ? "" : [row.cap ? h("meter", { min: 0, max: row.cap, value: Math.min(row.today, row.cap), "aria-hidden": "true" }) : "", share(row.today, row.cap) && h("small", { class: row.today >= row.cap ? "bad" : "warn" }, share(row.today, row.cap))]), "meter"],
  ];
  const most = (one, other) => other.today - one.today || (one.name < other.name ? -1 : 1);
  const people = found.people.filter(used).sort(most);
  const others = found.people.length - people.length;
  const note = people.length ? h("p", { class: "muted" }, "Used or reserved.", others ? ` ${count(others, "other")} without a cap used nothing today.` : "") : null;
  const projects = found.projects.length ? table("Credits of today by project", columns("Project"), [...found.projects].sort(most), "") : null;
  return [table("Credits of today by person", columns("Person"), people, "Nothing was used today.", { note }), projects];
}

function costs(found, by) {
  if (!found.admin) return null;
  const columns = [
    [`By ${by}`, (row) => name(row.name)],
    ["Credits", (row) => number(row.credits), "number"],
    ["Reserved", (row) => number(row.reserved), "number"],
    ["Requests", (row) => number(row.requests), "number"],
  ];
  const above = h("div", { class: "tabs", role: "group", "aria-label": "Costs by" }, BY.map((each) => h("button", { type: "button", "aria-pressed": String(each === by), "data-by": each }, each)));
  return table("Paid so far", columns, found.costs, "Nothing was billed yet.", { above });
}
