// The keys, by screen.

import { h } from "../core/dom.js";

const KEYS = {
  "Everywhere": [["Q", "queue"], ["T", "the last take"], ["C", "casting"], ["H", "held and money"], ["Y", "history"], ["U", "the house, if there is one"], [",", "settings"], ["?", "this help"]],
  "Lists": [["J K", "next, previous job"], ["Enter", "open it"], ["X", "select it"], ["/", "search"]],
  "Casting": [["Tab", "the next cell"], ["Enter ↑ ↓", "the cell below, above"], ["Esc", "take the change of a cell back"], ["Ctrl Enter", "review and write the changes"], ["/", "search"]],
  "A take": [
    ["Space", "play, pause"], ["O", "hear the original"], ["1 … 9", "hear a result"], ["X", "the last two, in turn"],
    ["← →", "1 second"], ["Shift ← →", "5 seconds"], ["Home", "to the start"], ["[ ]", "loop from here, to here"], ["L", "loop on and off"],
    ["+ −", "zoom"], ["M", "match levels"], ["B", "blind"], ["F", "spectrogram"], ["Enter", "pick what is heard"], ["R", "reject it"], ["S", "star it"], ["N", "note on it"], ["J K", "next, previous take; it plays on"],
  ],
};

/** Returns tables of the keys. */
export const keyHelp = () =>
  h("div", { class: "keys" }, Object.entries(KEYS).map(([title, rows]) => [
    h("h3", {}, title),
    h("dl", {}, rows.map(([key, what]) => [h("dt", {}, key.split(" ").map((each) => h("kbd", {}, each))), h("dd", {}, what)])),
  ]));
