// Who speaks which track. What is set here counts above the config, and can be given back to it.

import { get, post, query } from "../core/api.js";
import { button, fill, h } from "../core/dom.js";
import { count, number, span } from "../core/format.js";
import { confirm, empty, report, skeleton, toast } from "../parts/dialog.js";

const NUMBERS = [["stability", 0, 1, 0.05], ["similarity_boost", 0, 1, 0.05], ["style", 0, 1, 0.05], ["seed", 0, 4294967295, 1]];
const HERE = "set over OSC"; // what the ledger keeps for a track: set on this page, or over OSC

export function show(root, { app }) {
  const place = h("div");
  const search = h("input", { type: "search", placeholder: "Search tracks", "aria-label": "Search tracks", oninput: () => draw() });
  fill(root, h("div", { class: "row bar" }, h("h1", {}, "Casting"), h("span", { class: "grow" }), search), h("p", { class: "muted" }, "What you choose here counts at once, above the config, for takes that are converted from now on. “As in the config” gives it back."), place);
  let [tracks, voices, shown] = [[], [], ""];
  const loading = setTimeout(() => fill(place, skeleton()), 200);

  const draw = () => {
    const word = search.value.trim().toLowerCase();
    const some = tracks.filter((each) => each.track.toLowerCase().includes(word));
    if (!tracks.length) return fill(place, empty("☺", "No tracks yet", "Tracks appear here once takes have been met, or named in the config."));
    if (!some.length) return fill(place, empty("⌕", "No track has that name"));
    const focused = place.contains(document.activeElement) ? document.activeElement.dataset.part : null;
    const heads = ["Track", "Voice", "Decided by", "Takes", "Audio", "Settings", "Results by another voice"];
    fill(place, h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Tracks" }, h("table", { class: "casting" }, h("thead", {}, h("tr", {}, heads.map((text) => h("th", { scope: "col" }, text)))), h("tbody", {}, some.map(row)))));
    if (focused) place.querySelector(`[data-part="${CSS.escape(focused)}"]`)?.focus();
  };

  const set = async (track, key, value) => {
    try {
      Object.assign(track, await post("/api/casting", { track: track.track, key, value }));
      toast(value === null ? `${track.track}: ${key} as in the config` : `${track.track}: ${key} is ${value}`, "good");
    } catch (error) {
      report(error);
    }
    await refresh();
  };

  const row = (track) => {
    const names = voices.map((voice) => voice.name);
    const others = track.voice && !names.includes(track.voice) && !voices.some((voice) => voice.id === track.voice) ? [track.voice] : [];
    const select = h("select", { "aria-label": `Voice of ${track.track}`, "data-part": `voice ${track.track}`, onchange: () => set(track, "voice", select.value) }, [...others, ...voices.map((voice) => voice.name)].map((name) => h("option", { value: name }, name)));
    select.value = voices.find((voice) => voice.id === track.voice)?.name ?? track.voice;
    const takes = Object.values(track.jobs).reduce((sum, each) => sum + each, 0);
    const given = Object.entries(track.settings).filter(([, each]) => each.source === HERE).map(([key]) => key);
    const source = [h("span", {}, track.source === HERE ? "set here" : track.source), given.length ? button("As in the config", () => giveBack(track, given), { class: "small", "data-part": `back ${track.track}` }) : null];
    return h("tr", {}, h("th", { scope: "row" }, h("a", { href: `#queue${query({ track: track.track })}` }, h("bdi", {}, track.track))), h("td", {}, select), h("td", { class: "source" }, source), h("td", { class: "number" }, number(takes)), h("td", { class: "number" }, track.seconds ? span(track.seconds) : ""), h("td", {}, details(track)), h("td", {}, track.stale ? button(`${count(track.stale, "result")}: convert again …`, () => recast(track), { class: "warn", "data-part": `again ${track.track}` }) : ""));
  };

  const details = (track) => {
    const chosen = NUMBERS.filter(([key]) => track.settings[key]?.value !== null && track.settings[key]?.value !== undefined);
    const summary = chosen.map(([key]) => `${key} ${track.settings[key].value}`).join(", ") || "as the voice has them";
    const field = ([key, min, max, step]) => {
      const value = track.settings[key]?.value ?? "";
      const input = h("input", { type: "number", min, max, step, value, "data-part": `${key} ${track.track}`, onchange: () => input.reportValidity() && set(track, key, input.value === "" ? null : Number(input.value)) });
      return h("label", {}, key.replace("_", " "), input);
    };
    return h("details", {}, h("summary", {}, summary), h("div", { class: "fields" }, NUMBERS.map(field)));
  };

  const giveBack = async (track, keys) => {
    for (const key of keys) await post("/api/casting", { track: track.track, key, value: null }).catch(report);
    await refresh();
  };

  const recast = async (track) => {
    try {
      const { ids, seconds } = await get(`/api/casting/stale${query({ track: track.track })}`);
      const cost = app.spends ? `It is ${span(seconds)} of audio, and is paid for.` : "This is free.";
      if (!(await confirm(`Convert ${count(ids.length, "take")} of ${track.track} again, by ${track.voice}?`, [`${cost} The results that are there stay.`], `Convert ${ids.length}`))) return;
      const { done, refused } = await post("/api/jobs/retry", { ids });
      toast(`${count(done.length, "take")} started again`, "good");
      if (refused.length) toast(`${count(refused.length, "take")} not: ${refused[0].text}`, "bad");
      await refresh();
    } catch (error) {
      report(error);
    }
  };

  const refresh = async () => {
    try {
      const [found, listed] = await Promise.all([get("/api/casting"), voices.length ? null : get("/api/voices").catch(() => null)]);
      if (listed) voices = listed.voices;
      const text = JSON.stringify(found);
      clearTimeout(loading);
      if (text === shown) return;
      // Not while something is being typed or chosen here.
      if (place.contains(document.activeElement) && document.activeElement.matches("input")) return;
      shown = text;
      tracks = found.tracks;
      draw();
    } catch (error) {
      report(error);
    }
  };
  refresh();
  return { refresh, keys: { "/": () => search.focus() } };
}
