// Decisions about jobs: asks where something costs, is sent again or is ended, and reports what was refused.

import { post } from "./api.js";
import { count, number, price, span } from "./format.js";
import { confirm, report, toast } from "../parts/dialog.js";

const LABELS = { put_first: "Next",  retry: "Convert again", release: "Convert", drop: "Leave unconverted", cancel: "Cancel", forget: "Take off the list" };
const DONE = { put_first: "put first",  retry: "started again", release: "released", drop: "left unconverted", cancel: "cancelled", forget: "taken off the list" };
export const label = (verb, state = "") => (verb === "retry" && state === "failed" ? "Try again" : LABELS[verb] ?? verb);

/** The label with a number of takes. */
export function labelOf(verb, number) {
  const counted = { drop: `Leave ${number} unconverted`, forget: `Take ${number} off the list`, retry: `Convert ${number} again` };
  return counted[verb] ?? `${label(verb)} ${number}`;
}

/** Decides about these rows; resolves to true when something was done. `spends`: converting costs credits here. */
export async function decide(verb, jobs, spends, known = "") {
  const seconds = jobs.reduce((sum, job) => sum + job.seconds, 0);
  const credits = jobs.reduce((sum, job) => sum + (job.price ?? 0), 0);
  const unknown = verb === "release" && spends ? jobs.filter((job) => job.price === null).length : 0;
  const cost = known || costOf(verb, spends, seconds, credits) + (unknown ? ` The price of ${unknown} is not known yet.` : "");
  const ids = jobs.map((job) => job.id);
  return ask(verb, jobs.length, jobs.length === 1 ? jobs[0].name : "", verb === "retry" && spends && !known ? await retryCost(ids, cost) : cost, { ids });
}

/** Decides about all jobs that match; the number that the person agrees to is checked again. */
export async function decideAll(verb, filter, spends, known = "") {
  try {
    const found = await post(`/api/jobs/count?verb=${verb}`, filter);
    if (!found.jobs) return void toast("No job matches any more");
    const cost = known || (found.price && spends ? `This costs ${found.price} at most.` : costOf(verb, spends, found.seconds, 0));
    return await ask(verb, found.jobs, "", cost, { filter, expect: found.jobs }, true);
  } catch (error) {
    report(error);
  }
  return false;
}

async function retryCost(ids, otherwise) {
  try {
    const found = await post("/api/jobs/price", { ids });
    return found.price ? `This costs ${found.price} at most.` : otherwise;
  } catch (error) {
    report(error);
    return otherwise;
  }
}

function costOf(verb, spends, seconds, credits) {
  if (verb !== "retry" && verb !== "release") return "";
  if (!spends) return "This is free.";
  const paid = credits ? `This costs ${price(credits)}.` : "What the backend has to convert is paid for.";
  return seconds ? `${paid} It is ${span(seconds)} of audio.` : paid;
}

async function ask(verb, jobs, name, cost, body, always = false) {
  const costs = cost && cost !== "This is free.";
  if (always || costs || jobs > 1 || verb === "drop") {
    const what = name || count(jobs, "take");
    const agreed = await confirm(`${label(verb)}: ${what}?`, cost ? [cost] : [], jobs > 1 ? labelOf(verb, number(jobs)) : label(verb), {
      danger: verb === "cancel" || verb === "drop",
    });
    if (!agreed) return false;
  }
  try {
    const { done, refused } = await post(`/api/jobs/${verb}`, body);
    if (done.length) toast(`${name && done.length === 1 ? name : count(done.length, "take")} ${DONE[verb]}`, "good");
    if (refused.length) toast(`${count(refused.length, "take")} not: ${refused[0].text}`, "bad");
    return done.length > 0;
  } catch (error) {
    report(error);
    return false;
  }
}
