// Decisions about jobs: asks where something costs, is sent again or is ended, and reports what was refused.

import { post } from "./api.js";
import { count, number, price, span } from "./format.js";
import { confirm, report, toast } from "../parts/dialog.js";

const LABELS = { put_first: "Next", retry: "Convert again", release: "Convert", drop: "Leave unconverted", cancel: "Cancel", forget: "Take off the list" };
const DONE = { put_first: "put first", retry: "started again", release: "released", drop: "left unconverted", cancel: "cancelled", forget: "taken off the list" };

/** What release and drop are, where they are something else: by the code that a job is held for. */
const HELD = {
  pick: { release: ["Use the first", "done: the first candidate is the result"], drop: ["Use none", "left without a result", "The candidates stay, and you can still pick one later."] },
  not_alike: { release: ["Publish it", "published"], drop: ["Discard it", "discarded", "What was received is not used. “Convert again” sends the take again."] },
  unknown_voice: { release: ["Try again", "started again"] },
  not_writable: { release: ["Try again", "started again"] },
  outcome_unknown: { release: ["Send again", "sent again"] },
  elsewhere: { release: ["Convert here", "released"] },
};
const LEFT = "The takes stay where they are, and are not converted by themselves. “Convert again” under Cancelled converts them after all.";
const SENDS_NOTHING = ["pick", "not_alike"]; // what is held for these is released without anything sent

export const label = (verb, state = "", code = "") => (verb === "retry" && state === "failed" ? "Try again" : HELD[code]?.[verb]?.[0] ?? LABELS[verb] ?? verb);

/** The label with a number of takes. */
export function labelOf(verb, number, code = "") {
  if (HELD[code]?.[verb]) return `${HELD[code][verb][0]}: ${number}`;
  const counted = { drop: `Leave ${number} unconverted`, forget: `Take ${number} off the list`, retry: `Convert ${number} again` };
  return counted[verb] ?? `${label(verb)} ${number}`;
}

/** The code that all of these jobs are held for; empty where there are several. */
export function codeOf(jobs) {
  const codes = new Set(jobs.map((job) => (job.state === "held" ? job.code : "")));
  return codes.size === 1 ? [...codes][0] : "";
}

/** Decides about these rows; resolves to true when something was done. `spends`: converting costs credits here. */
export async function decide(verb, jobs, spends, known = "") {
  const seconds = jobs.reduce((sum, job) => sum + job.seconds, 0);
  const credits = jobs.reduce((sum, job) => sum + (job.price ?? 0), 0);
  const unknown = verb === "release" && spends && !SENDS_NOTHING.includes(codeOf(jobs)) ? jobs.filter((job) => job.price === null).length : 0;
  const code = codeOf(jobs);
  const cost = known || costOf(verb, spends, seconds, credits, code) + (unknown ? ` The price of ${unknown} is not known yet.` : "");
  const ids = jobs.map((job) => job.id);
  return ask(verb, jobs.length, jobs.length === 1 ? jobs[0].name : "", verb === "retry" && spends && !known ? await retryCost(ids, cost) : cost, { ids }, { code });
}

/** Decides about all jobs that match; the number that the person agrees to is checked again. */
export async function decideAll(verb, filter, spends, known = "") {
  try {
    const found = await post(`/api/jobs/count?verb=${verb}`, filter);
    if (!found.jobs) return void toast("No job matches any more");
    const cost = known || (found.price && spends ? `This costs ${found.price} at most.` : costOf(verb, spends, found.seconds, 0, filter.code));
    return await ask(verb, found.jobs, "", cost, { filter, expect: found.jobs }, { code: filter.code, always: true });
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

function costOf(verb, spends, seconds, credits, code) {
  if ((verb !== "retry" && verb !== "release") || SENDS_NOTHING.includes(code)) return "";
  if (!spends) return "This is free.";
  const paid = credits ? `This costs ${price(credits)}.` : "What the backend has to convert is paid for.";
  return seconds ? `${paid} It is ${span(seconds)} of audio.` : paid;
}

async function ask(verb, jobs, name, cost, body, { code = "", always = false }) {
  const costs = cost && cost !== "This is free.";
  if (always || costs || jobs > 1 || verb === "drop") {
    const what = name || count(jobs, "take");
    const agreed = await confirm(`${label(verb, "", code)}: ${what}?`, [cost, verb === "drop" && (HELD[code]?.drop?.[2] ?? LEFT)].filter(Boolean), jobs > 1 ? labelOf(verb, number(jobs), code) : label(verb, "", code), {
      danger: verb === "cancel" || verb === "drop",
    });
    if (!agreed) return false;
  }
  try {
    const { done, refused } = await post(`/api/jobs/${verb}`, body);
    if (done.length) toast(`${name && done.length === 1 ? name : count(done.length, "take")} ${HELD[code]?.[verb]?.[1] ?? DONE[verb]}`, "good");
    if (refused.length) toast(`${count(refused.length, "take")} not: ${refused[0].text}`, "bad");
    return done.length > 0;
  } catch (error) {
    report(error);
    return false;
  }
}
