import { describe, expect, it } from 'vitest';
import { type Cleared, chase, type Hunt, type Quarry, type Sight } from '../../src/ports/chase.js';
import { type ManualClock, manualClock } from '../helpers/manual-clock.js';

/** What one look sees, and who may be seen in it. */
interface Seen {
  readonly sight: Sight;
  readonly pids?: readonly number[];
}

interface World {
  /** What the look number `index` (from 0) sees. */
  readonly see: (index: number, at: number) => Seen;
  /** Milliseconds that a killed one takes to die; default 0. */
  readonly dyingMs?: number;
  readonly foreign?: readonly number[];
  /** Milliseconds that a pause takes longer than it should; default 1. */
  readonly lateMs?: number;
}

interface Chased {
  /** Undefined: it was known at once that nobody is there. */
  readonly cleared: Cleared | undefined;
  readonly looks: number;
  readonly ms: number;
}

const named = (pid: number): Quarry => ({ pid, name: 'sh', startTicks: 7 });
const pidsOf = (of: readonly { readonly pid: number }[]): readonly number[] => of.map(({ pid }) => pid);

/** Chases through such a world for 5 s at most. */
async function chaseIn(world: World): Promise<Chased> {
  const clock = manualClock();
  const deadAt = new Map<number, number>();
  let looks = 0;
  const hunt: Hunt<Quarry> = {
    look: (onSight) => {
      const { sight, pids = [] } = world.see(looks, clock.now());
      looks += 1;
      for (const pid of pids) onSight(named(pid));
      return sight;
    },
    kill: ({ pid }) => {
      if (world.foreign?.includes(pid)) return false;
      expect(deadAt.has(pid)).toBe(false);
      deadAt.set(pid, clock.now() + (world.dyingMs ?? 0));
      return true;
    },
    isThere: ({ pid }) => clock.now() < (deadAt.get(pid) ?? Number.POSITIVE_INFINITY),
  };
  const chasing = chase(hunt, clock, 5_000);
  return { cleared: chasing && (await whilePassing(clock, chasing, world.lateMs ?? 1)), looks, ms: clock.now() };
}

async function whilePassing<T>(clock: ManualClock, promise: Promise<T>, lateMs: number): Promise<T> {
  const settled = promise.then((value) => ({ value }));
  for (;;) {
    const first = await Promise.race([settled, turn()]);
    if (first) return first.value;
    clock.pass((clock.nextInMs() ?? 0) + lateMs);
  }
}

/** Everything that only waits for other promises has had its turn by then. */
const turn = (): Promise<undefined> =>
  new Promise((resolve) => {
    setImmediate(() => resolve(undefined));
  });

const nobody: Seen = { sight: 'clear' };
/** Somebody is within execve(2): ours or not, that cannot be told. */
const somebody: Seen = { sight: 'unsettled' };

describe('chasing those who are to be killed', () => {
  it('is over at once when a clear look finds nobody', async () => {
    expect(await chaseIn({ see: () => nobody })).toEqual({ cleared: undefined, looks: 1, ms: 0 });
  });

  it('is over as soon as who could not be told has turned out to be a stranger', async () => {
    const { cleared, ms } = await chaseIn({ see: (index) => (index < 2 ? somebody : nobody) });
    expect(cleared).toEqual({ killed: [], left: [], outran: [] });
    expect(ms).toBeLessThan(10);
  });

  it('takes those who can never be told for strangers after 200 ms', async () => {
    const { cleared, looks, ms } = await chaseIn({ see: () => somebody });
    expect(cleared).toEqual({ killed: [], left: [], outran: [] });
    expect(ms).toBeGreaterThanOrEqual(200);
    expect(ms).toBeLessThan(250);
    expect(looks).toBeGreaterThanOrEqual(20);
  });

  it('looks once more at those who may have been started by the last one', async () => {
    const { cleared } = await chaseIn({ see: (index) => ({ sight: 'clear', pids: index < 3 ? [40 + index] : [] }) });
    expect(pidsOf(cleared?.killed ?? [])).toEqual([40, 41, 42]);
  });

  it('goes on after a second of it, although one look cannot tell the next one', async () => {
    const see = (index: number, at: number): Seen => {
      if (at < 1_000) return { sight: 'clear', pids: [10_000 + index] };
      return at < 1_100 ? somebody : { sight: 'clear', pids: at < 1_200 ? [index] : [] };
    };
    const { cleared, ms } = await chaseIn({ see });
    expect(cleared?.killed.some(({ pid }) => pid < 10_000)).toBe(true);
    expect(cleared?.outran).toEqual([]);
    expect(ms).toBeLessThan(1_300);
  });

  it('does not take somebody for a stranger for the time alone, where it gets few turns', async () => {
    const see = (index: number): Seen => {
      if (index === 0 || index === 15) return { sight: 'clear', pids: [index + 1] };
      return index < 15 ? somebody : nobody;
    };
    const { cleared, ms } = await chaseIn({ see, lateMs: 100 });
    expect(pidsOf(cleared?.killed ?? [])).toEqual([1, 16]);
    expect(ms).toBeGreaterThan(1_000);
  });

  it('waits for those who take their time to die', async () => {
    const { cleared, ms } = await chaseIn({ see: (index) => ({ sight: 'clear', pids: index === 0 ? [40] : [] }), dyingMs: 300 });
    expect(cleared).toMatchObject({ killed: [{ pid: 40, name: 'sh' }], left: [] });
    expect(ms).toBeGreaterThanOrEqual(300);
    expect(ms).toBeLessThan(400);
  });

  it('neither signals nor awaits those who are not ours, and names them', async () => {
    const { cleared, ms } = await chaseIn({ see: () => ({ sight: 'clear', pids: [40, 41] }), foreign: [41] });
    expect(cleared).toEqual({ killed: [{ pid: 40, name: 'sh' }], left: [{ pid: 41, name: 'sh' }], outran: [] });
    expect(ms).toBeLessThan(10);
  });
});

describe('a chase that is not over in time', () => {
  it('names those who do not die, and not as killed', async () => {
    const { cleared, ms } = await chaseIn({ see: () => ({ sight: 'clear', pids: [40] }), dyingMs: 9_000 });
    expect(cleared).toEqual({ killed: [], left: [{ pid: 40, name: 'sh' }], outran: [] });
    expect(ms).toBeLessThan(5_100);
  });

  it('says that it was outrun when there was always another one, and names the last', async () => {
    const { cleared, looks } = await chaseIn({ see: (index) => ({ sight: 'clear', pids: [index] }), dyingMs: 0.5 });
    expect(pidsOf(cleared?.outran ?? [])).toEqual([looks - 1]);
    expect(cleared?.killed).toHaveLength(looks);
    expect(cleared?.left).toEqual([]);
  });

  it('says so too when the last look did not find, but could not tell, the next one', async () => {
    const see = (index: number, at: number): Seen => (at < 4_900 ? { sight: 'clear', pids: [index] } : somebody);
    const { cleared } = await chaseIn({ see });
    expect(cleared?.outran).toEqual([cleared?.killed.at(-1)]);
    expect(cleared?.outran).toHaveLength(1);
  });
});
