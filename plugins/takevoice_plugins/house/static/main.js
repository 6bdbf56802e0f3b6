// The page of a house's server: asks for a key of the house, and shows the screen that stations show, too. Here, the browser
// asks the house itself, so the key is in this tab, and nowhere else.

import { ApiError, NoAnswer } from "./core/api.js";
import { button, h, say } from "./core/dom.js";
import { Frame } from "./parts/frame.js";
import * as house from "./screens/house.js";

const KEY = "takevoice-house-key";

let screen = null;

async function overview(key, by = "person") {
  const answer = await fetch(`/house/v1/overview?by=${by}`, { headers: { "xi-api-key": key }, cache: "no-store" }).catch(() => {
    throw new NoAnswer(false, "The house does not answer");
  });
  if (answer.ok) return answer.json();
  const detail = await answer.json().then((body) => body.detail, () => null);
  throw new ApiError(answer.status, { code: detail?.code, text: detail?.message ?? `The house answered with status ${answer.status}` });
}

/** Asks for a key. */
function ask(problem = "") {
  screen?.close();
  sessionStorage.removeItem(KEY);
  const input = h("input", { type: "password", autocomplete: "off", required: true, spellcheck: "false", id: "key" });
  const said = h("p", { class: "banner bad", role: "alert", hidden: !problem }, problem);
  const enter = async (event) => {
    event.preventDefault();
    const key = input.value.trim();
    try {
      await overview(key);
      sessionStorage.setItem(KEY, key);
      show(key);
    } catch (error) {
      say(said, error.message);
      said.hidden = false;
    }
  };
  const note = h("p", { class: "muted" }, "An administrator sees all, anyone else their own takes. The key stays in this tab.");
  const form = h("form", { onsubmit: enter }, h("h1", {}, "The house"), h("label", { for: "key" }, "Your key of the house", input), h("button", { type: "submit", class: "primary" }, "Show"), said, note);
  document.title = "takevoice house";
  document.body.replaceChildren(h("main", { class: "gate" }, form));
  input.focus();
}

/** Shows the house to a key. */
function show(key) {
  const name = h("bdi", { class: "muted" });
  const frame = new Frame({ title: "takevoice house", names: {}, status: (state) => [state, name, button("Leave", () => ask())] });
  const root = h("div", { class: "screen" });
  frame.main.append(root);
  document.body.replaceChildren(...frame.elements);
  const app = {
    askHouse: (by) =>
      overview(key, by).catch((error) => {
        if (error.status === 401 || error.status === 403) ask(error.message);
        throw error;
      }),
    houseSeen: (found) => {
      frame.say(found ? (found.queue.some((row) => row.waiting || row.under_way || row.in_doubt) ? "working" : "ready") : "no answer");
      if (found) say(name, found.name);
    },
  };
  screen = house.show(root, { app });
}

const key = sessionStorage.getItem(KEY);
if (key) show(key);
else ask();
