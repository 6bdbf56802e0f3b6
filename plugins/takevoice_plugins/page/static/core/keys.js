// Single keys as shortcuts. They can be switched off (WCAG 2.1.4), and never act while something is being typed.

const KEY = "takevoice-keys";

const ONCE = new Set(["enter", " ", "r", "s", "n", "b", "m", "f", "l", "w"]);

export const areOn = () => localStorage.getItem(KEY) !== "off";
export const switchKeys = (on) => localStorage.setItem(KEY, on ? "on" : "off");

/** Calls the first of `tables()` that has the key: `{ "j": act }`. "Shift+" is a prefix, space is " ". */
export function listen(tables) {
  document.addEventListener("keydown", (event) => {
    if (!areOn() || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (document.querySelector("dialog[open]")) return;
    const at = event.target;
    const types = at.matches?.("input:not([type=checkbox]):not([type=radio]):not([type=range]), textarea, select, [contenteditable]");
    if (types) return;
    if (event.repeat && ONCE.has(event.key.toLowerCase())) return event.preventDefault(); // a key that is held decides once
    const named = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const isControl = at.matches?.("button, a, summary, input, [role=slider]");
    if (isControl && (event.key === "Enter" || (event.key === " " && !at.matches("a")))) return;
    if (at.matches?.("[type=range], [type=radio]") && event.key.startsWith("Arrow")) return;
    const name = event.shiftKey && event.key.length > 1 ? `Shift+${named}` : named;
    for (const table of tables()) {
      const act = table[name];
      if (act) {
        event.preventDefault();
        act(event);
        return;
      }
    }
  });
}

/** For a search field: Escape empties it and leaves it, so that single keys work again. */
export function leaveOnEscape(event) {
  if (event.key !== "Escape") return;
  event.target.value = "";
  event.target.dispatchEvent(new Event("input"));
  event.target.blur();
}
