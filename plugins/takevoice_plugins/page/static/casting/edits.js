// What is changed on the casting sheet and not written yet.

import { Kept } from "./kept.js";

export const SETTINGS = ["stability", "similarity_boost", "style", "seed", "candidates"];
export const COLUMNS = ["voice", ...SETTINGS, "state", "note"];
export const UNSET = "-"; // takes a setting away

const plain = (text) => (/^[+-]?\d+,\d+$/.test(text) ? text.replace(",", ".") : text.trim());
const isSame = (one, other) => one === other || (one !== "" && other !== "" && Number(one) === Number(other));

const STATES = ["open", "proposed", "approved", "rejected"];
const SHARE = /^\+?(\d+(?:[.,]\d*)?|[.,]\d+)\s*(%?)$/;

/** Returns why the text of a cell cannot be written; "" where it can. */
export function faultOf(column, text) {
  const cell = text.trim();
  if (!cell || cell === UNSET || column === "voice" || column === "note") return "";
  if (column === "state") return STATES.includes(cell.toLowerCase()) ? "" : `one of ${STATES.join(", ")}`;
  if (column === "seed") return /^\d+$/.test(cell) && Number(cell) < 2 ** 32 ? "" : "a whole number, at most 4294967295";
  if (column === "candidates") return /^[\d.,+-]+$/.test(cell) && !/^[1-9]$/.test(cell) ? "1 to 9, or voices with commas between them" : "";
  const [, digits, percent] = SHARE.exec(cell) ?? [];
  const value = Number(digits?.replace(",", ".")) / (percent ? 100 : 1);
  return value >= 0 && value <= 1 ? "" : "a number from 0 to 1";
}

/** Returns what a cell of a row holds; "" where nothing is set. */
export const valueOf = (row, column) => (column === "state" ? row.state : row.cells[column] ?? "");

/** Cells by character and column, as text. Dispatches "changed". */
export class Edits extends EventTarget {
  #kept = new Kept("takevoice-cast");
  #rows = new Map(this.#kept.read());

  /** Takes over what a tab that is gone has left; resolves to the number of characters. */
  async adopt() {
    const left = await this.#kept.left();
    for (const [character, values] of left) if (!this.#rows.has(character)) this.#rows.set(character, values);
    if (left.length) this.#tell();
    return left.length;
  }

  get size() {
    return this.#rows.size;
  }

  /** Characters that were added here. */
  added(rows) {
    const known = new Set(rows.map((row) => row.character));
    return [...this.#rows.keys()].filter((character) => !known.has(character));
  }

  /** Returns the text of a cell: as it was changed, else null. */
  get(character, column) {
    return this.#rows.get(character)?.[column] ?? null;
  }

  /** Changes a cell of a row; the text that it had before takes the change back. */
  set(row, column, text) {
    this.#set(row, column, text);
    this.#tell();
  }

  /** Changes many cells: `[row, column, text]`. */
  setAll(cells) {
    for (const cell of cells) this.#set(...cell);
    this.#tell();
  }

  #set(row, column, text) {
    const before = valueOf(row, column);
    const wanted = plain(text) === "" && before !== "" ? UNSET : plain(text);
    const cells = this.#rows.get(row.character) ?? {};
    if (isSame(wanted, before) || (wanted === UNSET && before === "")) delete cells[column];
    else cells[column] = wanted;
    if (Object.keys(cells).length) this.#rows.set(row.character, cells);
    else this.#rows.delete(row.character);
  }

  /** Adds a character that is not there yet. */
  add(character) {
    if (!this.#rows.has(character)) this.#rows.set(character, {});
    this.#tell();
  }

  /** Takes over the rows of a sheet; what they repeat is no change. */
  take(sheet, rows) {
    const known = new Map(rows.map((row) => [row.character, row]));
    for (const { character, values } of sheet) {
      const row = known.get(character) ?? blank(character);
      const { voice_id: id, ...rest } = values;
      if (id && id !== UNSET && !rest.voice && id !== row.voice_id) rest.voice = id;
      if (row.is_cast && [row.voice, row.voice_id].includes(rest.voice)) delete rest.voice;
      if (rest.state) rest.state = rest.state.toLowerCase();
      for (const [column, text] of Object.entries(rest)) this.#set(row, column, text);
    }
    this.#tell();
  }

  /** How many cells cannot be written. */
  get faults() {
    return [...this.#rows.values()].flatMap(Object.entries).filter(([column, text]) => faultOf(column, text)).length;
  }

  /** Returns the rows of a sheet that says all of it. */
  sheet() {
    return [...this.#rows].filter(([, values]) => Object.keys(values).length).map(([character, values]) => ({ character, values }));
  }

  /** Returns true where a character is changed. */
  has(character) {
    return this.#rows.has(character);
  }

  clear() {
    this.#rows.clear();
    this.#tell();
  }

  #tell() {
    this.#kept.write([...this.#rows]);
    this.dispatchEvent(new Event("changed"));
  }
}

/** Returns a row of a character that is not in the config, and has no takes. */
export const blank = (character) => ({ character, cells: {}, in_force: {}, over_osc: {}, is_cast: false, is_glob: /[*?[]/.test(character), voice: "", voice_id: "", source: "", takes: 0, results: 0, stale: 0, stale_voices: [], state: "open", sample: null, auditions: [0, null], is_new: true });
