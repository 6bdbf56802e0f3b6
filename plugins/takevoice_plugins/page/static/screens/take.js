// A take by ear: its original and every result, on one clock.

import { bytes, get, query } from "../core/api.js";
import { button, fill, h, newId, say } from "../core/dom.js";
import { codeOf, decide, label } from "../core/decide.js";
import { STATES, clock, exactClock, fine, folderOf, number, spoken } from "../core/format.js";
import { cast } from "../casting/audition.js";
import { announce, empty, report, skeleton, toast } from "../parts/dialog.js";
import { letter, shuffled } from "../player/blind.js";
import { LaneView } from "../player/lane.js";
import { loudnessOf, matchingGains } from "../player/level.js";
import { Player } from "../player/player.js";
import { moreButton, note, pick, reject, star, verdict } from "../take/candidates.js";
import { showFacts } from "../take/facts.js";
import { fileActions } from "../take/files.js";

export function show(root, { app, argument }) {
  const screen = new TakeScreen(root, app, Number(argument));
  return { keys: screen.keys, refresh: () => screen.refresh(), progress: (shares) => screen.progress(shares), close: () => screen.close() };
}

class TakeScreen {
  constructor(root, app, id) {
    Object.assign(this, { root, app, id, blind: null, loop: null, kind: "wave", lane: 0, before: 0, match: true });
    if (!id) {
      this.#openNewest();
      return;
    }
    app.lastTake = id;
    this.changed = () => this.refresh();
    this.acts = this.#acts();
    // A key may be quicker than the next take: it is kept until that is there, and never meant for the one before.
    this.keys = Object.fromEntries(Object.entries(this.acts).map(([key, act]) => [key, () => ((this.take || this.failed) && !this.leaving ? act() : void app.typed.push(key))]));
    this.loading = setTimeout(() => fill(root, skeleton(5)), 200);
    this.refresh();
  }

  async #openNewest() {
    const { jobs } = await get("/api/jobs?candidates=false&limit=1").catch(() => ({ jobs: [] }));
    if (this.closed) return;
    if (jobs.length > 0) location.replace(`#take/${jobs[0].id}`);
    else fill(this.root, empty("♪", "No take is open", "Open one from the queue: Enter, or a click on its name."));
  }

  async refresh() {
    if (!this.id) return;
    try {
      const take = await get(`/api/jobs/${this.id}`);
      clearTimeout(this.loading);
      if (this.closed) return;
      const before = this.take;
      const text = JSON.stringify(take);
      if (text === this.shown) return; // what is focused stays focused while other takes change
      this.shown = text;
      this.take = take;
      this.#price();
      // What a pick places is a copy of a lane: it is none of its own.
      const heard = (each) => JSON.stringify([each.lanes.map((lane) => lane.id), each.frames, each.family ? each.there.original : each.there]);
      if (!before || heard(before) !== heard(take)) this.#build();
      else {
        this.#tell();
        this.#order();
      }
      if (!before) this.#begin();
    } catch (error) {
      clearTimeout(this.loading);
      if (!this.take) Object.assign(this, { failed: true }).app.typed = [];
      if (error.code === "unknown_job") fill(this.root, empty("⌕", "There is no such job", error.message));
      else report(error);
    }
  }

  /** Plays at once if the take before was being played, and does what was typed meanwhile. */
  #begin() {
    if (this.app.plays) this.player?.play();
    this.app.plays = false;
    this.#replay();
  }

  /** Does what was typed while the take was not there yet. */
  #replay() {
    while (this.app.typed.length && !this.leaving && !this.closed) this.acts[this.app.typed.shift()]?.();
  }

  progress(shares) {
    if (this.bar && shares.has(this.id)) this.bar.value = shares.get(this.id);
  }

  close() {
    this.closed = true;
    this.player?.close();
    for (const each of this.views ?? []) each.close();
  }

  #build() {
    const { take } = this;
    const before = this.player && { sources: this.sources, lane: this.lane, time: this.player.time, playing: this.player.playing };
    this.player?.close();
    for (const each of this.views ?? []) each.close();
    this.sources = take.frames ? [{ id: take.id, which: "original" }, ...take.lanes.map((lane) => ({ id: lane.id, which: "result" }))] : [];
    const mine = take.lanes.findIndex((lane) => lane.id === take.id);
    this.lane = mine < 0 ? Math.min(1, take.lanes.length) : mine + 1;
    this.before = 0;
    this.view = [0, take.seconds || 1];
    const channels = take.channels > 2 ? "mix" : "";
    const load = ({ id, which }) => async (start, frames, rate) => {
      const own = rate === take.sample_rate ? "" : rate;
      const [buffer] = await bytes(`/api/jobs/${id}/audio/${which}${query({ start, frames, channels, rate: own })}`);
      return new Float32Array(buffer);
    };
    this.player = take.frames ? new Player(this.sources.map(load), { frames: take.frames, rate: take.sample_rate, channels: Math.min(2, take.channels > 2 ? 1 : take.channels) }) : null;
    this.player?.addEventListener("time", () => this.#time());
    this.player?.addEventListener("failed", ({ detail }) => this.views[detail.lane].fail(detail.error));
    this.player?.switchTo(this.lane);
    if (before) this.#continue(before);
    this.#lay();
    this.#tell();
    this.#level();
  }

  /** Goes on where a person was before other results were there: in the same lane, at the same place, as blind as before. */
  #continue({ sources, lane, time, playing }) {
    const now = (each) => this.sources.findIndex(({ id, which }) => id === sources[each].id && which === sources[each].which);
    if (this.blind) {
      const known = this.blind.map(now).filter((each) => each >= 0);
      this.blind = [...known, ...this.sources.keys()].filter((each, at, all) => all.indexOf(each) === at);
    }
    if (now(lane) >= 0) this.player.switchTo((this.lane = now(lane)));
    if (this.loop) this.player.setLoop(this.loop);
    if (time) this.player.seek(time).then(() => (playing ? this.player.play() : null)).then(() => this.#time());
  }

  #lay() {
    const { take } = this;
    this.heading = h("div", { class: "row head" });
    this.views = this.sources.map((source) => new LaneView(source, take));
    this.views.forEach((view, lane) => {
      view.addEventListener("seek", ({ detail }) => this.#seek(detail, lane));
      view.addEventListener("range", ({ detail }) => this.#setLoop(detail));
      view.addEventListener("failed", () => this.rows[lane].classList.add("gone"));
      view.addEventListener("again", () => this.#build());
    });
    this.group = h("div", { class: "lanes", role: "radiogroup", "aria-label": "What is heard" });
    this.rows = this.views.map((view, lane) => this.#row(view, lane));
    const act = (text, key, does) => button([text, " ", h("kbd", {}, key)], () => this.#heard(does), { class: "small" });
    this.verdicts = h("div", { class: "row verdicts", hidden: true }, h("span", { class: "muted" }, "What you hear:"), act("Pick", "Enter", pick), act("Reject", "R", reject), act("Star", "S", star), act("Note", "N", note));
    this.facts = h("div", { class: "facts" });
    fill(this.root, this.heading, take.frames ? [this.#tools(), this.group, this.verdicts, this.#transport()] : null, this.facts);
    this.#order();
  }

  #row(view, lane) {
    const name = newId("lane");
    const input = h("input", { type: "radio", name: "lane", id: name, onchange: () => this.#switch(lane) });
    const caption = h("label", { for: name, class: "lane-name" });
    const row = h("div", { class: "lane" }, h("div", { class: "lane-head" }, input, caption), view.element, h("div", { class: "lane-info" }));
    return Object.assign(row, { input, caption, info: row.lastChild });
  }

  /** Puts the rows in order, with their names: as they are, or shuffled. */
  #order() {
    const { take } = this;
    const order = this.blind ?? this.sources.map((_, lane) => lane);
    const back = this.#focused();
    fill(this.group, order.map((lane) => this.rows[lane]));
    order.forEach((lane, place) => {
      const { caption, info, input } = this.rows[lane];
      const made = lane ? take.lanes[lane - 1] : null;
      const key = this.blind ? place + 1 : lane || "O"; // the keys end at 9
      const which = made && this.candidate(made.id)?.number;
      fill(caption, key > 9 ? null : h("kbd", {}, key), this.blind ? ` ${letter(place)}` : made ? [" ", h("bdi", {}, made.voice), h("small", {}, [which ? `candidate ${which}${made.id < this.take.family ? ", the result before" : ""}` : "", made.seed === null ? "" : `seed ${made.seed}`].filter(Boolean).join(" · "))] : " original");
      this.rows[lane].said = this.blind ? letter(place) : made ? `${which ? `candidate ${which}, ` : ""}${made.voice}` : "original";
      input.checked = lane === this.lane;
      fill(info, this.blind ? null : this.#about(lane, made)); // buttons, stars and notes would give lanes away
      this.rows[lane].classList.toggle("heard", lane === this.lane);
      this.rows[lane].classList.toggle("rejected", Boolean(!this.blind && made && this.candidate(made.id)?.rejected));
    });
    this.verdicts.hidden = !(this.blind && take.candidates.length);
    back();
    const kind = this.blind ? "hidden" : this.kind;
    for (const view of this.views) if (view.kind !== kind) view.setKind(kind);
  }

  /** Returns how to focus again what is focused in a row now, once that is made anew. */
  #focused() {
    const at = document.activeElement;
    const row = this.rows.find((each) => each.contains(at));
    return () => {
      if (!row || at.isConnected) return row && at.focus();
      (row.querySelector(`[data-part="${at.dataset.part}"]`) ?? row.input).focus();
    };
  }

  #about(lane, made) {
    const loudness = this.loudness?.[lane];
    const parts = [loudness === null || loudness === undefined ? "" : `${fine(loudness).replace("-", "−")} LUFS`];
    const candidate = made && this.candidate(made.id);
    if (made?.correlation) parts.push(`${Math.round(made.correlation * 100)} % alike`);
    return [h("span", { class: "muted", title: made?.correlation ? "How alike its timing and melody are to the original's" : "" }, parts.filter(Boolean).join(" · ")), candidate?.note && h("span", { class: "note", tabindex: candidate.note.length > 90 ? "0" : null }, candidate.note), h("span", { class: "row" }, fileActions(this.sources[lane])), candidate && verdict(candidate, this.changed), made && this.isAudition && button(`Cast for ${this.take.track}`, () => this.#cast(made), { class: "small", title: "Writes the voice into the config, after you have seen what changes" })];
  }

  /** The candidate of a job, if the take has several. */
  candidate(id) {
    return this.take.candidates.find((each) => each.job === id);
  }

  /** True for a line in voices that are tried for its character. */
  get isAudition() {
    return this.take.origin === "audition";
  }

  async #cast(made) {
    if (await cast(this.take, made.voice)) this.app.go("casting");
  }

  /** Does something with the candidate that is heard. */
  #heard(act) {
    const made = this.lane ? this.take.lanes[this.lane - 1] : null;
    if (made && this.isAudition && act === pick) return void this.#cast(made);
    const candidate = made && this.candidate(made.id);
    if (candidate) act(this.blind ? { ...candidate, picked: 0, number: 0 } : candidate, this.changed);
    else toast(made ? "This take has one result, and nothing to choose" : "Choose a result first, with its number");
  }

  #tools() {
    const toggle = (name, text, key, act) => (this[name] = button([text, " ", h("kbd", {}, key)], act, { "aria-pressed": "false", "aria-keyshortcuts": key }));
    toggle("matchButton", "Match levels", "M", () => this.#toggleMatch());
    toggle("blindButton", "Blind", "B", () => this.#toggleBlind());
    toggle("loopButton", "Loop", "L", () => this.#toggleLoop());
    toggle("spectrumButton", "Spectrogram", "F", () => this.#toggleKind());
    this.matchButton.setAttribute("aria-pressed", String(this.match));
    const zoom = [button("−", () => this.#zoom(2), { "aria-label": "Zoom out", title: "−" }), button("+", () => this.#zoom(0.5), { "aria-label": "Zoom in", title: "+" }), button("All", () => this.#zoom(0), { "aria-label": "Show all of the take" })];
    return h("div", { class: "row bar tools" }, this.matchButton, this.blindButton, this.loopButton, this.spectrumButton, h("span", { class: "grow" }), zoom);
  }

  #transport() {
    const { take } = this;
    this.playButton = button("▶", () => this.#toggle(), { class: "primary play", "aria-label": "Play", "aria-keyshortcuts": "Space" });
    this.clock = h("span", { class: "clock" }, exactClock(0));
    this.slider = h("input", { type: "range", min: 0, max: take.seconds, step: "any", value: 0, "aria-label": "Position", oninput: () => this.#seek(Number(this.slider.value)) });
    this.hint = h("span", { class: "muted hint" });
    return h("div", { class: "row transport" }, this.playButton, this.clock, this.slider, h("span", { class: "muted" }, clock(take.seconds)), this.hint);
  }

  #tell() {
    const { take, app } = this;
    const place = app.listed?.place(this.id);
    const [icon, word] = STATES[take.state];
    const at = this.heading.contains(document.activeElement) ? document.activeElement.dataset.part : null;
    const shape = take.frames ? ` · ${clock(take.seconds)} · ${take.sample_rate / 1000} kHz · ${["", "mono", "stereo"][take.channels] ?? `${take.channels} channels, mixed here`}` : "";
    const acts = take.choices.map(({ verb, meaning }) => button(label(verb, take.state, codeOf([take])), () => this.#decide(verb), { title: meaning, "data-part": verb }));
    this.bar = take.state === "converting" || take.state === "restoring" ? h("progress", { max: 1, value: take.progress, "aria-label": "Progress" }) : null;
    fill(
      this.heading,
      h("div", { class: "grow" }, h("h1", { tabindex: "-1" }, h("bdi", {}, take.name)), h("p", { class: "muted" }, h("span", { class: `state ${take.state}` }, h("span", { "aria-hidden": "true" }, icon), ` ${word}`), this.bar, ` · ${take.track ? `${take.track} · ` : ""}`, h("bdi", { title: take.source }, folderOf(take.source)), shape)),
      h("div", { class: "row" }, take.frames && !this.isAudition ? moreButton(take, this.changed, this.app.spends) : null, acts, place && h("span", { class: "row near" }, button("‹", () => this.#go(-1), { "aria-label": "Previous take", "data-part": "before", disabled: !place.hasBefore }), h("span", { class: "muted" }, `${number(place.number)} of ${number(place.total)}`), button("›", () => this.#go(1), { "aria-label": "Next take", "data-part": "after", disabled: !place.hasAfter }))),
    );
    if (at !== null) (this.heading.querySelector(`[data-part="${at}"]:not(:disabled)`) ?? this.heading.querySelector("h1")).focus();
    showFacts(this.facts, take, this.price);
  }

  /** Asks what converting it again costs: a long take is read for that. */
  async #price() {
    const { take } = this;
    try {
      const { retry } = await get(`/api/jobs/${take.id}/prices`);
      if (this.take !== take || this.closed || retry === this.price) return;
      this.price = retry;
      showFacts(this.facts, take, retry);
    } catch (error) {
      report(error);
    }
  }

  async #decide(verb) {
    if (await decide(verb, [this.take], this.app.spends, verb === "retry" && this.price ? `This costs ${this.price}.` : "")) this.refresh();
  }

  async #go(by) {
    this.leaving = true;
    try {
      const next = await this.app.listed?.step(this.id, by);
      if (this.closed) return;
      if (next) {
        this.app.plays = Boolean(this.player?.playing || this.player?.ended);
        return void this.app.go(`take/${next}`);
      }
    } catch (error) {
      report(error);
    }
    this.leaving = false;
    this.#replay();
  }

  async #level() {
    if (!this.player) return;
    const sources = this.sources;
    this.loudness = await loudnessOf(sources);
    if (this.closed || sources !== this.sources) return;
    this.#applyGains();
    this.#order();
  }

  #applyGains() {
    this.player.setGains(this.match && this.loudness ? matchingGains(this.loudness) : this.sources.map(() => 1));
  }

  #time() {
    const { player } = this;
    const time = player.time;
    say(this.clock, exactClock(time));
    if (document.activeElement !== this.slider || player.playing) this.slider.value = time;
    this.slider.setAttribute("aria-valuetext", `${spoken(time)} of ${spoken(player.seconds)}`);
    const icon = player.playing ? "❚❚" : "▶";
    if (this.playButton.textContent !== icon) {
      this.playButton.textContent = icon;
      this.playButton.setAttribute("aria-label", player.playing ? "Pause the sound" : "Play");
    }
    say(this.hint, player.stalled && player.playing ? "loading …" : "");
    if (player.playing && (time > this.view[1] || time < this.view[0])) this.#scrollTo(time);
    for (const view of this.views) view.place(time, this.loop);
  }

  #scrollTo(time) {
    const long = this.view[1] - this.view[0];
    if (long >= this.take.seconds) return;
    const start = Math.max(0, Math.min(this.take.seconds - long, time - long * 0.05));
    this.#look([start, start + long]);
  }

  #look(view) {
    this.view = view;
    for (const each of this.views) each.show(view);
    this.#time();
  }

  async #zoom(factor) {
    const { seconds } = this.take;
    await this.player.open();
    const long = factor ? Math.max(0.02, Math.min(seconds, (this.view[1] - this.view[0]) * factor)) : seconds;
    const start = Math.max(0, Math.min(seconds - long, this.player.time - long / 2));
    this.#look([start, start + long]);
  }

  async #toggle() {
    if (this.player.playing) return this.player.pause();
    if (!(await this.player.play())) {
      toast("The browser allows sound after a click on the page", "", "click ▶");
    }
  }

  async #seek(time, lane = null) {
    if (lane !== null) this.#switch(lane);
    await this.player.seek(time);
    this.#time();
  }

  #switch(lane) {
    if (lane < 0 || lane >= this.sources.length || lane === this.lane) return;
    this.before = this.lane;
    this.lane = lane;
    this.player.switchTo(lane);
    announce(this.rows[lane].said);
    this.rows.forEach((row, each) => {
      row.input.checked = each === lane;
      row.classList.toggle("heard", each === lane);
      this.views[each].redraw();
    });
  }

  #setLoop(range) {
    if (range && range[1] - range[0] < 0.01) return;
    this.loop = range;
    if (range) this.lastLoop = range;
    this.loopButton.setAttribute("aria-pressed", String(Boolean(range)));
    this.player.setLoop(range).then(() => this.#time());
  }

  #toggleLoop() {
    this.#setLoop(this.loop ? null : this.lastLoop ?? [0, this.take.seconds]);
    announce(this.loop ? "Loop on" : "Loop off");
  }

  async #edge(end) {
    await this.player.open();
    const { time } = this.player;
    const [from, to] = this.loop ?? this.lastLoop ?? [0, this.take.seconds];
    this.#setLoop(end ? [Math.min(from, time), time] : [time, Math.max(to, time + 0.1)]);
  }

  #toggleMatch() {
    this.match = !this.match;
    this.matchButton.setAttribute("aria-pressed", String(this.match));
    this.#applyGains();
  }

  #toggleBlind() {
    this.blind = this.blind ? null : shuffled(this.sources.length);
    this.blindButton.setAttribute("aria-pressed", String(Boolean(this.blind)));
    announce(this.blind ? "Blind: the lanes have letters" : `You heard ${this.lane ? this.take.lanes[this.lane - 1].voice : "the original"}`);
    this.#order();
  }

  #toggleKind() {
    this.kind = this.kind === "wave" ? "spectrum" : "wave";
    this.spectrumButton.setAttribute("aria-pressed", String(this.kind === "spectrum"));
    this.#order();
  }

  #digit(number) {
    if (this.blind) this.#switch(this.blind[number - 1] ?? -1);
    else this.#switch(number);
  }

  #acts() {
    const when = (act) => () => this.player && act();
    const move = (seconds) => when(async () => {
      await this.player.open();
      this.#seek(this.player.time + seconds);
    });
    return {
      " ": when(() => this.#toggle()),
      o: when(() => !this.blind && this.#switch(0)),
      0: when(() => !this.blind && this.#switch(0)), // on a label, O looks like it
      ...Object.fromEntries(Array.from({ length: 9 }, (_, n) => [String(n + 1), when(() => this.#digit(n + 1))])),
      x: when(() => this.#switch(this.before)),
      l: when(() => this.#toggleLoop()),
      "[": when(() => this.#edge(false)),
      "]": when(() => this.#edge(true)),
      ArrowLeft: move(-1),
      ArrowRight: move(1),
      "Shift+ArrowLeft": move(-5),
      "Shift+ArrowRight": move(5),
      Home: when(() => this.#seek(0)),
      m: when(() => this.#toggleMatch()),
      b: when(() => this.#toggleBlind()),
      Enter: when(() => this.#heard(pick)),
      r: when(() => this.#heard(reject)),
      s: when(() => this.#heard(star)),
      n: when(() => this.#heard(note)),
      f: when(() => this.#toggleKind()),
      "+": when(() => this.#zoom(0.5)),
      "=": when(() => this.#zoom(0.5)),
      "-": when(() => this.#zoom(2)),
      j: () => this.#go(1),
      k: () => this.#go(-1),
    };
  }
}
