// A table of jobs: pages of 100, selection, decisions about one, several, or all that match.

import { query } from "../core/api.js";
import { button, fill, h, later, marked } from "../core/dom.js";
import { codeOf, decide, decideAll, label, labelOf } from "../core/decide.js";
import { leaveOnEscape } from "../core/keys.js";
import { REASONS, STATES, clock, count, folderOf, inShort, moment, number } from "../core/format.js";
import { empty, report, skeleton } from "./dialog.js";
import { Listed, PAGE, pageOf } from "./listed.js";

const VERBS = ["release", "retry", "put_first", "cancel", "drop", "forget"];

/** `tabs`: [label, states, code]; `fixed`: conditions that always apply; `blank(filter)` returns what is shown where there is nothing. */
export class JobList {
  constructor(root, { app, title, values, path, tabs, columns, blank, extra = [], fixed = {} }) {
    Object.assign(this, { app, path, tabs, columns, blank, fixed });
    this.filter = { state: values.state ?? tabs[0][1], q: values.q ?? "", track: values.track ?? "", voice: values.voice ?? "", code: values.code ?? "", folder: values.folder ?? "" };
    this.pages = [0]; // `before` of each page up to the one that is shown
    this.selected = new Map();
    this.rows = new Map();
    this.#comeBack(values);
    this.#build(root, title, extra);
    this.refresh();
  }

  /** Shows what was shown when the list was left, unless something else is asked for. */
  #comeBack(values) {
    const kept = this.app.lists[this.path];
    if (!kept || (Object.keys(values).length && query(kept.filter) !== query(this.filter))) return;
    Object.assign(this, kept, { back: this.app.lastTake });
    history.replaceState(null, "", `#${this.path}${query(this.filter)}`);
  }

  /** Keeps what is shown for when it is shown again. */
  #keep() {
    const { filter, pages, selected } = this;
    this.app.lists[this.path] = { filter, pages, selected };
  }

  keys = {
    j: () => this.#move(1),
    k: () => this.#move(-1),
    x: () => this.#focused()?.box.click(),
    Enter: () => this.#focused() && this.app.go(`take/${this.#focused().job.id}`),
    "/": () => this.search.focus(),
  };

  #build(root, title, extra) {
    this.tabBar = h("div", { class: "tabs", role: "group", "aria-label": "Which jobs" });
    this.search = h("input", { type: "search", placeholder: "Search name, track, voice, reason", "aria-label": "Search", maxlength: 300, value: this.filter.q });
    this.search.addEventListener("keydown", leaveOnEscape);
    this.search.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowDown" && (event.key !== "Enter" || event.isComposing)) return;
      event.preventDefault();
      this.#focusRow(0);
    });
    this.search.addEventListener("input", later(() => this.#set({ q: this.search.value.trim() }), 200));
    this.chips = h("span", { class: "chips" });
    this.bulk = h("div", { class: "bulk", hidden: true });
    this.all = h("input", { type: "checkbox", "aria-label": "Select all on this page", onchange: () => this.#selectAll() });
    this.body = h("tbody");
    const heads = this.columns.map(([name, className]) => h("th", { scope: "col", class: className }, name));
    this.table = h("table", { class: "jobs" }, h("thead", {}, h("tr", {}, h("th", { class: "pick" }, h("label", {}, this.all)), heads, h("th", { class: "acts" }, h("span", { class: "unseen" }, "Actions")))), this.body);
    this.note = h("div", { class: "place" });
    this.foot = h("div", { class: "foot row" });
    fill(root, h("h1", { class: "unseen" }, title), h("div", { class: "bar row" }, this.tabBar, this.chips, h("span", { class: "grow" }), this.search, extra), h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Jobs" }, this.table), this.note, this.bulk, this.foot);
    this.loading = setTimeout(() => fill(this.note, skeleton()), 200);
  }

  /** Asks for the page that is shown. */
  async refresh() {
    const turn = (this.turn = (this.turn ?? 0) + 1);
    try {
      const before = this.pages.at(-1);
      const conditions = { ...this.filter, ...this.fixed };
      const found = await pageOf(conditions, before);
      const first = !before ? found : this.counts ? null : await pageOf(conditions, 0); // the counts come with the first page
      if (turn !== this.turn) return;
      this.next = found.next;
      if (first) Object.assign(this, { counts: first.counts, total: first.total, unpicked: first.unpicked });
      this.app.listed = new Listed(conditions, this.pages, found, this.total);
      this.#keep();
      this.#show(found.jobs);
    } catch (error) {
      report(error);
    }
    clearTimeout(this.loading);
  }

  /** Shows how far conversions are, by number. */
  progress(shares) {
    for (const [id, share] of shares) {
      const row = this.rows.get(id);
      if (row?.bar) row.bar.value = share;
    }
  }

  #show(jobs) {
    this.jobs = jobs;
    const place = [...this.rows.values()].findIndex((row) => row.element.contains(document.activeElement));
    const kept = new Map();
    let at = this.body.firstChild;
    for (const job of jobs) {
      const signature = JSON.stringify(job);
      const old = this.rows.get(job.id);
      const row = old?.signature === signature ? old : this.#row(job, signature);
      if (old && old !== row) {
        const focused = old.element.contains(document.activeElement) ? document.activeElement.dataset.part : null;
        if (at === old.element) at = row.element;
        old.element.replaceWith(row.element);
        if (focused) (row.element.querySelector(`[data-part="${focused}"]`) ?? row.element.querySelector("a")).focus();
      }
      if (at === row.element) at = at.nextSibling;
      else this.body.insertBefore(row.element, at);
      kept.set(job.id, row);
    }
    for (const [id, row] of this.rows) if (!kept.has(id)) row.element.remove();
    this.rows = kept;
    for (const id of this.selected.keys()) if (kept.has(id)) this.selected.set(id, kept.get(id).job);
    if (place >= 0 && document.activeElement === document.body) this.#focusRow(place); // the next one, where that row is gone
    this.#tabs();
    this.#bulk();
    this.#foot();
    clearTimeout(this.loading);
    fill(this.note, jobs.length ? null : this.blank(this.filter));
    this.table.hidden = !jobs.length;
    const left = this.back ? kept.get(this.back)?.element.querySelector("a") : null;
    this.back = 0;
    left?.focus();
    left?.scrollIntoView({ block: "center" });
  }

  #row(job, signature) {
    const box = h("input", { type: "checkbox", "data-part": "box", "aria-label": `Select ${job.name}`, checked: this.selected.has(job.id), onchange: () => this.#select(job, box.checked) });
    const row = { job, signature, box, bar: null };
    const cells = this.columns.map(([title, className, cell]) => h("td", { class: className, "data-head": title }, cell(job, row)));
    const code = codeOf([job]);
    const acts = (job.state === "done" ? [] : job.choices).filter(({ verb }) => verb !== "forget").slice(0, 2).concat(job.state === "queued" ? [{ verb: "put_first", meaning: "begins it before all others" }] : []).map(({ verb, meaning }) => button(label(verb, job.state, code), () => this.#decide(verb, [job]), { title: meaning, class: "small", "data-part": verb }));
    row.element = h("tr", { "data-job": job.id, class: job.state }, h("td", { class: "pick" }, h("label", {}, box)), cells, h("td", { class: "acts" }, h("span", { class: "row end" }, acts)));
    return row;
  }

  #tabs() {
    const counts = this.counts ?? {};
    const isOn = ([, states, code = ""]) => states === this.filter.state && (code === this.filter.code || (!code && !this.tabs.some((tab) => tab[2] && tab[2] === this.filter.code)));
    const of = (states) => (states ? states.split(",") : Object.keys(counts)).reduce((sum, state) => sum + (counts[state] ?? 0), 0);
    const shown = this.tabs.filter((tab) => !tab[2] || this.unpicked || isOn(tab));
    const made = shown.map((tab) => button([tab[0], " ", h("span", { class: "n" }, number(tab[2] ? this.unpicked : of(tab[1])))], () => this.#set({ state: tab[1], code: tab[2] ?? "" }), { "aria-pressed": String(isOn(tab)), "data-state": tab[0] }));
    const focused = this.tabBar.contains(document.activeElement) ? document.activeElement.dataset.state : null;
    fill(this.tabBar, made);
    if (focused !== null) made.find((each) => each.dataset.state === focused)?.focus();
    const chips = ["track", "voice", "code", "folder"].filter((key) => this.filter[key] && !(key === "code" && this.tabs.some((tab) => tab[2] === this.filter.code)));
    const text = (key) => (key === "code" ? REASONS[this.filter.code] ?? this.filter.code : `${key}: ${this.filter[key]}`);
    fill(this.chips, chips.map((key) => button(`${text(key)} ×`, () => this.#set({ [key]: "" }), { class: "chip", "aria-label": `Remove the condition ${key}: ${this.filter[key]}` })));
  }

  #set(change) {
    Object.assign(this.filter, change);
    this.pages = [0];
    this.selected.clear();
    history.replaceState(null, "", `#${this.path}${query(this.filter)}`);
    this.refresh();
  }

  /** Restricts the list to one more condition. */
  narrow(key, value) {
    this.#set({ [key]: value });
  }

  #select(job, on) {
    if (on) this.selected.set(job.id, job);
    else this.selected.delete(job.id);
    this.#bulk();
  }

  #selectAll() {
    for (const row of this.rows.values()) {
      row.box.checked = this.all.checked;
      if (this.all.checked) this.selected.set(row.job.id, row.job);
      else this.selected.delete(row.job.id);
    }
    this.#bulk();
  }

  #bulk() {
    const chosen = [...this.selected.values()];
    this.all.checked = chosen.length > 0 && [...this.rows.keys()].every((id) => this.selected.has(id));
    this.all.indeterminate = chosen.length > 0 && !this.all.checked;
    this.bulk.hidden = !chosen.length;
    this.#keep();
    const shown = JSON.stringify([chosen, this.all.checked, this.next]);
    if (shown === this.bulk.shown) return; // what is focused stays focused while other jobs change
    this.bulk.shown = shown;
    if (!chosen.length) return fill(this.bulk);
    const can = (verb) => chosen.filter((job) => (verb === "put_first" ? job.state === "queued" : job.choices.some((choice) => choice.verb === verb)));
    const acts = VERBS.map((verb) => [verb, can(verb)]).filter(([, jobs]) => jobs.length);
    const everything = this.all.checked && this.next ? acts.filter(([verb]) => verb !== "retry" || this.#failed()).map(([verb]) => button(verb === "retry" ? "Try again: all that failed and match …" : `${label(verb, "", this.filter.code)}: all that match …`, () => this.#decideAll(verb), { class: "plain" })) : [];
    fill(this.bulk, h("strong", {}, `${number(chosen.length)} selected`), acts.map(([verb, jobs]) => button(labelOf(verb, number(jobs.length), codeOf(jobs)), () => this.#decide(verb, jobs))), everything, h("span", { class: "grow" }), button("Clear", () => this.#clear(), { class: "plain" }));
  }

  /** True where jobs have failed: only these are all started again; what is done would be made twice. */
  #failed() {
    return this.filter.state ? /failed|cancelled/.test(this.filter.state) : Boolean(this.counts?.failed);
  }

  #clear() {
    this.selected.clear();
    for (const row of this.rows.values()) row.box.checked = false;
    this.#bulk();
  }

  async #decide(verb, jobs) {
    if (await decide(verb, jobs, this.app.spends)) this.#after();
  }

  async #decideAll(verb) {
    if (await decideAll(verb, { ...this.filter, ...this.fixed }, this.app.spends)) this.#after();
  }

  #after() {
    this.#clear();
    this.refresh();
    this.app.refreshStatus();
  }

  #foot() {
    const total = this.total ?? 0;
    const first = (this.pages.length - 1) * PAGE;
    const shown = total > PAGE && this.jobs.length ? `${number(first + 1)}–${number(first + this.jobs.length)} of ${number(total)}` : "";
    const newer = button("Newer", () => this.#turn(-1), { disabled: this.pages.length < 2, "data-part": "newer" });
    const older = button("Older", () => this.#turn(1), { disabled: !this.next, "data-part": "older" });
    const focused = this.foot.contains(document.activeElement) ? document.activeElement.dataset.part : null;
    fill(this.foot, h("span", { class: "muted" }, shown), total > PAGE ? [newer, older] : null);
    if (focused) this.foot.querySelector(`[data-part="${focused}"]`)?.focus();
  }

  #turn(by) {
    if (by > 0) this.pages.push(this.next);
    else this.pages.pop();
    this.refresh();
    this.table.scrollIntoView({ block: "start" });
  }

  #focused() {
    const element = document.activeElement?.closest?.("tr[data-job]");
    return element ? this.rows.get(Number(element.dataset.job)) : null;
  }

  #move(by) {
    const ids = [...this.rows.keys()];
    const at = this.#focused() ? ids.indexOf(this.#focused().job.id) + by : by > 0 ? 0 : ids.length - 1;
    this.#focusRow(at);
  }

  /** Focuses the take in a row, or in the last one where there are fewer. */
  #focusRow(at) {
    const rows = [...this.rows.values()];
    rows[Math.max(0, Math.min(rows.length - 1, at))]?.element.querySelector("a")?.focus();
  }
}

const nameOf = (path) => path.split(/[\\/]/).pop();

/** Cells that lists share. */
export const CELLS = {
  state: (job) => {
    const state = job.state === "queued" && job.candidates?.[2] > 0 ? "converting" : job.state; // its candidates are
    const [icon, word] = job.stopping ? ["◌", "stopping"] : STATES[state];
    return h("span", { class: `state ${state}` }, h("span", { "aria-hidden": "true" }, icon), ` ${word}`);
  },
  name: (job) => h("a", { href: `#take/${job.id}`, title: job.path, "data-part": "name" }, h("bdi", {}, inShort(job.name)), h("small", {}, job.candidate ? `candidate ${job.candidate} · ` : job.origin === "audition" ? "audition · " : "", folderOf(job.source))),
  detail: (job, row) => {
    if (job.candidates && job.state === "queued") {
      const [all, done, share] = job.candidates;
      return [h("progress", { max: 1, value: share, "aria-label": `Progress of ${job.name}` }), ` ${done} of ${all}`];
    }
    if (job.state === "converting" || job.state === "restoring") {
      row.bar = h("progress", { max: 1, value: job.progress, "aria-label": `Progress of ${job.name}` });
      return row.bar;
    }
    if (job.state === "done" && job.output) return [h("bdi", { title: job.output }, `→ ${inShort(nameOf(job.output))}`), job.why && h("span", { class: "why" }, marked(`: ${job.why}`))];
    if (job.state === "held" && job.code === "pick") return h("a", { href: `#take/${job.id}` }, `Pick from ${count(job.candidates?.[1] ?? 0, "candidate")}`);
    if (job.state === "cancelled" && job.code === "pick") return h("span", { class: "why" }, "none of its candidates was picked");
    return h("span", { class: "why" }, marked(job.why));
  },
  length: (job) => (job.seconds ? clock(job.seconds) : ""),
  price: (job) => (job.price ? number(job.price) : job.spent ? number(job.spent) : ""),
  when: (job) => h("time", { datetime: new Date(job.changed * 1000).toISOString() }, moment(job.changed)),
};

export const nothing = (filter, what) =>
  filter.q || filter.track || filter.voice || filter.code ? empty("⌕", "Nothing matches", "Other words, or fewer conditions, may find it.") : what();

