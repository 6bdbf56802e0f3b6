// Results that are by another voice than their characters have now.

import { get, post } from "../core/api.js";
import { h } from "../core/dom.js";
import { count, number, span } from "../core/format.js";
import { ask, report, toast } from "../parts/dialog.js";

/** Asks, with number and price, and converts the results of these characters again; resolves to true when it was done. */
export async function recast(characters, spends) {
  try {
    const found = await get(`/api/casting/stale?${new URLSearchParams(characters.map((each) => ["character", each]))}`);
    if (!found.jobs) return void toast("The takes of these results are not there any more", "bad");
    const cost = found.price ? `This costs ${found.price} at most.` : spends ? "The price is not known." : "This is free.";
    const lines = found.characters.map((each) => h("tr", {}, h("th", { scope: "row" }, h("bdi", {}, each.character)), h("td", { class: "number" }, number(each.jobs)), h("td", {}, `${each.by.join(", ")} → `, h("strong", {}, each.voice))));
    const content = [h("p", {}, `${cost} It is ${span(found.seconds)} of audio. The results that are there stay.`), h("table", {}, h("tbody", {}, lines))];
    if (!(await ask(`Convert ${count(found.jobs, "take")} again?`, content, `Convert ${number(found.jobs)}`))) return false;
    const { done, refused } = await post("/api/casting/recast", { characters, expect: found.jobs });
    toast(`${count(done.length, "take")} started again`, "good");
    if (refused.length) toast(`${count(refused.length, "take")} not: ${refused[0].text}`, "bad");
    return done.length > 0;
  } catch (error) {
    report(error);
    return false;
  }
}
