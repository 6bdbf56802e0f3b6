// How this browser likes the page: light, dark, or as the system has it; with notices or without.

const KEY = "takevoice-theme";
export const theme = () => localStorage.getItem(KEY) ?? "auto";

/** Sets the theme that was chosen. */
export function applyTheme(chosen = theme()) {
  localStorage.setItem(KEY, chosen);
  document.documentElement.dataset.theme = chosen;
  document.dispatchEvent(new Event("theme"));
}

const NOTICES = "takevoice-notices";
export const noticesAreOn = () => localStorage.getItem(NOTICES) !== "off";
export const switchNotices = (on) => localStorage.setItem(NOTICES, on ? "on" : "off");
