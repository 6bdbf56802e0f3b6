// The overview of the house: asks for a key, and shows what the house does. It changes nothing.

import { button, fill, h, say } from "./core/dom.js";
import { count, moment, number, span } from "./core/format.js";

const KEY = "takevoice-house-key";
const EVERY = 2000; // milliseconds
const BY = { person: "person", project: "project", voice: "voice", day: "day" };

let by = "person";
let timer = 0;

/** The house refused: the text is for people. */
class Refused extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

async function overview(key) {
  let answer;
  try {
    answer = await fetch(`/house/v1/overview?by=${by}`, { headers: { "xi-api-key": key }, cache: "no-store" });
  } catch {
    throw new Refused(0, "The house does not answer");
  }
  if (answer.ok) return answer.json();
  const detail = await answer.json().then((body) => body.detail, () => null);
  throw new Refused(answer.status, detail?.message ?? `The house answered with status ${answer.status}`);
}

/** Asks for a key. */
function ask(problem = "") {
  clearTimeout(timer);
  sessionStorage.removeItem(KEY);
  const input = h("input", { type: "password", autocomplete: "off", required: true, spellcheck: "false", id: "key" });
  const said = h("p", { class: "banner bad", role: "alert", hidden: !problem }, problem);
  const enter = async (event) => {
    event.preventDefault();
    try {
      const found = await overview(input.value.trim());
      sessionStorage.setItem(KEY, input.value.trim());
      show(found);
    } catch (error) {
      say(said, error.message);
      said.hidden = false;
    }
  };
  document.body.replaceChildren(
    h(
      "main",
      { class: "gate" },
      h(
        "form",
        { class: "who", onsubmit: enter },
        h("h1", {}, "The house"),
        h("label", { for: "key" }, "Your key of the house", input),
        h("button", { type: "submit", class: "primary" }, "Show"),
        said,
        h("p", { class: "muted" }, "An administrator sees all, anyone else their own takes. The key stays in this tab."),
      ),
    ),
  );
  input.focus();
}

const parts = { state: h("span", { class: "daemon" }), banners: h("div", { class: "banners", role: "status" }) };
for (const name of ["figures", "queue", "held", "workers", "costs"]) parts[name] = h("div");

function frame(name) {
  document.body.replaceChildren(
    h("header", {}, h("span", { class: "brand" }, h("img", { src: "/house/icon.svg", alt: "", width: 22, height: 22 }), "takevoice house"), h("nav", { "aria-label": "Page" }), h("div", { class: "status" }, parts.state, h("span", { class: "muted" }, name), button("Leave", () => ask()))),
    parts.banners,
    h("main", { id: "main" }, h("h1", {}, "The house"), parts.figures, parts.queue, parts.held, parts.workers, parts.costs),
  );
}

function show(found) {
  if (!parts.figures.isConnected) frame(found.name);
  update(found);
  timer = setTimeout(again, EVERY);
}

async function again() {
  clearTimeout(timer);
  const key = sessionStorage.getItem(KEY);
  if (!key) return;
  try {
    show(await overview(key));
  } catch (error) {
    if (error.status === 401 || error.status === 403) return ask(error.message);
    say(parts.state, "no answer");
    parts.state.className = "daemon not-running";
    fill(parts.banners, h("p", { class: "banner bad" }, `${error.message}; this is what was there before. Trying again …`));
    timer = setTimeout(again, EVERY);
  }
}

function update(found) {
  const open = found.queue.reduce((sum, row) => sum + row.waiting + row.under_way + row.in_doubt, 0);
  say(parts.state, open ? "working" : "ready");
  parts.state.className = "daemon";
  fill(parts.banners, found.closed ? h("p", { class: "banner warn" }, found.closed) : null);
  replace(parts.figures, figures(found, open));
  replace(parts.queue, queue(found));
  replace(parts.held, held(found));
  replace(parts.workers, workers(found));
  replace(parts.costs, costs(found));
}

/** Replaces what is shown, if it is another: whoever reads or selects is not disturbed. */
function replace(place, content) {
  const made = h("div", {}, content);
  if (made.innerHTML === place.innerHTML) return;
  const focused = place.contains(document.activeElement) ? document.activeElement.dataset.by : undefined;
  place.replaceChildren(...made.childNodes);
  if (focused) place.querySelector(`[data-by="${focused}"]`)?.focus();
}

const figure = (name, value, note = "") => h("div", { class: "figure" }, h("dt", {}, name), h("dd", {}, value, note ? h("small", {}, note) : null));
const of = (used, cap) => (cap === null ? number(used) : `${number(used)} of ${number(cap)}`);

function figures(found, open) {
  const { made, joined, kept } = found.given;
  const me = found.people.find((each) => each.name === found.name);
  return h(
    "dl",
    { class: "figures" },
    figure("Waiting or under way", number(open)),
    found.paid ? figure("Slots of the account", `${found.in_use} of ${found.slots}`, "in use") : null,
    figure("Credits today", found.admin ? of(found.today, found.per_day) : of(found.today, me?.cap ?? null), "used or reserved"),
    figure("Answers in 24 hours", number(made + joined + kept), `${number(joined + kept)} of them given again, for nothing`),
    figure("Held", number(found.held.length), found.held.length ? "the house's owner decides" : ""),
  );
}

/** A table, or what to say where it is empty. */
function table(title, columns, rows, blank) {
  if (!rows.length) return [h("h2", {}, title), h("p", { class: "muted" }, blank)];
  const cells = (row) => columns.map(([, value, kind], column) => h(column ? "td" : "th", { class: kind, scope: column ? null : "row" }, value(row)));
  return [
    h("h2", {}, title),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title }, h("table", {}, h("thead", {}, h("tr", {}, columns.map(([name, , kind]) => h("th", { scope: "col", class: kind }, name)))), h("tbody", {}, rows.map((row) => h("tr", {}, cells(row)))))),
  ];
}

function queue(found) {
  const lane = { paid: "paid", free: "free" };
  const columns = [
    ["Person", (row) => row.person ?? "–"],
    ["Project", (row) => row.project || "–"],
    ["Lane", (row) => lane[row.lane] ?? row.lane],
    ["Waiting", (row) => number(row.waiting), "number"],
    ["Under way", (row) => number(row.under_way), "number"],
    ["In doubt", (row) => (row.in_doubt ? number(row.in_doubt) : ""), "number"],
    ["Held", (row) => (row.held ? number(row.held) : ""), "number"],
    ["Audio", (row) => span(row.seconds), "number"],
    ["Oldest", (row) => span(row.oldest), "number"],
  ];
  const people = found.people.filter((each) => each.at_station);
  const there = people.map((each) => `${each.name}: ${count(each.at_station, "take")}, ${span(each.at_station_seconds)}`);
  return [table("Queue", columns, found.queue, "Nothing waits."), there.length ? h("p", { class: "muted" }, `Not sent yet, at the stations: ${there.join("; ")}.`) : null];
}

function held(found) {
  if (!found.held.length) return null;
  const columns = [
    ["Id", (row) => h("code", {}, row.id)],
    ["Person", (row) => row.person ?? "–"],
    ["Project", (row) => row.project || "–"],
    ["Voice", (row) => row.voice],
    ["Length", (row) => span(row.seconds), "number"],
    ["Credits", (row) => number(row.credits), "number"],
    ["Since", (row) => moment(row.created), "when"],
    ["Why", (row) => row.why, "detail"],
  ];
  return [table("Held", columns, found.held, ""), h("p", { class: "muted" }, "On the server's machine, ", h("code", {}, "takevoice house release ID"), " sends one again, and with ", h("code", {}, "--drop"), " refuses it.")];
}

function workers(found) {
  if (found.workers === null) return null;
  const columns = [
    ["Worker", (row) => row.name],
    ["Machine", (row) => row.host],
    ["Queue", (row) => row.queue],
    ["State", (row) => h("span", { class: row.state === "silent" ? "silent" : null }, row.state)],
    ["Converts", (row) => row.doing.join(", "), "detail"],
    ["Done", (row) => number(row.done), "number"],
    ["Audio", (row) => span(row.audio_seconds), "number"],
    ["Heard", (row) => `${span(row.seconds_ago)} ago`, "when"],
  ];
  return table("Workers", columns, found.workers, "No worker was heard of in the last day.");
}

function costs(found) {
  const me = found.admin ? [] : found.people;
  const today = found.admin ? [...found.people.filter((each) => each.today || each.cap !== null).map((each) => ["person", each]), ...found.projects.map((each) => ["project", each])] : me.map((each) => ["person", each]);
  const caps = [
    ["Name", ([, each]) => each.name],
    ["Kind", ([kind]) => kind],
    ["Today", ([, each]) => number(each.today), "number"],
    ["Cap", ([, each]) => (each.cap === null ? "–" : number(each.cap)), "number"],
  ];
  const parts = [table("Credits of today", caps, today, "None.")];
  if (!found.admin) return parts;
  const choose = h("div", { class: "tabs", role: "group", "aria-label": "Costs by" }, Object.keys(BY).map((name) => h("button", { type: "button", "aria-pressed": String(name === by), "data-by": name }, BY[name])));
  const columns = [
    [`By ${by}`, (row) => row.name || "–"],
    ["Credits", (row) => number(row.credits), "number"],
    ["Reserved", (row) => number(row.reserved), "number"],
    ["Requests", (row) => number(row.requests), "number"],
  ];
  const [title, rows] = table("Costs", columns, found.costs, "Nothing was billed yet.");
  return [...parts, title, choose, rows];
}

parts.costs.addEventListener("click", (event) => {
  const chosen = event.target.closest("[data-by]");
  if (!chosen) return;
  by = chosen.dataset.by;
  again();
});

const key = sessionStorage.getItem(KEY);
if (key) again();
else ask();
