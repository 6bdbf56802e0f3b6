// What is in force and why; the checks of `takevoice doctor`; and how this page looks and listens.

import { get, post } from "../core/api.js";
import { button, fill, h } from "../core/dom.js";
import { setting } from "../core/format.js";
import { areOn, switchKeys } from "../core/keys.js";
import { report, skeleton } from "../parts/dialog.js";
import { keyHelp } from "../parts/help.js";
import { applyTheme, noticesAreOn, switchNotices, theme } from "../parts/likes.js";

export function show(root) {
  const place = h("div", {}, skeleton());
  const checks = h("div", { role: "status" });
  const run = button("Run the checks", async () => {
    run.disabled = true;
    fill(checks, h("p", { class: "muted" }, "Checking config, folders, permissions, key, port and engine …"));
    try {
      const { ok, lines } = await post("/api/doctor");
      fill(checks, h("p", { class: ok ? "good" : "bad" }, ok ? "✓ All well" : "✕ Something needs you"), h("pre", { tabindex: "0", "aria-label": "What the checks found" }, lines.join("\n")));
    } catch (error) {
      fill(checks);
      report(error);
    }
    run.disabled = false;
  });
  fill(root, h("h1", {}, "Settings"), preferences(), h("section", {}, h("h2", {}, "Doctor"), h("p", { class: "muted" }, "The same checks as ", h("code", {}, "takevoice doctor"), "."), run, checks), place);
  load(place);
  return {};
}

function preferences() {
  const choose = h("select", { "aria-label": "Theme", onchange: () => applyTheme(choose.value) }, [["auto", "as the system"], ["light", "light"], ["dark", "dark"]].map(([value, text]) => h("option", { value }, text)));
  choose.value = theme();
  const keys = h("input", { type: "checkbox", checked: areOn(), onchange: () => switchKeys(keys.checked) });
  const notices = h("input", { type: "checkbox", checked: noticesAreOn(), onchange: () => switchNotices(notices.checked) });
  return h("section", {}, h("h2", {}, "This page"), h("div", { class: "row" }, h("label", {}, "Theme ", choose), h("label", { class: "check" }, keys, " Single keys as shortcuts"), h("label", { class: "check" }, notices, " Say when a batch is done")), h("details", {}, h("summary", {}, "All keys"), keyHelp()));
}

async function load(place) {
  let found;
  try {
    found = await get("/api/settings");
  } catch (error) {
    fill(place);
    return report(error);
  }
  const files = [["Config", found.config ?? "none: `takevoice init` writes one"], ["State", found.state_dir], ...found.folders.map((folder) => ["Watched folder", folder])];
  const plugin = (each) => h("tr", {}, h("th", { scope: "row" }, each.name), h("td", {}, each.problem ? h("span", { class: "bad" }, each.problem) : each.hooks.join(", ")), h("td", { class: "muted" }, each.source));
  fill(
    place,
    h("section", {}, h("h2", {}, "Where things are"), found.error && h("p", { class: "banner bad" }, found.error), h("table", {}, h("tbody", {}, files.map(([name, path]) => h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, h("bdi", { class: "path" }, path))))))),
    h("section", {}, h("h2", {}, "Settings in force"), h("p", { class: "muted" }, "For a take whose track has none of its own."), h("table", {}, h("thead", {}, h("tr", {}, ["Setting", "Value", "Decided by"].map((text) => h("th", { scope: "col" }, text)))), h("tbody", {}, found.settings.map((each) => h("tr", {}, h("th", { scope: "row" }, each.name), h("td", {}, setting(each.value)), h("td", { class: "muted" }, each.source)))))),
    h("section", {}, h("h2", {}, "Plugins"), h("table", {}, h("tbody", {}, found.plugins.map(plugin)))),
  );
}
