// The jobs that were listed last, in their order: the screen of a take goes through them, from page to page.

import { get, query } from "../core/api.js";

export const PAGE = 100;

/** Asks for a page of a list; `before` is 0 for the first one. */
export const pageOf = (conditions, before) => get(`/api/jobs${query({ ...conditions, before: before || "", limit: PAGE })}`);

export class Listed {
  /** `pages`: `before` of each page up to this one, which `found` is; it is kept up to date. `total`: how many jobs all pages have. */
  constructor(conditions, pages, found, total) {
    Object.assign(this, { conditions, pages, total });
    this.#take(found);
  }

  #take(found) {
    this.ids = found.jobs.map((job) => job.id);
    this.next = found.next;
  }

  /** Returns where a job is, or null: its place from 1, and whether others are before and after it. */
  place(id) {
    const at = this.ids.indexOf(id);
    if (at < 0 || this.total < 2) return null;
    return { number: (this.pages.length - 1) * PAGE + at + 1, total: this.total, hasBefore: at > 0 || this.pages.length > 1, hasAfter: at < this.ids.length - 1 || Boolean(this.next) };
  }

  /** Resolves to the job before (-1) or after (1) a job; undefined where there is none. */
  async step(id, by) {
    const at = this.ids.indexOf(id) + by;
    if (this.ids[at] !== undefined) return this.ids[at];
    if (by > 0 && this.next) this.pages.push(this.next);
    else if (by < 0 && this.pages.length > 1) this.pages.pop();
    else return undefined;
    this.#take(await pageOf(this.conditions, this.pages.at(-1)));
    return by > 0 ? this.ids[0] : this.ids.at(-1);
  }
}
