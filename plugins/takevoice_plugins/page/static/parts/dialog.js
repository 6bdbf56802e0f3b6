// Questions and messages.

import { ApiError, NoAnswer } from "../core/api.js";
import { button, fill, h, marked, newId } from "../core/dom.js";

/** Shows content with a button that agrees; resolves to true when it is pressed. `ready(agree)` gets that button. */
export function ask(title, content, label, { danger = false, wide = false, ready = null } = {}) {
  return new Promise((answer) => {
    const id = newId("title");
    const done = (value) => {
      answer(value);
      dialog.close();
    };
    const agree = button(label, () => done(true), { class: danger ? "danger" : "primary", autofocus: true });
    const dialog = h(
      "dialog",
      { "aria-labelledby": id, class: wide ? "wide" : null, onclose: () => (answer(false), dialog.remove()) },
      h("h2", { id }, title),
      content,
      h("div", { class: "row end" }, button("Back", () => done(false)), agree),
    );
    ready?.(agree);
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Asks; resolves to true when the person agrees. `lines` are paragraphs. */
export const confirm = (title, lines, label, options) => ask(title, lines.map((line) => h("p", {}, line)), label, options);

/**
 * Asks for a text; resolves to null when the person goes back. What was typed under the name `draft` and not kept is there again,
 * after Escape, a reload, or where it could not be stored: the caller calls `forgetDraft` once it is.
 */
export function askText(title, value, draft = "") {
  return new Promise((answer) => {
    const id = newId("title");
    const typed = draft ? sessionStorage.getItem(DRAFT + draft) : null;
    const field = h("textarea", { "aria-labelledby": id, rows: 3, maxlength: 2000, value: typed ?? value, oninput: () => draft && sessionStorage.setItem(DRAFT + draft, field.value) });
    const done = (given) => {
      if (given === null) forgetDraft(draft);
      answer(given);
      dialog.close();
    };
    const dialog = h("dialog", { "aria-labelledby": id, onclose: () => (answer(null), dialog.remove()) }, h("h2", { id }, title), field, typed !== null && typed !== value && h("p", { class: "muted" }, "This was typed before and not kept yet."), h("div", { class: "row end" }, h("span", { class: "muted grow" }, h("kbd", {}, "Enter"), " keeps, ", h("kbd", {}, "Shift Enter"), " is a new line"), button("Back", () => done(null)), button("Keep", () => done(field.value.trim()), { class: "primary" })));
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      done(field.value.trim());
    });
    document.body.append(dialog);
    dialog.showModal();
    field.focus();
  });
}

const DRAFT = "takevoice-draft-";

/** Forgets what was typed and is stored now. */
export const forgetDraft = (draft) => sessionStorage.removeItem(DRAFT + draft);

/** Closes what is asked, as if the person went back. */
export const closeDialogs = () => document.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close());

/** Shows something in a dialog with a button that closes it. */
export function show(title, ...content) {
  const id = newId("title");
  const dialog = h(
    "dialog",
    { "aria-labelledby": id, onclose: () => dialog.remove() },
    h("h2", { id }, title),
    content,
    h("div", { class: "row end" }, button("Close", () => dialog.close(), { class: "primary", autofocus: true })),
  );
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** What a message says, without its button. */
const says = (shown) => [...shown.querySelectorAll("span")].map((each) => each.textContent).join("\n");

const box = h("div", { class: "toasts", role: "status", "aria-live": "polite" });

/** Says something for a while, or until it was seen, where it is also read aloud. `kind`: "", "good" or "bad". Returns how to say
 * something else there, and to close it. */
export function toast(text, kind = "", hint = "", stays = false) {
  if (!box.isConnected) document.body.append(box);
  const shown = h("div", { class: `toast ${kind}` }, h("span", {}, marked(text)), hint && h("span", { class: "muted" }, marked(hint)));
  for (const other of [...box.children]) if (says(other) === says(shown)) other.remove();
  shown.append(button("×", () => shown.remove(), { "aria-label": "close this message", class: "plain" }));
  box.append(shown);
  while (box.children.length > 3) box.firstChild.remove();
  const say = (now) => {
    shown.firstChild.textContent = now;
    if (!shown.isConnected) box.append(shown);
  };
  const control = { say, close: () => shown.remove() };
  if (!stays) {
    setTimeout(control.close, kind === "bad" ? 15_000 : 6_000);
    return control;
  }
  const seen = () => !document.hidden && setTimeout(() => shown.remove(), 20_000);
  seen();
  document.addEventListener("visibilitychange", seen, { once: true });
  return control;
}

/** Reports an error of a request. */
export function report(error) {
  if (error.name === "AbortError" || error.status === 401) return;
  if (error instanceof NoAnswer) {
    if (error.acted) toast(error.message, "bad", "This may not have been done: look again once it is back.");
    return; // the banner says so
  }
  if (!(error instanceof ApiError)) console.error(error);
  toast(error.message, "bad", error.hint ?? "");
}

const spokenBox = h("div", { class: "unseen", "aria-live": "polite" });

/** Has a screen reader say something. */
export function announce(text) {
  if (!spokenBox.isConnected) document.body.append(spokenBox);
  fill(spokenBox, text);
}

/** Returns a message in place of content: an icon, a line, and what to do. */
export const empty = (icon, title, ...lines) =>
  h("div", { class: "empty" }, h("div", { class: "icon", "aria-hidden": "true" }, icon), h("h2", {}, title), lines.map((line) => (line instanceof Node ? line : h("p", {}, line))));

/** Returns grey bars in place of content that is not there after 200 ms. */
export const skeleton = (lines = 6) =>
  h("div", { class: "skeleton", "aria-label": "loading" }, Array.from({ length: lines }, () => h("div", {})));
