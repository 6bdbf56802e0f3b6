// A file of a take: saved, dragged out, or shown in its folder.

import { post } from "../core/api.js";
import { button, h } from "../core/dom.js";
import { report } from "../parts/dialog.js";

const LIFE = 200_000; // milliseconds for which an address is used; the server keeps it a little longer

/** Returns a link that saves the file, and can be dragged, and a button that shows its folder. */
export function fileActions(source) {
  const link = h("a", { href: "#", class: "file", "data-part": "save", draggable: "true", title: "Save it, or drag it into a folder or an editor" }, "Save");
  for (const event of ["pointerenter", "focus"]) link.addEventListener(event, () => ticket(link, source));
  link.addEventListener("click", (event) => save(event, link, source));
  link.addEventListener("dragstart", (event) => {
    if (link.dataset.url) event.dataTransfer.setData("DownloadURL", `application/octet-stream:${link.download}:${link.dataset.url}`);
  });
  const reveal = () => post(`/api/jobs/${source.id}/reveal/${source.which}`).catch(report);
  return [link, button("Folder", reveal, { class: "plain link", "data-part": "folder", title: "Show the folder in the file manager" })];
}

/** Gives a link the address of its file, which works for a few minutes; resolves to false when there is none. */
function ticket(link, { id, which }) {
  if (link.until > Date.now()) return link.ticket;
  link.until = Date.now() + LIFE;
  delete link.dataset.url;
  link.ticket = post(`/api/jobs/${id}/ticket/${which}`).then(
    ({ url, name }) => {
      link.dataset.url = new URL(url, location.href).href;
      return Boolean(Object.assign(link, { download: name, href: url }));
    },
    (error) => {
      link.until = 0;
      report(error);
      return false;
    },
  );
  return link.ticket;
}

async function save(event, link, source) {
  if (link.dataset.url && link.until > Date.now()) return;
  event.preventDefault();
  if (await ticket(link, source)) link.click();
}
