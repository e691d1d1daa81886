import type { LogLine } from '../control/contract.js';

/** The last line that was told of a service: its time, and how many lines of that time were told. */
interface Last {
  readonly at: string;
  readonly count: number;
}

/** Remembers which lines have been told, for a reader who asks the next daemon for the last ones once more. */
export interface Told {
  /** Has this line not been told yet? Lines of one service come in order. */
  isNew(line: Pick<LogLine, 'app' | 'path' | 'at'>): boolean;
  /** From now on lines come that may have been told. */
  repeat(): void;
}

/** @param since - ISO 8601: of a service of which nothing was told yet, older lines are not new. */
export function openTold(since: string): Told {
  const last = new Map<string, Last>();
  /** By service, what is still to be passed over. */
  let old: Map<string, Last> | null = null;

  const isOld = (key: string, at: string): boolean => {
    const before = old?.get(key) ?? { at: since, count: 0 };
    if (at > before.at || (at === before.at && before.count === 0)) return false;
    if (at === before.at) old?.set(key, { at, count: before.count - 1 });
    return true;
  };
  return {
    isNew: ({ app, path, at }) => {
      const key = `${app}:${path}`;
      if (old && isOld(key, at)) return false;
      const before = last.get(key);
      last.set(key, { at, count: before?.at === at ? before.count + 1 : 1 });
      return true;
    },
    repeat: () => {
      old = new Map(last);
    },
  };
}
