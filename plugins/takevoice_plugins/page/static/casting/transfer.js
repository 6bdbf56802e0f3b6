// Sheets in and out: CSV and TSV of spreadsheets.

import { query, send } from "../core/api.js";
import { save } from "../core/csv.js";
import { fill, h } from "../core/dom.js";
import { count } from "../core/format.js";
import { ask, report } from "../parts/dialog.js";
import { COLUMNS } from "./edits.js";

const NAMES = { character: "Character", voice: "Voice", voice_id: "Voice id", similarity_boost: "Similarity boost" };
const ALL = ["character", "voice", "voice_id", ...COLUMNS.slice(1)];
const nameOf = (column) => NAMES[column] ?? column[0].toUpperCase() + column.slice(1);

/** Returns "line 7", "lines 2, 3 and 40 more". */
const lines = (numbers) => `line${numbers.length === 1 ? "" : "s"} ${numbers.slice(0, 8).join(", ")}${numbers.length > 8 ? ` and ${numbers.length - 8} more` : ""}`;

/** Saves the cast as a sheet. */
export async function exportSheet() {
  try {
    save("casting.csv", await (await send("/api/casting/export")).blob());
  } catch (error) {
    report(error);
  }
}

const read = async (file, columns) => (await send(`/api/casting/sheet${query({ columns: JSON.stringify(columns) })}`, { method: "POST", body: file })).json();

/** Shows which columns a file has, and resolves to its rows; null when the person goes back. */
export async function readSheet(file) {
  try {
    let found = await read(file, {});
    const body = h("div", {});
    const without = new Set(); // columns that are there, and not wanted
    const others = { open: false };
    const main = new Set(["character", "voice", ...Object.keys(found.columns)]);
    const isMain = (column) => main.has(column);
    let agree = null;
    const draw = () => {
      const { columns, headings, nameless, longer, rows } = found;
      const missing = !columns.character || without.has("character");
      const choose = (column) => {
        const select = h("select", { "aria-label": nameOf(column), onchange: () => change(column, select.value) }, h("option", { value: "" }, "– not there –"), headings.map((each) => h("option", { value: each }, each)));
        select.value = without.has(column) ? "" : columns[column] ?? "";
        return h("label", {}, nameOf(column), select);
      };
      const unused = headings.filter((each) => !Object.entries(columns).some(([column, heading]) => heading === each && !without.has(column)));
      fill(body, h("p", {}, !headings.length ? "This sheet is empty." : missing ? "Which column has the characters?" : `${count(rows.length, "character")}. Nothing is written yet: you see every change first.`), h("div", { class: "mapping" }, ALL.filter(isMain).map(choose)), unused.length > 0 && h("p", { class: "muted" }, `Not used: ${unused.join(", ")}`), nameless.length > 0 && h("p", { class: "warn" }, `Left out, as they have a voice and no character: ${lines(nameless)}`), longer.length > 0 && h("p", { class: "warn" }, `Cells without a heading are not read: ${lines(longer)}`), h("details", others.open ? { open: true } : {}, h("summary", { onclick: () => (others.open = !others.open) }, "Other columns"), h("div", { class: "mapping" }, ALL.filter((column) => !isMain(column)).map(choose))));
      agree.disabled = missing || !rows.length;
    };
    const change = async (column, heading) => {
      if (heading) without.delete(column);
      else without.add(column);
      const columns = Object.fromEntries(Object.entries({ ...found.columns, [column]: heading }).filter(([name, value]) => value && (name === column || value !== heading)));
      try {
        found = await read(file, columns);
      } catch (error) {
        report(error);
      }
      draw();
    };
    const agreed = await ask(`Import ${file.name}`, body, "Show the changes", { wide: true, ready: (made) => { agree = made; draw(); } });
    if (!agreed) return null;
    const wanted = (values) => Object.fromEntries(Object.entries(values).filter(([column]) => !without.has(column)));
    return found.rows.map(({ character, values }) => ({ character, values: wanted(values) }));
  } catch (error) {
    report(error);
    return null;
  }
}
