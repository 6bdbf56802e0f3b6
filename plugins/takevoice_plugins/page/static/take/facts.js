// What is known of a take, under its lanes: why it waits, its history, settings and files.

import { fill, h, marked } from "../core/dom.js";
import { count, moment, setting } from "../core/format.js";
import { empty } from "../parts/dialog.js";
import { pending } from "./candidates.js";

const KIND = { failed: "bad", held: "warn" };

/** Fills the element; what was opened stays open. `price`: of converting it again. */
export function showFacts(element, take, price) {
  const open = new Set([...element.querySelectorAll("details[open]")].map((each) => each.dataset.part));
  const part = (name, title, content) => h("details", { "data-part": name, ...(open.has(name) ? { open: true } : {}) }, h("summary", {}, title), content);
  const gone = Object.entries(take.there).filter(([which, is]) => !is && (which === "original" || take.output));
  const settings = Object.entries(take.settings);
  fill(
    element,
    take.why && h("p", { class: `banner ${KIND[take.state] ?? ""}` }, take.code === "pick" && take.state === "held" ? "Its candidates are there: listen, and pick one." : take.code === "pick" && take.state === "cancelled" ? "None of its candidates was picked. You still can." : marked(take.why)),
    take.left_out > 0 && h("p", { class: "muted" }, `${count(take.left_out, "other result")} cannot be heard here at the same time: reject some, or use `, h("code", {}, "takevoice candidates"), "."),
    pending(take),
    gone.map(([which]) => h("p", { class: "banner warn" }, `The ${which} is not there any more, or its drive is not connected: `, h("bdi", {}, which === "original" ? take.path : take.output))),
    !take.frames && !take.why && empty("♪", "Not measured yet", "It can be heard once it has settled."),
    price && h("p", { class: "muted" }, `Converting it again: ${price}`),
    part("history", "History", h("ol", { class: "history" }, take.history.map((each) => h("li", {}, h("time", {}, moment(each.at)), " ", h("strong", {}, each.state), " ", each.detail)))),
    settings.length ? part("settings", "Settings", h("table", {}, h("tbody", {}, settings.map(([name, value]) => h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, setting(value))))))) : null,
    part("files", "Files", h("dl", { class: "files" }, file("original", take.path), take.results.map((path) => file("result", path)), take.candidates.filter((each) => each.path && each.state === "done").map((each) => file(`candidate ${each.number}`, each.path)))),
  );
}

const file = (name, path) => [h("dt", {}, name), h("dd", {}, h("bdi", { class: "path" }, path))];
