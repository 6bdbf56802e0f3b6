// Questions and messages.

import { ApiError, NoAnswer } from "../core/api.js";
import { button, fill, h, newId } from "../core/dom.js";

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

/** Asks for a text; resolves to null when the person goes back. */
export function askText(title, value) {
  return new Promise((answer) => {
    const id = newId("title");
    const field = h("textarea", { "aria-labelledby": id, rows: 3, maxlength: 2000, value });
    const done = (given) => {
      dialog.close();
      answer(given);
    };
    const dialog = h("dialog", { "aria-labelledby": id, oncancel: () => answer(null), onclose: () => dialog.remove() }, h("h2", { id }, title), field, h("div", { class: "row end" }, h("span", { class: "muted grow" }, h("kbd", {}, "Enter"), " keeps, ", h("kbd", {}, "Shift Enter"), " is a new line"), button("Back", () => done(null)), button("Keep", () => done(field.value.trim()), { class: "primary" })));
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

const box = h("div", { class: "toasts", role: "status", "aria-live": "polite" });

/** Says something for a while, or until it was seen, where it is also read aloud. `kind`: "", "good" or "bad". Returns how to say
 * something else there, and to close it. */
export function toast(text, kind = "", hint = "", stays = false) {
  if (!box.isConnected) document.body.append(box);
  const shown = h("div", { class: `toast ${kind}` }, h("span", {}, text), hint && h("span", { class: "muted" }, hint));
  shown.append(button("×", () => shown.remove(), { "aria-label": "close this message", class: "plain" }));
  box.append(shown);
  while (box.children.length > 4) box.firstChild.remove();
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
  if (error instanceof NoAnswer) return; // the banner says so
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
