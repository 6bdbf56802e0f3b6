// Light, dark, or as the system has it.

const KEY = "takevoice-theme";
export const theme = () => localStorage.getItem(KEY) ?? "auto";

/** Sets the theme that was chosen. */
export function applyTheme(chosen = theme()) {
  localStorage.setItem(KEY, chosen);
  document.documentElement.dataset.theme = chosen;
  document.dispatchEvent(new Event("theme"));
}
