/** Where a chaos run takes its decisions from: the same seed, the same decisions. */
export interface Random {
  /** An integer from 0 to `below` - 1. */
  below(below: number): number;
  /** True in so many of a hundred cases. */
  percent(chance: number): boolean;
  /** One of a list. @throws Error if it is empty. */
  of<T>(list: readonly T[]): T;
}

/** A generator for a seed (mulberry32). */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
  return {
    below,
    percent: (chance) => below(100) < chance,
    of: (list) => {
      const index = below(list.length);
      if (index >= list.length) throw new Error('nothing to choose from');
      return list[index] as (typeof list)[number];
    },
  };
}
