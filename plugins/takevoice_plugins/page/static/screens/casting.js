// Who speaks whom: a sheet that is written into the config, auditions, and results by another voice than now.

import { get, post } from "../core/api.js";
import { button, fill, h } from "../core/dom.js";
import { count, number } from "../core/format.js";
import { leaveOnEscape } from "../core/keys.js";
import { audition } from "../casting/audition.js";
import { review } from "../casting/changes.js";
import { blank } from "../casting/edits.js";
import { recast } from "../casting/recast.js";
import { Sample } from "../casting/sample.js";
import { Sheet } from "../casting/sheet.js";
import { exportSheet, readSheet } from "../casting/transfer.js";
import { askText, confirm, empty, report, skeleton, toast } from "../parts/dialog.js";

const TABS = [
  ["All", () => true],
  ["Not cast", (row) => !row.is_cast],
  ["By another voice", (row) => row.stale > 0],
  ["Not approved", (row) => row.is_cast && row.state !== "approved"],
];
const CHANGED = "Changed";
const ROWS = 300; // that are shown at first: each has many controls

export function show(root, { app }) {
  const screen = new CastingScreen(root, app);
  return { refresh: () => screen.refresh(), keys: screen.keys, close: () => screen.close() };
}

class CastingScreen {
  constructor(root, app) {
    Object.assign(this, { root, app, tab: TABS[0][0], rows: [], voices: [], most: ROWS });
    this.sample = new Sample((job) => this.sheet.hear(job));
    this.sheet = new Sheet(app.edits, {
      hear: (row) => this.sample.toggle(row.sample),
      audition: (row) => this.#audition(row),
      recast: (row) => this.#recast([row.character]),
      move: (row) => this.#osc(row, "move", `What was set for ${row.character} over OSC is in the config now`),
      remove: (row) => this.#osc(row, "remove", `${row.character} is as the config has it`),
    });
    this.#build();
    this.changed = () => this.#bar();
    app.edits.addEventListener("changed", this.changed);
    this.loading = setTimeout(() => fill(this.place, skeleton()), 200);
    this.refresh().then(() => app.sheet && this.#import(app.sheet));
    this.onKey = (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || document.querySelector("dialog[open]")) return;
      event.preventDefault();
      this.keys.w();
    };
    document.addEventListener("keydown", this.onKey);
    app.edits.adopt().then((count) => this.#adopted(count));
  }

  /** Says that changes are there again which a tab that was closed has left. */
  #adopted(characters) {
    if (!characters || this.closed) return;
    this.#draw();
    toast(`${count(characters, "character")} changed before and not written: the changes are there again`, "", "", true);
  }

  keys = { "/": () => this.search.focus(), w: () => this.app.edits.sheet().length && this.#write() };

  close() {
    this.closed = true;
    document.removeEventListener("keydown", this.onKey);
    this.sample.close();
    this.app.edits.removeEventListener("changed", this.changed);
  }

  #build() {
    const file = h("input", { type: "file", hidden: true, accept: ".csv,.tsv,.txt,text/csv,text/tab-separated-values", onchange: () => { if (file.files[0]) this.#import(file.files[0]); file.value = ""; } });
    this.tabs = h("div", { class: "tabs", role: "group", "aria-label": "Which characters" });
    this.search = h("input", { type: "search", placeholder: "Search characters", "aria-label": "Search characters", maxlength: 300, oninput: () => this.#draw(), onkeydown: leaveOnEscape });
    this.notes = h("div", {});
    this.place = h("div", { class: "place" });
    this.more = h("div", { class: "row foot" });
    this.bar = h("div", { class: "bulk", hidden: true, role: "region", "aria-label": "Changes" });
    this.where = h("p", { class: "muted" });
    fill(
      this.root,
      h("h1", { class: "unseen" }, "Casting"),
      h("div", { class: "row bar" }, this.tabs, h("span", { class: "grow" }), this.search, button("Add a character …", () => this.#add()), button("Import …", () => file.click(), { title: "A sheet as CSV or TSV; it can be dropped on the page, too" }), file, button("Export", () => exportSheet())),
      this.notes,
      this.place,
      this.more,
      this.bar,
      this.where,
    );
  }

  /** `now`: also while a list may be open. */
  async refresh(now = false) {
    try {
      const found = await get("/api/casting");
      clearTimeout(this.loading);
      const text = JSON.stringify(found);
      if (text === this.shown || this.closed) return;
      // A list that is open stays open: what is new is shown once another cell is chosen.
      if (!now && document.activeElement?.matches(".cast select")) {
        document.activeElement.addEventListener("blur", () => this.refresh(), { once: true });
        return;
      }
      this.shown = text;
      Object.assign(this, { rows: found.rows, voices: found.voices, found });
      this.#draw();
    } catch (error) {
      clearTimeout(this.loading);
      if (this.shown || !error.status) return report(error);
      fill(this.place, empty("✕", "The cast cannot be shown", error.message, error.hint, button("Try again", () => this.refresh(true))));
    }
  }

  /** All characters; those that a pattern stands for come after it. */
  get all() {
    const of = (glob) => this.rows.filter((row) => !row.cells.voice && row.source.endsWith(`[tracks."${glob}"]`));
    const globs = this.rows.filter((row) => row.is_glob).map((row) => [row, ...of(row.character)]);
    const below = new Set(globs.flatMap((rows) => rows.slice(1)));
    const ordered = this.rows.filter((row) => !below.has(row)).flatMap((row) => globs.find(([glob]) => glob === row) ?? [row]);
    return [...this.app.edits.added(this.rows).map(blank), ...ordered];
  }

  #draw() {
    const { found } = this;
    if (!found) return;
    const word = this.search.value.trim().toLowerCase();
    const { edits } = this.app;
    if (this.tab === CHANGED && !edits.size) this.tab = TABS[0][0];
    const chosen = this.tab === CHANGED ? (row) => edits.has(row.character) : TABS.find(([name]) => name === this.tab)[1];
    const shown = this.all.filter((row) => (row.is_new || chosen(row)) && row.character.toLowerCase().includes(word));
    this.#tabs();
    this.#notes();
    this.#bar();
    if (shown.length) {
      if (this.place.firstChild !== this.sheet.element) fill(this.place, this.sheet.element);
      this.sheet.show(shown.slice(0, this.most), this.voices);
    } else fill(this.place, this.#blank(word));
    fill(this.more, shown.length > this.most && [h("span", { class: "muted" }, `${number(this.most)} of ${number(shown.length)} characters. Search and the tabs find the others.`), button(`Show ${number(Math.min(ROWS, shown.length - this.most))} more`, () => { this.most += ROWS; this.#draw(); })]);
    fill(this.where, found.config ? ["The cast is in ", h("code", {}, found.config), ", and is written there with your comments kept."] : "There is no config file yet. The first change writes one.");
  }

  #blank(word) {
    if (!this.all.length) return empty("☺", "No characters yet", "They appear here with their first takes: the name of a file says whose take it is.", h("p", {}, "Or import a casting sheet, or add a character."));
    if (word) return empty("⌕", "No character has that name");
    return empty("✓", { "Not cast": "Every character has a voice", "By another voice": "All results are by the voices that are cast", "Not approved": "All voices are approved" }[this.tab] ?? "Nothing here");
  }

  #tabs() {
    const focused = this.tabs.contains(document.activeElement) ? document.activeElement.dataset.tab : null;
    const { size } = this.app.edits;
    const tabs = TABS.map(([name, test]) => [name, this.rows.filter(test).length]).concat(size ? [[CHANGED, size]] : []);
    fill(this.tabs, tabs.map(([name, rows]) => button([name, " ", h("span", { class: "n" }, number(rows))], () => { this.tab = name; this.#draw(); }, { "aria-pressed": String(this.tab === name), "data-tab": name })));
    if (focused) this.tabs.querySelector(`[data-tab="${focused}"]`)?.focus();
  }

  #notes() {
    const stale = this.rows.filter((row) => row.stale);
    const results = stale.reduce((sum, row) => sum + row.stale, 0);
    const focused = this.notes.contains(document.activeElement);
    fill(
      this.notes,
      results > 0 && h("div", { class: "banner warn row" }, h("span", { class: "grow" }, results === 1 ? "1 result is by another voice than its character has now." : `${number(results)} results are by another voice than their characters have now.`), button("Convert again …", () => this.#recast(stale.map((row) => row.character)))),
      this.found.voices_problem && h("p", { class: "banner warn" }, `The voices cannot be listed, so type their names; they are checked when takes are converted. ${this.found.voices_problem}`),
    );
    if (focused) this.notes.querySelector("button")?.focus();
  }

  #bar() {
    const { edits } = this.app;
    const size = edits.sheet().length;
    this.bar.hidden = !edits.size;
    const { faults } = edits;
    const text = size ? `${count(size, "character")} changed, not written yet` : "Choose a voice for the new character";
    const shown = `${text} ${faults}`;
    if (this.bar.hidden || this.bar.dataset.text === shown) return;
    this.bar.dataset.text = shown;
    fill(this.bar, h("strong", {}, text), faults > 0 && button(`⚠ ${count(faults, "cell")} cannot be written`, () => this.#toFault(), { class: "plain", title: "Goes there" }), h("span", { class: "grow" }), button("Undo all", () => this.#undo(), { class: "plain" }), button(["Review and write … ", h("kbd", {}, "W")], () => this.#write(), { class: "primary", disabled: !size }));
  }

  async #undo() {
    const { edits } = this.app;
    const asked = await confirm(`Undo the changes of ${count(edits.size, "character")}?`, ["They are written nowhere else."], "Undo all", { danger: true });
    if (!asked) return;
    edits.clear();
    this.#draw();
  }

  /** Shows the first cell that cannot be written. */
  #toFault() {
    if (!this.sheet.body.querySelector("[aria-invalid]")) {
      this.tab = CHANGED;
      this.search.value = "";
      this.most = Infinity;
      this.#draw();
    }
    this.sheet.body.querySelector("[aria-invalid]")?.focus();
  }

  async #write() {
    if (!(await review(this.app.edits.sheet()))) return;
    this.app.edits.clear();
    delete this.bar.dataset.text;
    this.shown = "";
    await this.refresh(true);
  }

  async #add() {
    const name = await askText("The character's name, or a pattern such as Guard *", "");
    if (!name) return;
    if (this.all.some((row) => row.character === name)) return toast(`${name} is there already`);
    this.app.edits.add(name);
    this.#draw();
    this.sheet.body.querySelector(`[data-cell="${CSS.escape(`voice ${name}`)}"]`)?.focus();
  }

  async #import(file) {
    this.app.sheet = null;
    const rows = await readSheet(file);
    if (!rows) return;
    if (!this.found) await this.refresh(true);
    this.app.edits.take(rows, this.rows);
    this.#draw();
    if (this.app.edits.sheet().length) await this.#write();
    else toast("Nothing changes: the cast is like that already");
  }

  async #audition(row) {
    const job = await audition(row, this.voices);
    if (job) this.app.go(`take/${job}`);
  }

  async #recast(characters) {
    if (await recast(characters, this.app.spends)) this.refresh();
  }

  async #osc(row, act, text) {
    try {
      await post("/api/casting/osc", { track: row.character, act });
      toast(text, "good");
    } catch (error) {
      report(error);
    }
    this.refresh();
  }
}
