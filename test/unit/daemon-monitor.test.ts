import { describe, expect, it } from 'vitest';
import type { MonitorLine } from '../../src/control/registry-rows.js';
import type { LineStream } from '../../src/control/streams.js';
import type { DaemonContext } from '../../src/daemon/context.js';
import { monitor } from '../../src/daemon/monitor.js';
import { createSignal } from '../../src/daemon/signal.js';
import { daemonEntry, type JournalEntry } from '../../src/journal/entry.js';
import { root, supervisor } from '../helpers/specs.js';
import { booted } from '../helpers/world.js';

const AT = '2026-11-20T12:00:00.000Z';
const entry = (path: string, event: JournalEntry['event'], run: number): JournalEntry => ({
  ...daemonEntry(AT, event, 'signal SIGKILL'),
  app: 'shop',
  path,
  pid: 100 + run,
  run,
});

/** A daemon with an application, as far as a monitor needs it, and a reader who reads when it is let. */
function rig(past: readonly JournalEntry[] = []) {
  const world = booted(root(['web', supervisor('in', ['x'])]));
  const feed = createSignal<JournalEntry>();
  const ending = new AbortController();
  const lines: MonitorLine[] = [];
  let isSlow = false;
  let read = (): void => undefined;
  const stream: LineStream<MonitorLine> = {
    signal: ending.signal,
    open: () => undefined,
    write: (line) => {
      lines.push(line);
      return !isSlow;
    },
    writeJson: () => true,
    drained: () =>
      new Promise((resolve) => {
        read = resolve;
      }),
  };
  const context = {
    runtime: { forest: () => world.forest },
    apps: new Map(),
    feed,
    clock: { now: () => 0, wallTime: () => new Date(AT) },
    ports: { hasEnded: () => false },
    journal: {
      scan: (_scope: unknown, take: (one: JournalEntry) => boolean) => {
        past.toReversed().some(take);
        return Promise.resolve();
      },
    },
  } as unknown as DaemonContext;
  const told = (): readonly string[] =>
    lines.map((line) =>
      line.type === 'watching'
        ? 'watching'
        : line.type === 'up'
          ? `up ${line.path} ${line.run}`
          : `down ${line.down.path} ${line.down.run}`,
    );
  return {
    feed,
    told,
    begin: (query: Partial<Parameters<typeof monitor>[1]>) => monitor(context, { names: [], places: [], ...query }, stream),
    slow: () => {
      isSlow = true;
    },
    read: () => {
      read();
    },
    end: () => {
      ending.abort();
    },
  };
}

/** Lets everything happen that waits for nothing. */
const quiet = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('what the daemon tells a monitor', () => {
  it('is what begins and what ends below what was named, and nothing else', async () => {
    const { feed, told, begin, end } = rig();
    const monitoring = begin({ names: ['in'] });
    await quiet();
    for (const [path, event] of [
      ['web', 'exited'],
      ['in/x', 'exited'],
      ['in/x', 'restarted'],
      ['in/x', 'signalled'],
      ['in/y', 'stopped'],
      ['inner', 'exited'],
    ] as const)
      feed.emit(entry(path, event, 1));
    await quiet();
    end();
    await monitoring;
    expect(told()).toEqual(['watching', 'down in/x 1', 'up in/x 1', 'down in/y 1']);
  });

  it('after another daemon is first what the journal knows, then what came meanwhile', async () => {
    const { feed, told, begin, end } = rig([entry('web', 'started', 1), entry('web', 'exited', 1), entry('in/x', 'exited', 4)]);
    const monitoring = begin({ places: ['shop:'], since: AT });
    feed.emit(entry('web', 'exited', 2));
    await quiet();
    end();
    await monitoring;
    expect(told()).toEqual(['down web 1', 'down in/x 4', 'watching', 'down web 2']);
  });

  it('is cut off where it is not read for too long, so that nothing is lost: the next question asks the journal', async () => {
    const { feed, told, begin, slow, read } = rig();
    const cutOff = expect(begin({ names: ['web'] })).rejects.toMatchObject({ message: 'a monitor reads too slowly, and has to ask again' });
    await quiet();
    slow();
    feed.emit(entry('web', 'exited', 1));
    await quiet();
    for (let run = 2; run <= 1_003; run += 1) feed.emit(entry('web', 'exited', run));
    await quiet();
    read();
    await cutOff;
    expect(told()).toEqual(['watching', 'down web 1']);
  });
});
