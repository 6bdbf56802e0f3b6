// Files that are dropped on the page are copied into a watched folder, and converted there.

import { get, query, send } from "../core/api.js";
import { button, h } from "../core/dom.js";
import { count } from "../core/format.js";
import { ask, report, toast } from "./dialog.js";

/** Accepts files anywhere on the page. */
export function acceptDrops(app) {
  const veil = h("div", { class: "veil", hidden: true }, h("p", {}, "Drop takes here to convert them"));
  document.body.append(veil);
  const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  let depth = 0;
  addEventListener("dragenter", (event) => {
    if (hasFiles(event)) veil.hidden = ++depth <= 0;
  });
  addEventListener("dragleave", (event) => {
    if (hasFiles(event)) veil.hidden = --depth <= 0;
  });
  addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
  addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth = 0;
    veil.hidden = true;
    addFiles([...event.dataTransfer.files], app);
  });
}

/** Returns a button that asks for files. */
export function addButton(app) {
  const input = h("input", { type: "file", multiple: true, hidden: true, accept: "audio/*", onchange: () => { addFiles([...input.files], app); input.value = ""; } });
  return [button("Add takes …", () => input.click()), input];
}

const SHEET = /\.(csv|tsv|txt|tab)$/i;

/** Asks for the folder and copies the files there; a casting sheet is shown in the casting. */
export async function addFiles(files, app) {
  if (!files.length) return;
  if (files.length === 1 && SHEET.test(files[0].name)) return void app.importSheet(files[0]);
  try {
    const { folders } = await get("/api/settings");
    if (!folders.length) return void toast("There is no watched folder to put takes into", "bad", "start takevoice with one: takevoice run FOLDER");
    const folder = await chosen(files, folders);
    if (folder === null) return;
    let copied = 0;
    for (const file of files) copied += await copy(file, folder);
    if (copied) toast(`${count(copied, "take")} copied to ${folders[folder]}`, "good", app.status?.running ? "" : "takevoice is not running: they are converted once it is");
  } catch (error) {
    report(error);
  }
}

async function copy(file, folder) {
  try {
    await send(`/api/files${query({ folder, name: file.name })}`, { method: "POST", body: file });
    return 1;
  } catch (error) {
    report(error);
    return 0;
  }
}

async function chosen(files, folders) {
  const select = h("select", { "aria-label": "Folder" }, folders.map((folder, index) => h("option", { value: index }, folder)));
  const what = files.length === 1 ? files[0].name : count(files.length, "file");
  const content = [select, h("p", { class: "muted" }, "The files are copied there and converted as any take of that folder. Nothing is overwritten.")];
  return (await ask(`Copy ${what} into`, content, "Copy")) ? Number(select.value) : null;
}
