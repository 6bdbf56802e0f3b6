// Makes all lanes equally loud, by turning down the louder ones.

import { get } from "../core/api.js";

/** Returns the loudness of each source in LUFS; null for silence, or where it cannot be measured. */
export const loudnessOf = (sources) =>
  Promise.all(sources.map(({ id, which }) => get(`/api/jobs/${id}/loudness/${which}`).then((found) => found.lufs, () => null)));

/** Returns a factor for each lane, at most 1. */
export function matchingGains(loudness) {
  const known = loudness.filter((each) => each !== null);
  const lowest = Math.min(...known);
  return loudness.map((each) => (each === null ? 1 : 10 ** ((lowest - each) / 20)));
}
