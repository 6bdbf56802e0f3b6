// Shows what the sheet changes, and writes it once the person agrees.

import { post } from "../core/api.js";
import { h } from "../core/dom.js";
import { count } from "../core/format.js";
import { ask, empty, report, show, toast } from "../parts/dialog.js";

const nameOf = (path) => path.split(/[\\/]/).pop();

/** Shows the changes of these rows; resolves to true when they were written. `note` is shown above them. */
export async function review(rows, note = "") {
  try {
    const found = await post("/api/casting/preview", { rows });
    if (!found.changes.length) {
      toast("Nothing changes: the cast is like that already");
      return true;
    }
    const unknown = found.changes.filter((each) => each.problem).length;
    const content = [note && h("p", { class: "banner warn" }, note), unknown > 0 && h("p", { class: "banner warn" }, `${count(unknown, "voice")} not known to the backend: takes of these characters wait for you until it is.`), table(found.changes), diff(found)];
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
    const { config, kept } = await post("/api/casting/write", { rows, mark });
    toast(`${count(changes.length, "character")} written`, "good", diff ? `to ${nameOf(config)}${kept ? "; the one before is kept" : ""}` : "");
    return true;
  } catch (error) {
    if (error.code === "config_changed") return review(rows, "The config was changed meanwhile by somebody else. This is what changes now.");
    throw error;
  }
}

const table = (changes) =>
  h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Changes" }, h("table", { class: "changes" }, h("thead", {}, h("tr", {}, ["Character", "Changes"].map((text) => h("th", { scope: "col" }, text)))), h("tbody", {}, changes.map(line))));

function line({ character, is_new: isNew, lines, problem }) {
  const said = (text) => {
    const [what, after] = text.split(" -> ");
    return h("li", {}, after === undefined ? text : [what, " → ", h("strong", {}, after)]);
  };
  return h("tr", {}, h("th", { scope: "row" }, h("bdi", {}, character), isNew && h("span", { class: "tag" }, "new")), h("td", {}, h("ul", {}, lines.map(said)), problem && h("p", { class: "warn" }, `⚠ ${problem}`)));
}

const diff = (found) => found.diff && h("details", {}, h("summary", {}, "The lines of the config"), h("pre", { tabindex: "0", "aria-label": "Lines of the config that change" }, found.diff));
