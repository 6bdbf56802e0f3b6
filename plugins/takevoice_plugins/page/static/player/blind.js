// Lanes under other names, in another order.

/** Returns the numbers from 0 to `count` - 1 in a random order. */
export function shuffled(count) {
  const order = Array.from({ length: count }, (_, number) => number);
  const random = crypto.getRandomValues(new Uint32Array(count));
  for (let n = count - 1; n > 0; n--) {
    const other = random[n] % (n + 1);
    [order[n], order[other]] = [order[other], order[n]];
  }
  return order;
}

/** Returns "A", "B" ... */
export const letter = (place) => String.fromCharCode(65 + place);
