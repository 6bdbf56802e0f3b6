// Everything that has ended, with what it cost; as CSV, too.

import { get, query } from "../core/api.js";
import { button, h } from "../core/dom.js";
import { saveCsv } from "../core/csv.js";
import { inShort, timestamp } from "../core/format.js";
import { empty, report } from "../parts/dialog.js";
import { CELLS, JobList, nothing } from "../parts/joblist.js";

const TABS = [["Ended", "done,failed,cancelled"], ["Done", "done"], ["Failed", "failed"], ["Cancelled", "cancelled"]];
const MOST = 20_000; // rows of one file

export function show(root, { app, values }) {
  const columns = [
    ["State", "state", CELLS.state],
    ["Take", "name", CELLS.name],
    ["Track", "track", (job) => job.track && h("bdi", { title: job.track }, inShort(job.track))],
    ["Voice", "voice", (job) => [job.voice && h("bdi", { title: job.voice }, inShort(job.voice)), job.seed === null ? "" : h("small", {}, `seed ${job.seed}`)]],
    ["Result", "detail", (job) => h("bdi", { title: job.output ?? "" }, job.output ? inShort(job.output.split(/[\\/]/).pop()) : job.why)],
    ["Length", "number", CELLS.length],
    ["Credits", "number", (job) => (job.spent ? Math.round(job.spent) : "")],
    ["Ended", "when", CELLS.when],
  ];
  const blank = (filter) => nothing(filter, () => empty("◷", "Nothing has ended yet", "Converted takes are listed here, for good."));
  const save = button("Save as CSV", () => csv(list.filter, save));
  const list = new JobList(root, { app, title: "History", values, path: "history", tabs: TABS, columns, blank, extra: [save] });
  return { refresh: () => list.refresh(), keys: list.keys };
}

async function csv(filter, control) {
  control.disabled = true;
  const rows = [["job", "state", "take", "track", "voice", "seed", "result", "seconds", "credits", "ended", "reason"]];
  try {
    let before = "";
    do {
      const page = await get(`/api/jobs${query({ ...filter, before, limit: 200 })}`);
      rows.push(...page.jobs.map((job) => [job.id, job.state, job.path, job.track, job.voice, job.seed ?? "", job.output ?? "", job.seconds.toFixed(3), job.spent, timestamp(job.changed), job.why]));
      before = page.next ?? "";
    } while (before && rows.length < MOST);
    saveCsv("takevoice-history.csv", rows);
  } catch (error) {
    report(error);
  }
  control.disabled = false;
}
