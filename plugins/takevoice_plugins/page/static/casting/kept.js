// What is not written yet stays in the browser: a reload, a tab that is closed, and a crash lose nothing.
//
// Each tab has a place of its own, whose name it holds as a lock while it is open. What a tab without a lock has left is taken over
// by the next one.

const PLACES = "takevoice-kept-";

export class Kept {
  #name;
  #prefix;

  /** `what` tells one kind of thing that is kept from another. */
  constructor(what) {
    this.#prefix = `${PLACES}${what}-`;
    this.#name = sessionStorage.getItem(this.#prefix) ?? this.#ownName();
    this.#hold();
  }

  #ownName() {
    const name = `${this.#prefix}${crypto.randomUUID()}`;
    sessionStorage.setItem(this.#prefix, name);
    return name;
  }

  /** Holds the name until the tab is closed; a tab that was duplicated gets a name of its own. */
  #hold() {
    navigator.locks.request(this.#name, { ifAvailable: true }, (lock) => {
      if (lock) return new Promise(() => {});
      const rows = this.read();
      this.#name = this.#ownName();
      this.write(rows);
      return void this.#hold();
    });
  }

  read() {
    return JSON.parse(localStorage.getItem(this.#name) ?? "[]");
  }

  write(rows) {
    try {
      if (rows.length) localStorage.setItem(this.#name, JSON.stringify(rows));
      else localStorage.removeItem(this.#name);
    } catch (error) {
      console.warn(error); // more than the browser keeps: this tab has it
    }
  }

  /** Resolves to what tabs that are gone have left, and forgets it there. */
  async left() {
    const { held } = await navigator.locks.query();
    const open = new Set([...held.map(({ name }) => name), this.#name]);
    const gone = Object.keys(localStorage).filter((name) => name.startsWith(this.#prefix) && !open.has(name));
    const rows = gone.flatMap((name) => JSON.parse(localStorage.getItem(name)));
    for (const name of gone) localStorage.removeItem(name);
    return rows;
  }
}
