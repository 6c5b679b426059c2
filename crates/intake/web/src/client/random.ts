/** Random numbers for order and time. They come from the browser's generator, as keys do. */

/** From 0 up to, but not including, 1. */
export function random(): number {
  return (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) / 2 ** 32;
}

/** The same items in random order. */
export function shuffled<T>(items: readonly T[]): T[] {
  const keyed = items.map((item) => [crypto.getRandomValues(new Uint32Array(2)), item] as const);
  return keyed.sort(([[a1 = 0, a2 = 0]], [[b1 = 0, b2 = 0]]) => a1 - b1 || a2 - b2).map(([, item]) => item);
}
