// The frame of every page, a station's and that of a house's server: navigation, what is going on, banners, and the place for a screen.

import { fill, h, marked, say } from "../core/dom.js";

/** Header, banners and the place for a screen. `names`: the screens that there are, by their address. */
export class Frame {
  constructor({ title, home, names, keys = {}, status = (state) => [state] }) {
    Object.assign(this, { title, names });
    this.links = Object.fromEntries(
      Object.entries(names).map(([name, text]) => {
        const badge = h("span", { class: "badge", hidden: true });
        return [name, { link: h("a", { href: `#${name}`, "aria-keyshortcuts": keys[name] }, text, " ", badge), badge }];
      }),
    );
    this.state = h("span", { class: "daemon" });
    this.banners = h("div", { class: "banners", role: "status" });
    this.main = h("main", { id: "main", tabindex: "-1" });
    const links = Object.values(this.links).map(({ link }) => link);
    const brand = [h("img", { src: "icon.svg", alt: "", width: 22, height: 22 }), h("span", {}, title)];
    const header = h(
      "header",
      {},
      home ? h("a", { href: home.href, class: "brand", "aria-label": home.label }, brand) : h("div", { class: "brand" }, brand),
      links.length ? h("nav", { "aria-label": "Screens" }, links) : h("span", { class: "grow" }),
      h("div", { class: "status" }, status(this.state)),
    );
    this.elements = [h("a", { href: "#main", class: "skip", onclick: (event) => { event.preventDefault(); this.main.focus(); } }, "To the content"), header, this.banners, this.main];
  }

  /** Marks the screen that is shown. */
  select(name) {
    for (const [each, { link }] of Object.entries(this.links)) {
      if (each === name) {
        link.setAttribute("aria-current", "page");
        link.scrollIntoView({ block: "nearest", inline: "nearest" }); // on a phone, the row of links scrolls
      } else link.removeAttribute("aria-current");
    }
    document.title = `${this.names[name]} · ${this.title}`;
  }

  /** Says in a word what is going on, such as "not running", and more about it. */
  say(word, more = "") {
    this.state.className = `daemon ${word.replaceAll(" ", "-")}`;
    say(this.state, `${word}${more}`);
  }

  /** Shows lines above the screen: [kind, text and nodes ...]. */
  banner(lines) {
    const text = JSON.stringify(lines.map((line) => line.map(String)));
    if (text === this.shown) return;
    this.shown = text;
    fill(this.banners, lines.map(([kind, ...rest]) => h("p", { class: `banner ${kind}` }, rest.map((part) => (typeof part === "string" ? marked(part) : part)))));
  }
}
