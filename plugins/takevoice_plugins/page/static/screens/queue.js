// What is on its way, what needs you, and what is done.

import { h } from "../core/dom.js";
import { ACTIVE, inShort } from "../core/format.js";
import { empty } from "../parts/dialog.js";
import { addButton } from "../parts/drop.js";
import { CELLS, JobList, nothing } from "../parts/joblist.js";

const TABS = [["All", ""], ["Active", ACTIVE.join(",")], ["Needs you", "held"], ["To pick", "held", "pick"], ["Failed", "failed"], ["Done", "done"], ["Cancelled", "cancelled"]];

export function show(root, { app, values }) {
  const narrow = (key) => (job) => job[key] && h("button", { type: "button", class: "plain link", title: `Only this ${key}: ${job[key]}`, onclick: () => list.narrow(key, job[key]) }, h("bdi", {}, inShort(job[key])));
  const columns = [
    ["State", "state", CELLS.state],
    ["Take", "name", CELLS.name],
    ["Track", "track", narrow("track")],
    ["Voice", "voice", (job) => [narrow("voice")(job), job.seed === null ? "" : h("small", {}, `seed ${job.seed}`)]],
    ["Result, progress or reason", "detail", CELLS.detail],
    ["Length", "number", CELLS.length],
    ["Changed", "when", CELLS.when],
  ];
  const blank = (filter) =>
    nothing(filter, () =>
      filter.state ? empty("✓", "Nothing here", "Jobs in other states are in the other tabs.")
        : empty("♪", "No takes yet", "Render a take into a watched folder, or drop one on this page.", h("p", {}, "No take at hand? ", h("code", {}, "takevoice demo"), " makes two.")),
    );
  const list = new JobList(root, { app, title: "Queue", values, path: "queue", tabs: TABS, columns, blank, extra: addButton(app), fixed: { candidates: false } });
  return { refresh: () => list.refresh(), progress: (shares) => list.progress(shares), keys: list.keys };
}
