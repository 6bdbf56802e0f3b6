// The page: gets its token, shows one screen at a time, and follows what takevoice does.

import { enter, get, hasToken, query } from "./core/api.js";
import { h, later } from "./core/dom.js";
import { listen } from "./core/keys.js";
import { Stream } from "./core/stream.js";
import { Edits } from "./casting/edits.js";
import { acceptDrops } from "./parts/drop.js";
import { closeDialogs, empty, report, show, toast } from "./parts/dialog.js";
import { Shell } from "./parts/shell.js";
import { keyHelp } from "./parts/help.js";
import { applyTheme, noticesAreOn } from "./parts/likes.js";
import * as casting from "./screens/casting.js";
import * as held from "./screens/held.js";
import * as history from "./screens/history.js";
import * as house from "./screens/house.js";
import * as queue from "./screens/queue.js";
import * as settings from "./screens/settings.js";
import * as take from "./screens/take.js";

const SCREENS = { queue, take, casting, held, history, house, settings };
const NAV_KEYS = { q: "queue", t: "take", c: "casting", h: "held", y: "history", u: "house", ",": "settings" };

/** What screens share: the status, the stream, and going elsewhere. */
class App {
  status = null;
  stream = new Stream();
  lastTake = 0;
  edits = new Edits(); // of the casting, not written yet
  sheet = null; // a file that was dropped, for the casting
  listed = null; // the takes that were listed last, for "next" and "previous"
  lists = {}; // what each list showed when it was left
  plays = false; // the take that comes next is to be played at once
  typed = []; // keys that were pressed while the next take was not there yet

  /** Goes to a screen: "queue", "take/12"; `values` become its query. */
  go(path, values = {}) {
    const given = Object.entries(values).filter(([, value]) => value !== "" && value !== undefined);
    location.hash = given.length ? `${path}?${new URLSearchParams(given)}` : path;
  }

  /** Shows a casting sheet. */
  importSheet(file) {
    this.sheet = file;
    if (parse().name === "casting") showScreen();
    else this.go("casting");
  }

  /** Returns what the house does that was joined; takevoice asks it, with a key that no browser has. */
  askHouse = (by) => get(`/api/house${query({ by })}`);

  /** A house that was joined meanwhile gets its link. */
  houseSeen(found) {
    if (found && !this.status?.house) this.refreshStatus();
  }

  get spends() {
    return Boolean(this.status?.paid);
  }

  async refreshStatus() {
    try {
      this.status = await get("/api/status");
      shell.update(this.status);
    } catch (error) {
      report(error);
    }
  }
}

const app = new App();
let shell = null;
let current = null; // { refresh, keys, close }

function parse() {
  const [path, text] = location.hash.slice(1).split("?");
  const [name, ...rest] = path.split("/");
  return { name: name in SCREENS ? name : "queue", argument: rest.map(decodeURIComponent).join("/"), values: Object.fromEntries(new URLSearchParams(text ?? "")) };
}

function showScreen() {
  const { name, argument, values } = parse();
  current?.close?.();
  closeDialogs(); // they belong to the screen that is left
  if (name !== "take") Object.assign(app, { typed: [], plays: false });
  shell.select(name);
  const root = h("div", { class: `screen ${name}` });
  shell.main.replaceChildren(root);
  current = SCREENS[name].show(root, { app, argument, values });
}

function navigate(name) {
  if (name === "take") app.go(app.lastTake ? `take/${app.lastTake}` : "take");
  else app.go(name);
}

const needToken = () =>
  document.body.replaceChildren(
    h("main", { class: "gate" }, empty("◈", "This browser may not use the page yet", h("p", {}, "Run ", h("code", {}, "takevoice open"), " in a terminal: it opens the page with a code that works once."), "takevoice does this to keep other programs and websites out.")),
  );

async function start() {
  applyTheme();
  try {
    await enter();
  } catch (error) {
    needToken();
    report(error);
    return;
  }
  if (!hasToken()) return needToken();
  shell = new Shell(app, Object.fromEntries(Object.entries(NAV_KEYS).map(([key, name]) => [name, key])));
  document.body.replaceChildren(...shell.elements);
  document.addEventListener("token-needed", needToken);
  addEventListener("hashchange", showScreen);
  const global = { ...Object.fromEntries(Object.entries(NAV_KEYS).map(([key, name]) => [key, () => navigate(name)])), "?": () => show("Keys", keyHelp(parse().name)) };
  listen(() => [current?.keys ?? {}, global]);
  acceptDrops(app);
  await app.refreshStatus();
  showScreen();
  follow();
}

/** Says that a batch is done, until it is seen. */
function drained({ text, need_you: needYou, total, failed, held }) {
  if (total < 2 && !needYou) return;
  const tabs = [held && "“Needs you”", failed && "“Failed”"].filter(Boolean).join(" and ");
  const hint = needYou && tabs ? `Look into ${tabs} of the queue` : "";
  toast(text[0].toUpperCase() + text.slice(1), needYou ? "bad" : "good", hint, true);
}

function follow() {
  const refresh = later(() => {
    app.refreshStatus();
    current?.refresh?.();
  }, 120);
  let waiting = 0;
  app.stream.addEventListener("changed", () => {
    // At most twice a second, however busy it is.
    const wait = Math.max(0, 500 - (performance.now() - waiting));
    setTimeout(() => {
      waiting = performance.now();
      refresh();
    }, wait);
  });
  app.stream.addEventListener("progress", (event) => current?.progress?.(new Map(event.detail)));
  app.stream.addEventListener("drained", ({ detail }) => noticesAreOn() && drained(detail));
  app.stream.addEventListener("problem", (event) => shell.problem(event.detail));
  app.stream.addEventListener("lost", () => shell.lost(true));
  app.stream.addEventListener("back", () => {
    shell.lost(false);
    refresh();
  });
  app.stream.start();
}

start();
