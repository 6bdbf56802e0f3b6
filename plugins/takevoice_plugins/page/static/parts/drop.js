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
    if (document.querySelector("dialog[open]")) return void toast("Answer what is asked first, then drop the files again", "bad");
    const dropped = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile()).filter(Boolean);
    filesIn(dropped).then((files) => addFiles(files, app), report);
  });
}

/** Returns the files that were dropped, those in folders too. */
async function filesIn(dropped) {
  const found = [];
  for (const each of dropped) {
    if (each instanceof File) found.push(each);
    else if (each.isFile) found.push(await new Promise((done, failed) => each.file(done, failed)));
    else found.push(...(await filesIn(await listed(each))));
  }
  return found;
}

/** Returns what is in a folder; the browser gives it in parts. */
async function listed(folder) {
  const [reader, found] = [folder.createReader(), []];
  for (;;) {
    const part = await new Promise((done, failed) => reader.readEntries(done, failed));
    if (!part.length) return found;
    found.push(...part);
  }
}

/** Returns a button that asks for files. */
export function addButton(app) {
  const input = h("input", { type: "file", multiple: true, hidden: true, accept: "audio/*", onchange: () => { addFiles([...input.files], app); input.value = ""; } });
  return [button("Add takes …", () => input.click()), input];
}

const SHEET = /\.(csv|tsv|txt|tab)$/i;

/** Asks for the folder and copies the files there; a casting sheet is shown in the casting. */
export async function addFiles(files, app) {
  if (files.length === 1 && SHEET.test(files[0].name)) return void app.importSheet(files[0]);
  try {
    const { folders, suffixes } = await get("/api/settings");
    if (!folders.length) return void toast("There is no watched folder to put takes into", "bad", "start takevoice with one: takevoice run FOLDER");
    const isTake = (file) => suffixes.some((suffix) => file.name.toLowerCase().endsWith(suffix));
    const [takes, others] = [files.filter(isTake), files.filter((file) => !isTake(file))];
    if (others.length) toast(`Not copied, as takevoice does not convert such files: ${named(others.map((file) => file.name))}`, takes.length ? "" : "bad");
    if (!takes.length) return others.length ? undefined : void toast("There are no files in it", "bad");
    const folder = await chosen(takes, folders);
    if (folder === null) return;
    tell(await copied(takes, folder), folders[folder], app);
  } catch (error) {
    report(error);
  }
}

/** Returns the first of some names, and how many more there are. */
const named = (names) => (names.length > 4 ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more` : names.join(", "));

/** Copies files one after the other; returns their names: new ones, numbered ones, those that were there, those that failed. */
async function copied(takes, folder) {
  const found = { copied: [], numbered: [], there: [] };
  const stay = (event) => event.preventDefault(); // the browser asks before it leaves the page
  addEventListener("beforeunload", stay);
  const progress = takes.length > 1 ? toast("", "", "", true) : null;
  for (const [at, file] of takes.entries()) {
    progress?.say(`Copying ${at + 1} of ${takes.length} …`);
    try {
      await file.slice(0, 1).arrayBuffer().catch(() => Promise.reject(new Error(`${file.name} cannot be read`)));
      const answer = await (await send(`/api/files${query({ folder, name: file.name })}`, { method: "POST", body: file })).json();
      if (answer.is_there) found.there.push(answer.name);
      else found.copied.push(answer.name);
      if (answer.is_numbered) found.numbered.push(answer.name);
    } catch (error) {
      report(error);
    }
  }
  progress?.close();
  removeEventListener("beforeunload", stay);
  return found;
}

function tell({ copied, numbered, there }, folder, app) {
  const later = app.status?.running ? "" : "takevoice is not running: they are converted once it is";
  if (copied.length) toast(`${count(copied.length, "take")} copied to ${folder}`, "good", later);
  if (numbered.length) toast(`Takes of these names are there with other audio; the new ones are ${named(numbered)}`);
  if (there.length) toast(`There already, the same: ${named(there)}`);
}

async function chosen(files, folders) {
  const select = h("select", { "aria-label": "Folder" }, folders.map((folder, index) => h("option", { value: index }, folder)));
  const what = files.length === 1 ? files[0].name : count(files.length, "file");
  const content = [select, h("p", { class: "muted" }, "The files are copied there and converted as any take of that folder. Nothing is overwritten.")];
  return (await ask(`Copy ${what} into`, content, "Copy")) ? Number(select.value) : null;
}
