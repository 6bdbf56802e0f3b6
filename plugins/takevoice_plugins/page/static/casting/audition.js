// An audition: a real line of a character in several voices, with the price before anything is sent.

import { get, post, query } from "../core/api.js";
import { fill, h, later } from "../core/dom.js";
import { count, span } from "../core/format.js";
import { ask, report, toast } from "../parts/dialog.js";
import { review } from "./changes.js";

const MOST = 9; // voices that can be compared

/** Asks for a take and voices, and has the line converted; resolves to the job of the first voice, or null. */
export async function audition(row, voices) {
  try {
    const { takes } = await get(`/api/auditions/takes${query({ character: row.character })}`);
    if (!takes.length) return void toast(`No take of ${row.character} is there to cut a line from`, "bad");
    const form = new Form(row, voices, takes);
    const agreed = await ask(`Audition for ${row.character}`, form.content, "Convert", { wide: true, ready: (agree) => form.follow(agree) });
    if (!agreed) return null;
    const { jobs } = await post("/api/auditions", { ...form.wanted, price: form.price });
    return jobs[0];
  } catch (error) {
    report(error);
    return null;
  }
}

class Form {
  constructor(row, voices, takes) {
    this.row = row;
    this.price = "";
    this.take = h("select", { onchange: () => this.ask() }, takes.map((each) => h("option", { value: each.id }, `${each.name} · ${span(each.seconds)}`)));
    this.boxes = voices.map((voice) => {
      const box = h("input", { type: "checkbox", value: voice.name, onchange: () => this.ask() });
      return { box, label: h("label", { class: "check" }, box, " ", h("bdi", {}, voice.name), voice.name === row.voice ? h("span", { class: "muted" }, " (now)") : "") };
    });
    this.cost = h("p", { role: "status" });
    const search = h("input", { type: "search", placeholder: "Search voices", "aria-label": "Search voices", oninput: () => this.#narrow(search.value.trim().toLowerCase()) });
    this.content = [
      h("p", { class: "muted" }, `The liveliest ten seconds of a take, in each voice that you choose. You then hear them against each other, and choose.`),
      h("label", { class: "field" }, "Take", this.take),
      h("fieldset", {}, h("legend", {}, "Voices"), voices.length > 12 && search, h("div", { class: "voices" }, this.boxes.map(({ label }) => label))),
      this.cost,
    ];
  }

  get wanted() {
    return { character: this.row.character, voices: this.boxes.filter(({ box }) => box.checked).map(({ box }) => box.value), take: Number(this.take.value) };
  }

  follow(agree) {
    this.agree = agree;
    this.#tell("Choose the voices that you want to hear.");
  }

  /** Asks for the price of what is chosen. */
  ask() {
    this.agree.disabled = true;
    this.#priced();
  }

  #priced = later(async () => {
    const { wanted } = this;
    const chosen = wanted.voices.length;
    if (!chosen) return this.#tell("Choose the voices that you want to hear.");
    if (chosen > MOST) return this.#tell(`At most ${MOST} voices can be compared at once.`);
    this.agree.textContent = `Convert to ${count(chosen, "voice")}`;
    fill(this.cost, "…");
    try {
      const found = await post("/api/auditions/price", wanted);
      this.price = found.price;
      const made = found.done.length ? ` Made before, and not made again: ${found.done.join(", ")}.` : "";
      this.#tell(`This ${found.price ? `costs ${found.price}` : "is free"}.${made}`, true);
    } catch (error) {
      this.#tell(error.message);
    }
  }, 150);

  #tell(text, ready = false) {
    fill(this.cost, text);
    this.agree.disabled = !ready;
  }

  #narrow(word) {
    for (const { box, label } of this.boxes) label.hidden = !box.checked && !box.value.toLowerCase().includes(word);
  }
}

/** Casts the voice of an audition for its character, after showing what changes. */
export const cast = (take, voice) => review([{ character: take.track, values: { voice } }]);
