// Shows what the sheet changes, and writes it once the person agrees.

import { post } from "../core/api.js";
import { button, h, marked } from "../core/dom.js";
import { count, number } from "../core/format.js";
import { ask, empty, report, show, toast } from "../parts/dialog.js";

const SHOWN = 200; // changes at first

const nameOf = (path) => path.split(/[\\/]/).pop();

/** Waits for an answer; says what is being done where that takes long. */
async function said(text, answer) {
  let message = null;
  const timer = setTimeout(() => (message = toast(text, "", "", true)), 400);
  try {
    return await answer;
  } finally {
    clearTimeout(timer);
    message?.close();
  }
}

/** Shows the changes of these rows; resolves to true when they were written. `note` is shown above them. */
export async function review(rows, note = "") {
  try {
    const found = await said("Comparing with the config …", post("/api/casting/preview", { rows }));
    if (!found.changes.length) {
      toast("Nothing changes: the cast is like that already");
      return true;
    }
    const problems = found.changes.map((each) => each.problem).filter(Boolean);
    const voices = [...new Set(problems)];
    const content = [note && h("p", { class: "banner warn" }, note), problems.length > 0 && h("div", { class: "banner warn" }, h("p", {}, `${count(problems.length, "voice")} not known to the backend: takes of these characters wait for you until it is.`), voices.slice(0, 2).map((problem) => h("p", {}, marked(problem)))), table(found.changes), diff(found)];
    const name = found.diff ? nameOf(found.config) : "";
    if (!(await ask(`${count(found.changes.length, "character")} to change`, content, name ? `Write to ${name}` : "Write", { wide: true }))) return false;
    return await write(rows, found);
  } catch (error) {
    if (error.status !== 422) report(error);
    else show("This cannot be written", empty("✕", "The config would not be valid", ...error.message.split("; "), error.hint));
    return false;
  }
}

async function write(rows, { mark, changes, diff }) {
  try {
    const { config, kept } = await said("Writing …", post("/api/casting/write", { rows, mark }));
    toast(`${count(changes.length, "character")} written`, "good", diff ? `to ${nameOf(config)}${kept ? "; the one before is kept" : ""}` : "");
    return true;
  } catch (error) {
    if (error.code === "config_changed") return review(rows, "The config was changed meanwhile. This is what changes now.");
    throw error;
  }
}

/** Returns a table of the changes; of many, the first ones and a button that shows all. */
function table(changes) {
  const body = h("tbody", {}, changes.slice(0, SHOWN).map(line));
  const rest = changes.length > SHOWN && button(`Show all ${number(changes.length)}`, () => { body.append(...changes.slice(SHOWN).map(line)); rest.remove(); }, { class: "small" });
  return [tableOf(body), rest];
}

const tableOf = (body) =>
  h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Changes" }, h("table", { class: "changes" }, h("thead", {}, h("tr", {}, ["Character", "Changes"].map((text) => h("th", { scope: "col" }, text)))), body));

function line({ character, is_new: isNew, lines, problem }) {
  const said = (text) => {
    const [what, after] = text.split(" -> ");
    return h("li", {}, after === undefined ? text : [what, " → ", h("strong", {}, after)]);
  };
  return h("tr", {}, h("th", { scope: "row" }, h("bdi", {}, character), isNew && h("span", { class: "tag" }, "new")), h("td", {}, h("ul", {}, lines.map(said)), problem && h("p", { class: "warn" }, `⚠ ${problem.split(";")[0]}`)));
}

const diff = (found) => found.diff && h("details", {}, h("summary", {}, "The lines of the config"), h("pre", { tabindex: "0", "aria-label": "Lines of the config that change" }, found.diff));
