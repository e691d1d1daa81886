/**
 * Kills those who are found until nobody is found any more, however fast they start others. Where and how they are found is
 * not known here: a hunt is given, and so is the time.
 */
import type { Clock, Millis } from '../base/clock.js';
import type { Survivor } from './groups.js';

/** What became of those who were looked for. */
export interface Cleared {
  readonly killed: readonly Survivor[];
  /** Could not be killed: they belong to somebody else, or are in uninterruptible sleep. */
  readonly left: readonly Survivor[];
  /** The last that were found when time was up: killed too, but there was always another one, and whoever they have just started may live. */
  readonly outran: readonly Survivor[];
}

/** A process that is looked for. PID and start time together name it for ever. */
export interface Quarry extends Survivor {
  readonly startTicks: number;
}

/** `clear`: nobody can have been missed; `unsettled`: somebody could not be told apart just now. Look again soon. */
export type Sight = 'clear' | 'unsettled';

/** How they are found and killed. */
export interface Hunt<T extends Quarry> {
  /** Hands over each one at the moment it is seen, also those that were handed over by an earlier look. */
  readonly look: (onSight: (quarry: T) => void) => Sight;
  /** Sends SIGKILL; false if that is not ours to do. One that has ended meanwhile counts as killed. */
  readonly kill: (quarry: T) => boolean;
  /** Does it still live? A zombie is dead. */
  readonly isThere: (quarry: T) => boolean;
}

/**
 * Where programs are started all the time each look finds somebody within execve(2), who cannot be told then: after so long without
 * anybody else these are taken for strangers. Counted from the last that was found, as one that keeps starting itself anew is within execve(2)
 * for a good part of its life; and in looks too, as on a busy machine few of them fit into the time.
 */
const SETTLE_MS = 200;
const SETTLE_LOOKS = 20;
const LONGEST_STEP_MS = 50;
const UNSETTLED_STEP_MS = 5;

/** Undefined, at once, when the first look is clear and finds nobody. Otherwise it resolves when nobody is left, or when `limitMs` is over. */
export function chase<T extends Quarry>(hunt: Hunt<T>, clock: Clock, limitMs: Millis): Promise<Cleared> | undefined {
  const pursuit = openPursuit(hunt, clock);
  const first = pursuit.look();
  return first.isOver ? undefined : goOn(pursuit, first, { clock, deadline: clock.now() + limitMs });
}

async function goOn(
  pursuit: Pursuit,
  first: Outcome,
  { clock, deadline }: { readonly clock: Clock; readonly deadline: Millis },
): Promise<Cleared> {
  let step: Millis = 0;
  for (let outcome = first; !outcome.isOver && clock.now() < deadline; outcome = pursuit.look()) {
    // Who forks all the time is outrun only by looking again at once.
    step = outcome.hasFound ? 0 : Math.min(2 * step + 1, outcome.sight === 'clear' ? LONGEST_STEP_MS : UNSETTLED_STEP_MS);
    await delay(clock, step);
  }
  return pursuit.cleared();
}

/** What came of a look. */
interface Outcome {
  readonly hasFound: boolean;
  readonly sight: Sight;
  readonly isOver: boolean;
}

interface Pursuit {
  readonly look: () => Outcome;
  /** As it stands after the latest look. */
  readonly cleared: () => Cleared;
}

function openPursuit<T extends Quarry>(hunt: Hunt<T>, clock: Clock): Pursuit {
  const killed = new Map<string, T>();
  const foreign = new Map<string, T>();
  let latest: { readonly found: readonly T[]; readonly at: Millis } = { found: [], at: clock.now() };
  let looksSince = 0;
  let isCalm = false;

  const take = (): { readonly found: readonly T[]; readonly sight: Sight } => {
    const found: T[] = [];
    const sight = hunt.look((quarry) => {
      const id = idOf(quarry);
      if (killed.has(id) || foreign.has(id)) return;
      found.push(quarry);
      (hunt.kill(quarry) ? killed : foreign).set(id, quarry);
    });
    return { found, sight };
  };
  // One that is dying shows no environment any more, but may still hold its port or its lock.
  const dying = (): readonly T[] => [...killed.values()].filter(hunt.isThere);
  return {
    look: () => {
      const { found, sight } = take();
      const now = clock.now();
      const hasFound = found.length > 0;
      looksSince = hasFound ? 0 : looksSince + 1;
      if (hasFound) latest = { found, at: now };
      isCalm = !hasFound && (sight === 'clear' || (now - latest.at >= SETTLE_MS && looksSince >= SETTLE_LOOKS));
      return { hasFound, sight, isOver: isCalm && dying().length === 0 };
    },
    cleared: () => {
      const outran = isCalm ? [] : latest.found;
      const left = [...dying(), ...[...foreign.values()].filter(hunt.isThere)].filter((quarry) => !outran.includes(quarry));
      return {
        killed: [...killed.values()].filter((quarry) => !left.includes(quarry)).map(nameOf),
        left: left.map(nameOf),
        outran: outran.map(nameOf),
      };
    },
  };
}

const idOf = ({ pid, startTicks }: Quarry): string => `${pid} ${startTicks}`;
const nameOf = ({ pid, name }: Survivor): Survivor => ({ pid, name });

const delay = (clock: Clock, delayMs: Millis): Promise<void> =>
  new Promise((resolve) => {
    clock.after(delayMs, resolve);
  });
