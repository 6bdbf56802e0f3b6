// Candidates of a take: pick, reject, star, note, and more of them. `changed` is called after each.

import { get, post } from "../core/api.js";
import { button, h } from "../core/dom.js";
import { STATES } from "../core/format.js";
import { announce, askText, confirm, forgetDraft, report, toast } from "../parts/dialog.js";

const MORE = 3;
const nameOf = (path) => path.split(/[\\/]/).pop();

async function tell(job, what, values, changed) {
  try {
    const answer = await post(`/api/jobs/${job}/${what}`, values);
    await changed();
    return answer;
  } catch (error) {
    report(error);
    return null;
  }
}

const called = (candidate) => (candidate.number ? `candidate ${candidate.number}` : "what you hear");

/** Makes a candidate the result of its take. */
export async function pick(candidate, changed) {
  if (candidate.picked) return;
  const answer = await tell(candidate.job, "pick", {}, changed);
  if (!answer) return;
  const { result, before } = answer;
  toast(candidate.number ? `${nameOf(result)} is now candidate ${candidate.number}` : "Picked", "good", before && before !== result ? `${nameOf(before)} stays, as it was changed` : "");
}

/** Rejects a candidate, or takes that back. */
export async function reject(candidate, changed) {
  if (candidate.picked) return;
  if (await tell(candidate.job, "mark", { rejected: !candidate.rejected }, changed)) announce(`${called(candidate)} ${candidate.rejected ? "not rejected any more" : "rejected"}`);
}

export async function star(candidate, changed) {
  if (await tell(candidate.job, "mark", { stars: candidate.stars ? 0 : 1 }, changed)) announce(`${called(candidate)} ${candidate.stars ? "without a star" : "starred"}`);
}

/** Asks for a note. */
export async function note(candidate, changed) {
  const draft = `note-${candidate.job}`;
  const text = await askText(candidate.number ? `A note on candidate ${candidate.number}` : "A note", candidate.note, draft);
  if (text !== null && (await tell(candidate.job, "mark", { note: text }, changed))) forgetDraft(draft);
}

/** Returns the buttons of a candidate. */
export function verdict(candidate, changed) {
  const { picked, rejected, stars } = candidate;
  const named = (word, part) => ({ "aria-label": `${word} ${called(candidate)}`, "data-part": part });
  return h(
    "span",
    { class: "row verdict" },
    button(picked ? "✓ Picked" : "Pick", () => pick(candidate, changed), { class: picked ? "small picked" : "small", "aria-disabled": picked ? "true" : null, ...named(picked ? "✓ Picked:" : "Pick", "pick"), title: "Makes it the result of the take" }),
    button(rejected ? "✕ Rejected" : "Reject", () => reject(candidate, changed), { class: "small", disabled: Boolean(picked), "aria-pressed": String(Boolean(rejected)), ...named(rejected ? "✕ Rejected:" : "Reject", "reject"), title: rejected ? "Takes it back" : "Its file stays" }),
    button(stars ? "★" : "☆", () => star(candidate, changed), { class: "small", ...named("Star", "star"), "aria-pressed": String(stars > 0) }),
    button("Note", () => note(candidate, changed), { class: "small", ...named("Note on", "note") }),
  );
}

/** Returns a button that has (more) candidates made, with their price. `spends`: converting costs credits here. */
export function moreButton(take, changed, spends) {
  const what = take.family ? "more candidates" : "candidates";
  const more = async () => {
    try {
      const { more: price } = await get(`/api/jobs/${take.family || take.id}/prices`);
      const cost = price ? `This costs ${price}.` : spends ? "The price is not known." : "This is free.";
      if (!(await confirm(`Make ${MORE} ${what}?`, [cost, take.family ? "Those that are there stay." : "Each with a seed of its own. The result that is there stays, until you pick another one."], `Make ${MORE}${take.family ? " more" : ""}`))) return;
      if (await tell(take.family || take.id, "candidates", { count: MORE, price }, changed)) toast(`${MORE} ${what} are on their way`, "good");
    } catch (error) {
      report(error);
    }
  };
  return button(`${MORE} ${what} …`, more, { "data-part": "more", title: "Asks first, with the price" });
}

/** Returns candidates, and voices of an audition, that are not done, with their states; null where all are. */
export function pending(take) {
  const waiting = take.candidates.filter((each) => each.state !== "done").map((each) => ({ ...each, name: `candidate ${each.number}` }));
  const voices = take.auditions.map((each) => ({ ...each, name: "audition" }));
  if (!waiting.length && !voices.length) return null;
  const line = (each) => {
    const [icon, word] = STATES[each.state];
    return h("li", {}, h("a", { href: `#take/${each.job}` }, each.name), ` ${each.voice} `, h("span", { class: `state ${each.state}` }, `${icon} ${word}`));
  };
  return h("ul", { class: "pending" }, [...waiting, ...voices].map(line));
}
