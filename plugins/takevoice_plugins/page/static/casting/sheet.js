// The table of characters: every cell is edited in place, by keyboard as in a spreadsheet.

import { query } from "../core/api.js";
import { button, fill, h } from "../core/dom.js";
import { count, number } from "../core/format.js";
import { toast } from "../parts/dialog.js";
import { COLUMNS, SETTINGS, UNSET, faultOf, valueOf } from "./edits.js";

const STATES = ["open", "proposed", "approved", "rejected"];
const HEADS = { stability: "Stability", similarity_boost: "Similarity", style: "Style", seed: "Seed", candidates: "Candidates" };
const HELP = { stability: "0 to 1", similarity_boost: "0 to 1", style: "0 to 1", seed: "a whole number", candidates: "1 to 9, or voices with commas between them" };

/** `acts`: hear(row), audition(row), recast(row), move(row), remove(row), write(). */
export class Sheet {
  constructor(edits, acts) {
    Object.assign(this, { edits, acts, voices: [], rows: [], heard: 0 });
    this.body = h("tbody");
    const heads = ["Character", "Voice", ...SETTINGS.map((each) => HEADS[each]), "Takes", "By another voice", "State", "Note", "Audition"];
    const kind = (text) => (text === "Takes" ? "number" : Object.values(HEADS).includes(text) ? "setting" : "");
    this.element = h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Cast" }, h("table", { class: "cast" }, h("thead", {}, h("tr", {}, heads.map((text) => h("th", { scope: "col", class: kind(text) }, text)))), this.body));
    this.element.addEventListener("keydown", (event) => this.#key(event));
    this.element.addEventListener("paste", (event) => this.#paste(event));
  }

  /** Shows rows; what is focused stays focused, and keeps its cursor. */
  show(rows, voices) {
    const at = document.activeElement;
    const cell = this.body.contains(at) ? at.dataset.cell : null;
    const cursor = cell && at.matches("input") ? [at.selectionStart, at.selectionEnd] : null;
    Object.assign(this, { rows, voices });
    fill(this.body, rows.map((row) => this.#row(row)));
    if (cell === null) return;
    const again = this.body.querySelector(`[data-cell="${CSS.escape(cell)}"]`);
    again?.focus();
    if (cursor && again?.setSelectionRange) again.setSelectionRange(...cursor);
  }

  /** Marks the sample that is heard. */
  hear(job) {
    this.heard = job;
    for (const each of this.body.querySelectorAll("button.hear")) this.#mark(each);
  }

  #mark(control) {
    const on = Number(control.dataset.job) === this.heard && this.heard > 0;
    control.textContent = on ? "❚❚" : "▶";
    control.setAttribute("aria-pressed", String(on));
  }

  #row(row) {
    const { character } = row;
    const cells = [this.#voice(row), ...SETTINGS.map((column) => this.#text(row, column, "setting"))];
    return h(
      "tr",
      { "data-character": character },
      this.#head(row),
      cells.map((cell) => h("td", { class: "cell", "data-head": cell.dataset.head }, cell)),
      h("td", { class: "number", "data-head": "Takes" }, row.takes ? h("a", { href: `#queue${query({ track: character })}` }, number(row.takes)) : "–"),
      h("td", { "data-head": "By another voice" }, row.stale ? button(`${number(row.stale)} by ${row.stale_voices.join(", ")} …`, () => this.acts.recast(row), { class: "small warn", title: "Convert them again", "data-cell": `stale ${character}` }) : ""),
      h("td", { class: "cell", "data-head": "State" }, this.#state(row)),
      h("td", { class: "cell", "data-head": "Note" }, this.#text(row, "note", "wide")),
      h("td", { class: "audition", "data-head": "Audition" }, this.#audition(row)),
    );
  }

  #head(row) {
    const hear = row.sample ? button("▶", () => this.acts.hear(row), { class: "small hear", "data-job": row.sample, "data-cell": `hear ${row.character}`, "aria-label": `Hear the newest result of ${row.character}` }) : null;
    if (hear) this.#mark(hear);
    const said = row.is_new ? "new" : !row.is_cast ? "not cast" : row.is_glob ? "pattern" : "";
    const osc = Object.entries(row.over_osc).map(([key, value]) => `${key} ${value}`).join(", ");
    return h(
      "th",
      { scope: "row" },
      h("div", { class: "who" }, hear, h("span", {}, h("bdi", {}, row.character), said && h("span", { class: `tag ${row.is_cast ? "" : "warn"}` }, said))),
      osc && h("div", { class: "osc" }, h("small", {}, `Set over OSC, above the config: ${osc}`), button("Into the config", () => this.acts.move(row), { class: "small", "data-cell": `move ${row.character}` }), button("Remove", () => this.acts.remove(row), { class: "small plain", "data-cell": `remove ${row.character}` })),
    );
  }

  /** Completes a cell: its name, its text, and what happens when it is changed. */
  #cell(row, column, control, event) {
    const text = this.edits.get(row.character, column) ?? valueOf(row, column);
    control.value = text === UNSET ? "" : text;
    const before = valueOf(row, column);
    const mark = () => {
      const isDirty = this.edits.get(row.character, column) !== null;
      const fault = isDirty ? faultOf(column, control.value) : "";
      control.classList.toggle("dirty", isDirty);
      control.title = fault ? `This has to be ${fault}` : [HELP[column], before && `now: ${before}`].filter(Boolean).join("; ");
      if (fault) control.setAttribute("aria-invalid", "true");
      else control.removeAttribute("aria-invalid");
    };
    Object.assign(control.dataset, { cell: `${column} ${row.character}`, column, head: column === "voice" ? "Voice" : HEADS[column] ?? "" });
    control.setAttribute("aria-label", `${column.replace("_", " ")} of ${row.character}`);
    control.addEventListener(event, () => {
      this.edits.set(row, column, control.value);
      mark();
    });
    mark();
    return control;
  }

  #text(row, column, kind) {
    const force = row.in_force[column];
    const placeholder = Array.isArray(force) ? force.map((each) => each.voice ?? "…").join(",") : force ?? "";
    return this.#cell(row, column, h("input", { type: "text", class: kind, placeholder, autocomplete: "off", spellcheck: "false", maxlength: 4000, inputmode: kind === "setting" && column !== "candidates" ? "decimal" : null }), "input");
  }

  #voice(row) {
    if (!this.voices.length) return this.#text(row, "voice", "wide");
    const own = row.cells.voice ?? "";
    const wanted = this.edits.get(row.character, "voice");
    const names = this.voices.map((voice) => voice.name);
    const others = [...new Set([own, wanted])].filter((name) => name && name !== UNSET && !names.includes(name));
    const glob = /\[tracks\.(?:"(.+)"|(.+))\]/.exec(row.source);
    const none = own ? "– take away –" : row.is_new || row.is_glob ? "–" : `${row.voice} · ${glob ? glob[1] ?? glob[2] : "default"}`;
    return this.#cell(row, "voice", h("select", { class: "voice" }, h("option", { value: "" }, none), others.map((name) => h("option", { value: name }, `${this.#known(name) ?? `⚠ ${name}, unknown`}`)), names.map((name) => h("option", { value: name }, name))), "change");
  }

  #known(id) {
    return this.voices.find((voice) => voice.id === id)?.name;
  }

  #state(row) {
    const wanted = this.edits.get(row.character, "state") ?? row.state;
    const unknown = STATES.includes(wanted) || wanted === UNSET ? null : h("option", { value: wanted }, `⚠ ${wanted}, unknown`);
    return this.#cell(row, "state", h("select", { class: `verdict ${wanted}` }, unknown, STATES.map((name) => h("option", { value: name }, name))), "change");
  }

  #audition(row) {
    const [made, job] = row.auditions;
    return [
      row.takes ? button("Audition …", () => this.acts.audition(row), { class: "small", "data-cell": `audition ${row.character}` }) : "",
      made > 0 && h("a", { href: `#take/${job}` }, `hear ${count(made, "audition")}`),
    ];
  }

  /** Enter and the arrows go up and down, Escape takes the change of a cell back. */
  #key(event) {
    const control = event.target.closest?.("[data-column]");
    if (!control || event.ctrlKey || event.metaKey || event.altKey) return;
    const isText = control.matches("input");
    const by = event.key === "Enter" ? (event.shiftKey ? -1 : 1) : isText ? { ArrowDown: 1, ArrowUp: -1 }[event.key] : 0;
    if (by) {
      event.preventDefault();
      this.#move(control, by);
    } else if (event.key === "Escape" && control.classList.contains("dirty")) {
      event.stopPropagation();
      const row = this.rows.find((each) => each.character === control.closest("tr").dataset.character);
      control.value = valueOf(row, control.dataset.column);
      control.dispatchEvent(new Event(isText ? "input" : "change"));
    }
  }

  #move(control, by) {
    const all = [...this.body.querySelectorAll(`[data-column="${control.dataset.column}"]`)];
    const next = all[all.indexOf(control) + by];
    next?.focus();
    if (next?.matches("input")) next.select();
  }

  /** Cells of a spreadsheet fill the sheet from here to the right and down. */
  #paste(event) {
    const control = event.target.closest?.("[data-column]");
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!control || !/[\t\n]/.test(text.trim())) return;
    event.preventDefault();
    const first = this.rows.findIndex((row) => row.character === control.closest("tr").dataset.character);
    const left = COLUMNS.indexOf(control.dataset.column);
    const cells = text.replace(/\r?\n$/, "").split(/\r?\n/).flatMap((line, down) => line.split("\t").map((cell, right) => [this.rows[first + down], COLUMNS[left + right], cell]));
    const fitting = cells.filter(([row, column]) => row && column);
    const lost = cells.filter(([row, column, cell]) => cell.trim() && !(row && column)).length;
    this.edits.setAll(fitting);
    this.show(this.rows, this.voices);
    if (lost) toast(`${count(lost, "cell")} had no place, and ${lost === 1 ? "is" : "are"} left out`, "bad", "What is pasted begins at the chosen cell, and goes to the right and down. Import adds characters that are not there.");
  }
}
