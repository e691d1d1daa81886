import { describe, expect, it } from 'vitest';
import { createClearing } from '../../src/daemon/clear-run.js';
import type { Cleared } from '../../src/ports/chase.js';
import type { EndedRun, Leftovers } from '../../src/ports/leftovers.js';
import type { RunMarker } from '../../src/ports/run-marker.js';
import { describeCause } from '../../src/supervision/cause.js';
import type { Report } from '../../src/supervision/messages.js';
import { manualClock } from '../helpers/manual-clock.js';

const name = { app: 'shop', path: 'web', run: 2 } as const;
const ended = { pid: 40, isAdopted: false, groupLeft: false, env: { PORTSUP_HOME: '/given' } };

/** A clearing whose leftovers answer as told, and what came of it. */
function clearing(answer: () => Promise<Cleared> | undefined, orphans: 'kill' | 'leave' = 'kill') {
  const asked: EndedRun[] = [];
  const letGo: string[] = [];
  const warnings: string[] = [];
  const reports: Report[] = [];
  const found: RunMarker[] = [];
  const markers = ['/configured', '/given'].map((home) => ({ ...name, home }));
  const leftovers: Leftovers = {
    began: () => {
      throw new Error('EMFILE');
    },
    letGo: (key) => void letGo.push(key),
    clear: (run) => {
      asked.push(run);
      return answer();
    },
    clearAll: (isMeant) => {
      found.push(...markers.filter(isMeant));
      return answer();
    },
  };
  const made = createClearing({
    clock: manualClock(),
    leftovers,
    configured: () => ({ orphans, env: () => ({ PORTSUP_HOME: '/configured' }), owner: () => 33 }),
    warn: (message) => void warnings.push(message),
    report: (report) => void reports.push(report),
  });
  return { ...made, asked, letGo, warnings, reports, found };
}

describe('clearing up after a run', () => {
  it('is done at once when nobody is left', () => {
    const { ended: clear, asked, reports } = clearing(() => undefined);
    expect(clear(name, ended)).toBeUndefined();
    expect(asked).toMatchObject([{ key: 'shop:web', pid: 40, marker: { ...name, home: '/given' } }]);
    expect(reports).toEqual([]);
  });

  it('goes by the configured environment where nobody knows which one the run was given', () => {
    const { ended: clear, asked } = clearing(() => undefined);
    void clear(name, { ...ended, env: null });
    expect(asked[0]?.marker.home).toBe('/configured');
    expect(asked[0]?.owner).toBe(33);
  });

  it('is about the user that the run had, besides ourselves', () => {
    const { ended: clear, asked } = clearing(() => undefined);
    void clear(name, ended);
    void clear(name, { ...ended, owner: 1000 });
    expect(asked.map(({ owner }) => owner)).toEqual([undefined, 1000]);
  });

  it('leaves who may stay', () => {
    const { ended: clear, asked, letGo } = clearing(() => undefined, 'leave');
    expect(clear(name, ended)).toBeUndefined();
    expect([asked, letGo]).toEqual([[], ['shop:web']]);
  });

  it('reports by name who was killed and who was not', async () => {
    const cleared = { killed: [{ pid: 41, name: 'sleep' }], left: [{ pid: 42, name: 'stuck' }], outran: [] };
    const { ended: clear, reports, warnings } = clearing(() => Promise.resolve(cleared));
    await clear(name, ended);
    expect(reports).toMatchObject([
      { ...name, event: 'killed', type: 'info', by: 'supervisor' },
      { ...name, event: 'left_behind', type: 'shutdown_error', by: 'supervisor' },
    ]);
    expect(reports.map(({ cause }) => cause && describeCause(cause))).toEqual([
      'left its process group: sleep (41)',
      'could not be killed and goes on: stuck (42)',
    ]);
    expect(warnings).toEqual(['shop:web: could not be killed and is left behind: stuck (42)']);
  });

  it('does not say of those who were outrun that nobody is left', async () => {
    const last = { pid: 41, name: 'sh' };
    const { ended: clear, reports, warnings } = clearing(() => Promise.resolve({ killed: [last], left: [], outran: [last] }));
    await clear(name, ended);
    expect(reports).toMatchObject([{ event: 'killed' }, { ...name, event: 'left_behind', type: 'shutdown_error', by: 'supervisor' }]);
    const [, cause] = reports.map((report) => report.cause && describeCause(report.cause));
    expect(cause).toBe('started others faster than they could be killed, and some may go on; the last: sh (41)');
    expect(warnings).toEqual(['shop:web: started others faster than they could be killed, some may be left behind; the last: sh (41)']);
  });

  it.each([
    [
      'at once',
      () => {
        throw new Error('EMFILE');
      },
    ],
    ['later', () => Promise.reject(new Error('EMFILE'))],
  ])('goes on, and says so, when it cannot look: %s', async (_, answer) => {
    const { ended: clear, began, warnings } = clearing(answer);
    began(name, 40, false);
    await clear(name, ended);
    expect(warnings).toHaveLength(2);
    expect(warnings[1]).toBe('shop:web: cannot look for what run 2 has left: EMFILE');
  });
});

describe('clearing up after runs of earlier daemons', () => {
  it('is about those of our home, as they are configured', async () => {
    const { past, found, reports } = clearing(() => Promise.resolve({ killed: [{ pid: 41, name: 'sleep' }], left: [], outran: [] }));
    await past(({ path }) => path === 'web');
    expect(found).toEqual([{ ...name, home: '/configured' }]);
    await past(({ path }) => path === 'db');
    expect(found).toHaveLength(1);
    expect(reports).toEqual([]);
  });

  it('names who could not be killed, and goes on when it cannot look', async () => {
    const stuck = clearing(() => Promise.resolve({ killed: [], left: [{ pid: 42, name: 'stuck' }], outran: [] }));
    await stuck.past(() => true);
    expect(stuck.warnings).toEqual(['earlier runs have left what could not be killed: stuck (42)']);
    const blind = clearing(() => {
      throw new Error('EMFILE');
    });
    await blind.past(() => true);
    expect(blind.warnings).toEqual(['cannot look for what earlier runs have left: EMFILE']);
  });
});
