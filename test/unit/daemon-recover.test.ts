import { describe, expect, it } from 'vitest';
import { appChange, changesBetween } from '../../src/daemon/memory.js';
import { recover } from '../../src/daemon/recover.js';
import { createRuntime } from '../../src/daemon/runtime.js';
import type { KeeperNews, RunNews } from '../../src/keeper/protocol.js';
import { emptyForest } from '../../src/supervision/tree.js';
import { manualClock } from '../helpers/manual-clock.js';
import { root, service } from '../helpers/specs.js';
import { booted, type World } from '../helpers/world.js';

const exited = (run: number): RunNews => ({ news: 'exited', key: 'shop:web', run, pid: 40, code: 0, signal: null, groupLeft: true });
const spawned = (run: number): RunNews => ({ news: 'spawned', key: 'shop:web', run, pid: 40 });

/** A world with one service, which does what the test says. */
const shop = (restart: 'permanent' | 'temporary' = 'permanent'): World => booted(root([service('web', { restart })]), { manner: 'puppet' });

/** What a daemon that goes on in this world takes for news when this is the keeper's latest. */
function heard({ forest }: World, latest: readonly RunNews[], disowned: string[] = []): readonly KeeperNews[] {
  const news: KeeperNews[] = [];
  const nothing = (): void => undefined;
  const ports = {
    adopt: nothing,
    planLogs: nothing,
    closeStdin: nothing,
    disown: (key: string) => void disowned.push(key),
    hold: nothing,
    prepare: nothing,
    spawn: nothing,
    refuse: nothing,
  };
  const runtime = createRuntime(manualClock(), nothing);
  const changes = [appChange({ name: 'shop', file: '/srv/portsup.yaml', env: {} }), ...changesBetween(emptyForest, forest)];
  const memory = changes.flatMap(([key, text]) => (text === null ? [] : [[key, text] as const]));
  recover({ apps: new Map(), runtime, ports: { ...ports, onNews: (one) => void news.push(one) } }, { memory, latest });
  return news;
}

describe('the latest news of a run, told again to the next daemon', () => {
  it('is news where the daemon before did not hear that the run has ended', () => {
    const running = shop().answer('web');
    expect(heard(running, [exited(1)])).toEqual([exited(1)]);
    expect(heard(running.stop('web'), [exited(1)])).toEqual([exited(1)]);
  });

  it('is the start, too, where nobody heard of that', () => {
    expect(heard(shop(), [exited(1)])).toEqual([spawned(1), exited(1)]);
    expect(heard(shop(), [spawned(1)])).toEqual([spawned(1)]);
  });

  it('is none where the end was acted upon: of that run nobody is looked for any more', () => {
    expect(heard(shop('temporary').answer('web').exit('web', 0), [exited(1)])).toEqual([]);
    expect(heard(shop().answer('web').stop('web').die('web', 'SIGTERM'), [exited(1)])).toEqual([]);
    const startedAgain = shop().answer('web').exit('web');
    expect(startedAgain.service('web').run).toBe(2);
    expect(heard(startedAgain, [exited(1)])).toEqual([]);
  });
});

describe('what the keeper knows and no application has', () => {
  it('is forgotten, but for commands of alarms and probes, whose leftovers are still to be looked for', () => {
    const disowned: string[] = [];
    const others = ['shop:gone', 'shop:@on_alarm', 'shop:@probe/web', 'shop:@watchdog/db'].map((key) => ({ ...exited(1), key }));
    heard(shop().answer('web'), [...others, spawned(1)], disowned);
    expect(disowned).toEqual(['shop:gone']);
  });
});
