// Values as people read them.

const NUMBER = new Intl.NumberFormat("en");
const FINE = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

/** Returns "1,234". */
export const number = (value) => NUMBER.format(Math.round(value));

/** Returns "12.3" or "1,234". */
export const fine = (value) => FINE.format(value);

/** Returns "3 takes", "1 take". */
export const count = (value, word) => `${number(value)} ${word}${value === 1 ? "" : "s"}`;

/** Returns "free" or "about 1,200 credits". */
export const price = (credits) => (credits > 0 ? `about ${number(Math.max(1, credits))} credits` : "free");

/** Returns "0:12", "1:02:03"; "0:00.4" for less than a second. */
export function clock(seconds) {
  if (seconds > 0 && seconds < 0.95) return `0:00.${Math.max(1, Math.round(seconds * 10))}`;
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value) => String(value).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** Returns "1:02.345". */
export function exactClock(seconds) {
  const thousandths = Math.max(0, Math.floor(seconds * 1000 + 1e-6));
  const whole = Math.floor(thousandths / 1000);
  return `${clock(whole)}.${String(thousandths % 1000).padStart(3, "0")}`;
}

/** Returns "12 seconds", "2 minutes 5 seconds", for readers aloud. */
export function spoken(seconds) {
  const [minutes, rest] = [Math.floor(seconds / 60), Math.round(seconds % 60)];
  return minutes ? `${count(minutes, "minute")} ${count(rest, "second")}` : count(rest, "second");
}

/** Returns "12 s", "14 min", "1 h 20 min". */
export function span(seconds) {
  if (seconds < 90) return `${Math.max(0, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Returns the time of day, with the date where it is another day. */
export function moment(unix) {
  const [at, now] = [new Date(unix * 1000), new Date()];
  const time = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
  if (at.toDateString() === now.toDateString()) return time;
  const year = at.getFullYear() === now.getFullYear() ? {} : { year: "numeric" };
  return `${at.toLocaleDateString([], { day: "numeric", month: "short", ...year })}, ${time}`;
}

/** Returns a Unix time for a spreadsheet: local, such as "2026-11-26 14:30:05". */
export function timestamp(unix) {
  const at = new Date(unix * 1000);
  const two = (value) => String(value).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** Returns the folder of a path, without what is before its last two names. */
export function folderOf(path) {
  const parts = path.split(/[\\/]/).slice(0, -1);
  return parts.length > 2 ? `…/${parts.slice(-2).join("/")}` : parts.join("/") || "/";
}

/** Returns a value of a setting. */
export function setting(value) {
  if (value === null || value === undefined) return "–";
  if (value === true || value === false) return value ? "yes" : "no";
  return Array.isArray(value) ? value.join(", ") : String(value);
}

export const STATES = {
  found: ["○", "found"],
  settling: ["◔", "settling"],
  queued: ["◌", "queued"],
  held: ["◆", "needs you"],
  converting: ["▶", "converting"],
  restoring: ["▶", "restoring"],
  done: ["✓", "done"],
  failed: ["✕", "failed"],
  cancelled: ["–", "cancelled"],
};
export const ACTIVE = ["found", "settling", "queued", "converting", "restoring"];

export const REASONS = {
  many: "Many takes at once",
  first_look: "There before the folder was watched",
  other_device: "The folder is on another device",
  cap: "Over a spending limit",
  unknown_voice: "The voice does not exist",
  not_writable: "The result cannot be written",
  not_alike: "The answer is unlike the take",
  outcome_unknown: "May have been paid already",
  elsewhere: "Another machine may have it",
  pick: "Candidates wait for your pick",
};

/** Returns a long name with its middle left out: takes differ at their ends. */
export function inShort(name, most = 60) {
  const letters = Array.from(name);
  if (letters.length <= most) return name;
  const end = Math.floor(most / 3);
  return `${letters.slice(0, most - end - 1).join("")}…${letters.slice(-end).join("")}`;
}
