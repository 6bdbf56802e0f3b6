// What waits for a decision, by reason and with its price; and what was spent.

import { get, query } from "../core/api.js";
import { button, fill, h } from "../core/dom.js";
import { saveCsv } from "../core/csv.js";
import { decideAll, label, labelOf } from "../core/decide.js";
import { REASONS, count, number, price, span } from "../core/format.js";
import { empty, report, skeleton } from "../parts/dialog.js";

const OBVIOUS = new Set(["converts it", "leaves it unconverted", "uses the first one", "uses none of them", "tries again", "sends it again", "converts it here", "discards it", "publishes it nevertheless", "converts it again"]); // the buttons say so
const PICK = "pick";
const SPANS = [["7 days", 7], ["30 days", 30], ["a year", 365], ["all", 0]];

export function show(root, { app }) {
  const groups = h("section", { "aria-labelledby": "held-title" });
  const money = h("section", { "aria-labelledby": "money-title" });
  fill(root, h("h1", { id: "held-title" }, "Waits for you"), groups, h("h1", { id: "money-title" }, "Money"), money);
  const loading = setTimeout(() => fill(groups, skeleton(3)), 200);
  const spent = new Spent(money);
  const refresh = async () => {
    try {
      const found = await get("/api/held");
      clearTimeout(loading);
      const text = JSON.stringify([found, app.spends]);
      if (groups.dataset.shown === text) return;
      groups.dataset.shown = text;
      fill(groups, found.groups.length ? h("div", { class: "cards" }, found.groups.map((group) => card(group, app, refresh))) : empty("✓", "Nothing waits for you"));
    } catch (error) {
      report(error);
    }
    spent.refresh();
  };
  refresh();
  return { refresh };
}

function card(group, app, refresh) {
  const decide = async (verb) => {
    if (await decideAll(verb, { state: "held", code: group.code }, app.spends, verb === "release" && group.price > 0 && app.spends ? `This costs ${price(group.price)} at most.` : "")) {
      app.refreshStatus();
      refresh();
    }
  };
  const known = group.price > 0 || group.seconds > 0;
  const cost = group.code === PICK ? "made already" : !app.spends ? "free" : known ? price(group.price) : "price not known yet";
  const special = group.choices.filter(({ meaning }) => !OBVIOUS.has(meaning));
  return h(
    "article",
    { class: "card" },
    h("h2", {}, REASONS[group.code] ?? group.code),
    h("p", { class: "big" }, count(group.jobs, "take"), h("span", { class: "muted" }, group.seconds ? ` · ${span(group.seconds)} · ${cost}` : ` · ${cost}`)),
    special.length > 0 && h("dl", { class: "choices" }, special.map(({ verb, meaning }) => [h("dt", {}, label(verb, "", group.code)), h("dd", {}, meaning)])),
    h("div", { class: "row" }, group.choices.map(({ verb }, index) => button(`${labelOf(verb, number(group.jobs), group.code)} …`, () => decide(verb), { class: index || group.code === PICK ? "" : "primary" })), h("a", { href: `#queue${query({ state: "held", code: group.code })}` }, group.code === PICK ? "Listen and pick" : "Show them")),
  );
}

/** A table of what was spent, with bars. */
class Spent {
  constructor(root) {
    this.by = "day";
    this.days = 30;
    this.choose = h("select", { "aria-label": "Added up by", onchange: () => this.#set({ by: this.choose.value }) }, ["day", "character", "folder", "voice"].map((each) => h("option", { value: each }, `by ${each}`)));
    this.span = h("select", { "aria-label": "Time", onchange: () => this.#set({ days: Number(this.span.value) }) }, SPANS.map(([name, days]) => h("option", { value: days, ...(days === 30 ? { selected: true } : {}) }, name)));
    this.table = h("div");
    this.save = button("Save as CSV", () => saveCsv(`takevoice-costs-by-${this.by}.csv`, [[this.by, "takes", "requests", "seconds", "minutes", "credits", "outcome unknown", "saved"], ...this.rows.map((row) => [row.key, row.jobs, row.requests, row.seconds.toFixed(1), (row.seconds / 60).toFixed(2), row.credits, row.unknown, row.saved])]));
    fill(root, h("div", { class: "row bar" }, this.choose, this.span, h("span", { class: "grow" }), this.save), this.table);
  }

  #set(change) {
    Object.assign(this, change);
    this.refresh();
  }

  async refresh() {
    const since = this.days ? Date.now() / 1000 - this.days * 86400 : 0;
    try {
      this.rows = (await get(`/api/money${query({ by: this.by, since })}`)).rows;
    } catch (error) {
      return report(error);
    }
    this.save.disabled = !this.rows.length;
    if (!this.rows.length) return fill(this.table, empty("○", "Nothing was sent to a paid backend", "Conversions by takevoice's own engine are free."));
    const most = Math.max(...this.rows.map((row) => row.credits), 1);
    const total = this.rows.reduce((sum, row) => sum + row.credits, 0);
    const line = (row) => h("tr", {}, h("th", { scope: "row" }, h("bdi", {}, row.key || "not known")), h("td", { class: "meter" }, h("meter", { min: 0, max: most, value: row.credits, "aria-hidden": "true" })), h("td", { class: "number" }, number(row.credits)), h("td", { class: "number" }, number(row.jobs)), h("td", { class: "number" }, span(row.seconds)), h("td", { class: "number" }, row.unknown ? number(row.unknown) : ""), h("td", { class: "number" }, row.saved ? number(row.saved) : ""));
    const saved = this.rows.reduce((sum, row) => sum + row.saved, 0);
    const heads = [this.by[0].toUpperCase() + this.by.slice(1), "", "Credits", "Takes", "Audio", "Of these in doubt", "Saved by a house"];
    fill(this.table, h("table", { class: "money" }, h("thead", {}, h("tr", {}, heads.map((text, index) => h("th", { scope: "col", class: index > 1 ? "number" : "" }, text)))), h("tbody", {}, this.rows.map(line)), h("tfoot", {}, h("tr", {}, h("th", { scope: "row" }, "Total"), h("td"), h("td", { class: "number" }, number(total)), h("td", { colspan: 3 }), h("td", { class: "number" }, saved ? number(saved) : "")))));
  }
}
