// A take by ear: its original and every result, on one clock.

import { bytes, get, post, query } from "../core/api.js";
import { button, fill, h, newId, say } from "../core/dom.js";
import { decide, label } from "../core/decide.js";
import { STATES, clock, exactClock, fine, folderOf, moment, setting, spoken } from "../core/format.js";
import { announce, askText, confirm, empty, report, skeleton, toast } from "../parts/dialog.js";
import { letter, shuffled } from "../player/blind.js";
import { LaneView } from "../player/lane.js";
import { loudnessOf, matchingGains } from "../player/level.js";
import { Player } from "../player/player.js";

export function show(root, { app, argument }) {
  const screen = new TakeScreen(root, app, Number(argument));
  return { keys: screen.keys, refresh: () => screen.refresh(), progress: (shares) => screen.progress(shares), close: () => screen.close() };
}

class TakeScreen {
  constructor(root, app, id) {
    Object.assign(this, { root, app, id, blind: null, loop: null, kind: "wave", lane: 0, before: 0, match: true });
    if (!id) {
      fill(root, empty("♪", "No take is open", "Open one from the queue: Enter, or a click on its name."));
      return;
    }
    app.lastTake = id;
    this.loading = setTimeout(() => fill(root, skeleton(5)), 200);
    this.refresh();
  }

  async refresh() {
    if (!this.id) return;
    try {
      const take = await get(`/api/jobs/${this.id}`);
      clearTimeout(this.loading);
      if (this.closed) return;
      const before = this.take;
      this.take = take;
      const heard = (each) => JSON.stringify([each.lanes.map((lane) => lane.id), each.frames, each.there]);
      if (!before || heard(before) !== heard(take)) this.#build();
      else {
        this.#tell();
        this.#order();
      }
    } catch (error) {
      clearTimeout(this.loading);
      if (error.code === "unknown_job") fill(this.root, empty("⌕", "There is no such job", error.message));
      else report(error);
    }
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
    this.#lay();
    this.#tell();
    this.#level();
  }

  #lay() {
    const { take } = this;
    this.heading = h("div", { class: "row head" });
    this.views = this.sources.map((source) => new LaneView(source, take));
    this.views.forEach((view, lane) => {
      view.addEventListener("seek", ({ detail }) => this.#seek(detail, lane));
      view.addEventListener("range", ({ detail }) => this.#setLoop(detail));
      view.addEventListener("failed", () => this.rows[lane].classList.add("gone"));
    });
    this.group = h("div", { class: "lanes", role: "radiogroup", "aria-label": "What is heard" });
    this.rows = this.views.map((view, lane) => this.#row(view, lane));
    this.facts = h("div", { class: "facts" });
    fill(this.root, this.heading, take.frames ? [this.#tools(), this.group, this.#transport()] : null, this.facts);
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
    fill(this.group, order.map((lane) => this.rows[lane]));
    order.forEach((lane, place) => {
      const { caption, info, input } = this.rows[lane];
      const made = lane ? take.lanes[lane - 1] : null;
      const key = this.blind ? place + 1 : lane || "O";
      fill(caption, h("kbd", {}, key), this.blind ? ` ${letter(place)}` : made ? [" ", h("bdi", {}, made.voice), made.seed === null ? "" : ` · seed ${made.seed}`] : " original");
      input.checked = lane === this.lane;
      fill(info, this.blind ? made && this.candidate(made.id) && this.#verdict({ ...this.candidate(made.id), note: "" }) : this.#about(lane, made));
      this.rows[lane].classList.toggle("heard", lane === this.lane);
      this.rows[lane].classList.toggle("rejected", Boolean(made && this.candidate(made.id)?.rejected));
    });
    const kind = this.blind ? "hidden" : this.kind;
    for (const view of this.views) if (view.kind !== kind) view.setKind(kind);
  }

  #about(lane, made) {
    const loudness = this.loudness?.[lane];
    const parts = [loudness === null || loudness === undefined ? "" : `${fine(loudness).replace("-", "−")} LUFS`];
    const candidate = made && this.candidate(made.id);
    if (made?.correlation) parts.push(`alike ${fine(made.correlation * 100)} %`);
    if (made?.offset_ms) parts.push(`was ${fine(made.offset_ms)} ms late`);
    const which = made ? "result" : "original";
    const source = this.sources[lane];
    const link = h("a", { href: "#", class: "file", draggable: "true", title: "Save it, or drag it into a folder or an editor" }, "Save");
    const ready = () => this.#ticket(link, source);
    for (const event of ["pointerenter", "focus"]) link.addEventListener(event, ready);
    link.addEventListener("click", (event) => this.#save(event, link, source));
    link.addEventListener("dragstart", (event) => link.dataset.url && event.dataTransfer.setData("DownloadURL", `application/octet-stream:${link.download}:${link.dataset.url}`));
    const reveal = button("Folder", () => post(`/api/jobs/${source.id}/reveal/${which}`).catch(report), { class: "plain link", title: "Show the folder in the file manager" });
    return [h("span", { class: "muted" }, parts.filter(Boolean).join(" · ")), candidate?.note && h("span", { class: "note" }, candidate.note), h("span", { class: "row" }, link, reveal), candidate && this.#verdict(candidate)];
  }

  /** The candidate of a job, if the take has several. */
  candidate(id) {
    return this.take.candidates.find((each) => each.job === id);
  }

  #verdict(candidate) {
    const { job } = candidate;
    return h(
      "span",
      { class: "row verdict" },
      button(candidate.picked ? "✓ Picked" : "Pick", () => this.#pick(job), { class: candidate.picked ? "small picked" : "small", disabled: Boolean(candidate.picked), title: "Makes it the result of the take" }),
      button(candidate.rejected ? "✕ Rejected" : "Reject", () => this.#mark(job, { rejected: true }), { class: "small", disabled: Boolean(candidate.rejected || candidate.picked), title: "Its file stays" }),
      button(candidate.stars ? "★" : "☆", () => this.#mark(job, { stars: candidate.stars ? 0 : 1 }), { class: "small", "aria-label": "Star", "aria-pressed": String(candidate.stars > 0) }),
      button("Note", () => this.#note(candidate), { class: "small" }),
    );
  }

  async #pick(job) {
    try {
      const { result, before } = await post(`/api/jobs/${job}/pick`);
      const name = (path) => path.split(/[\\/]/).pop();
      toast(`${name(result)} is now this candidate`, "good", before && before !== result ? `${name(before)} stays, as it was changed` : "");
    } catch (error) {
      report(error);
    }
    await this.refresh();
  }

  async #mark(job, mark) {
    try {
      await post(`/api/jobs/${job}/mark`, mark);
    } catch (error) {
      report(error);
    }
    await this.refresh();
  }

  async #note(candidate) {
    const note = await askText(`A note on candidate ${candidate.number}`, candidate.note);
    if (note !== null) await this.#mark(candidate.job, { note });
  }

  /** Does something with the candidate that is heard. */
  #heard(act) {
    const made = this.lane ? this.take.lanes[this.lane - 1] : null;
    const candidate = made && this.candidate(made.id);
    if (candidate) act(candidate);
    else toast(made ? "This take has one result, and nothing to choose" : "Choose a result first, with its number");
  }

  async #more() {
    const { take } = this;
    if (!(await confirm("Make 3 more candidates?", [take.more_price ? `This costs ${take.more_price}.` : "This is free.", "Those that are there stay."], "Make 3 more"))) return;
    try {
      await post(`/api/jobs/${take.family}/candidates`, { count: 3, price: take.more_price });
      toast("3 more candidates are on their way", "good");
    } catch (error) {
      report(error);
    }
    await this.refresh();
  }

  #pending() {
    const pending = this.take.candidates.filter((each) => each.state !== "done");
    if (!pending.length) return null;
    return h("ul", { class: "pending" }, pending.map((each) => {
      const [icon, word] = STATES[each.state];
      return h("li", {}, h("a", { href: `#take/${each.job}` }, `candidate ${each.number}`), ` ${each.voice} `, h("span", { class: `state ${each.state}` }, `${icon} ${word}`));
    }));
  }

  /** Gives a link the address of its file, which works for a few minutes; resolves to false when there is none. */
  #ticket(link, { id, which }) {
    if (link.until > Date.now()) return link.ticket;
    link.until = Date.now() + 200_000;
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

  async #save(event, link, source) {
    if (link.dataset.url && link.until > Date.now()) return;
    event.preventDefault();
    if (await this.#ticket(link, source)) link.click();
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
    const at = app.list.indexOf(this.id);
    const [icon, word] = STATES[take.state];
    const shape = take.frames ? ` · ${clock(take.seconds)} · ${take.sample_rate / 1000} kHz · ${["", "mono", "stereo"][take.channels] ?? `${take.channels} channels, mixed here`}` : "";
    const acts = take.choices.map(({ verb, meaning }) => button(label(verb), () => this.#decide(verb), { title: meaning, class: verb === "forget" || verb === "drop" ? "plain" : "" }));
    this.bar = take.state === "converting" || take.state === "restoring" ? h("progress", { max: 1, value: take.progress, "aria-label": "Progress" }) : null;
    fill(
      this.heading,
      h("div", { class: "grow" }, h("h1", {}, h("bdi", {}, take.name)), h("p", { class: "muted" }, h("span", { class: `state ${take.state}` }, `${icon} ${word}`), this.bar, ` · ${take.track ? `${take.track} · ` : ""}`, h("bdi", { title: take.source }, folderOf(take.source)), shape)),
      h("div", { class: "row" }, take.family ? button("3 more …", () => this.#more(), { title: take.more_price || "free" }) : null, acts, app.list.length > 1 && at >= 0 ? [button("‹", () => this.#go(-1), { "aria-label": "Previous take", disabled: at === 0 }), h("span", { class: "muted" }, `${at + 1} of ${app.list.length}`), button("›", () => this.#go(1), { "aria-label": "Next take", disabled: at === app.list.length - 1 })] : null),
    );
    this.#facts();
  }

  #facts() {
    const { take } = this;
    const open = new Set([...this.facts.querySelectorAll("details[open]")].map((each) => each.dataset.part));
    const part = (name, title, content) => h("details", { "data-part": name, ...(open.has(name) ? { open: true } : {}) }, h("summary", {}, title), content);
    const gone = Object.entries(take.there).filter(([which, is]) => !is && (which === "original" || take.output));
    fill(
      this.facts,
      take.why && h("p", { class: `banner ${take.state === "failed" ? "bad" : take.state === "held" ? "warn" : ""}` }, take.why),
      this.#pending(),
      gone.map(([which]) => h("p", { class: "banner warn" }, `The ${which} is not there any more, or its drive is not connected: `, h("bdi", {}, which === "original" ? take.path : take.output))),
      !take.frames && !take.why && empty("♪", "Not measured yet", "It can be heard once it has settled."),
      take.retry_price && h("p", { class: "muted" }, `Converting it again: ${take.retry_price}`),
      part("history", "History", h("ol", { class: "history" }, take.history.map((each) => h("li", {}, h("time", {}, moment(each.at)), " ", h("strong", {}, each.state), " ", each.detail)))),
      Object.keys(take.settings).length ? part("settings", "Settings", h("table", {}, h("tbody", {}, Object.entries(take.settings).map(([name, value]) => h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, setting(value))))))) : null,
      part("files", "Files", h("dl", { class: "files" }, h("dt", {}, "original"), h("dd", {}, h("bdi", { class: "path" }, take.path)), take.results.map((path) => [h("dt", {}, "result"), h("dd", {}, h("bdi", { class: "path" }, path))]))),
    );
  }

  async #decide(verb) {
    if (await decide(verb, [this.take], this.app.spends, verb === "retry" && this.take.retry_price ? `This costs ${this.take.retry_price}.` : "")) this.refresh();
  }

  #go(by) {
    const next = this.app.list[this.app.list.indexOf(this.id) + by];
    if (next) this.app.go(`take/${next}`);
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
      this.playButton.setAttribute("aria-label", player.playing ? "Pause" : "Play");
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
    this.rows.forEach((row, each) => {
      row.input.checked = each === lane;
      row.classList.toggle("heard", each === lane);
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

  get keys() {
    const when = (act) => (event) => this.player && act(event);
    const move = (seconds) => when(async () => {
      await this.player.open();
      this.#seek(this.player.time + seconds);
    });
    return {
      " ": when(() => this.#toggle()),
      o: when(() => !this.blind && this.#switch(0)),
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
      Enter: when(() => this.#heard((each) => !each.picked && this.#pick(each.job))),
      r: when(() => this.#heard((each) => !each.picked && this.#mark(each.job, { rejected: true }))),
      s: when(() => this.#heard((each) => this.#mark(each.job, { stars: each.stars ? 0 : 1 }))),
      n: when(() => this.#heard((each) => this.#note(each))),
      f: when(() => this.#toggleKind()),
      "+": when(() => this.#zoom(0.5)),
      "=": when(() => this.#zoom(0.5)),
      "-": when(() => this.#zoom(2)),
      j: () => this.#go(1),
      k: () => this.#go(-1),
    };
  }
}
