import { describe, expect, it } from 'vitest';
import { openDowns } from '../../src/client/downs.js';
import type { DownLine, MonitoredService, MonitorLine } from '../../src/control/registry-rows.js';

const at = (second: number): string => new Date(Date.UTC(2026, 10, 20, 12, 0, second)).toISOString();
const killed = { code: null, signal: 'SIGKILL', coreDumped: false, outOfMemory: false } as const;

const serviceOf = (path: string, run: number, fields: Partial<MonitoredService> = {}): MonitoredService => ({
  app: 'shop',
  path,
  run,
  pid: 100 + run,
  isLive: true,
  lastExit: null,
  ...fields,
});
const watching = (second: number, ...services: readonly MonitoredService[]): MonitorLine => ({
  type: 'watching',
  at: at(second),
  places: ['shop:'],
  services,
});
const down = (path: string, run: number, second: number, fields: Partial<DownLine> = {}): MonitorLine => ({
  type: 'down',
  down: { at: at(second), app: 'shop', path, run, pid: 100 + run, exit: killed, cause: 'signal SIGKILL', by: 'supervisor', ...fields },
});
const up = (path: string, run: number): MonitorLine => ({ type: 'up', app: 'shop', path, run, pid: 100 + run });

/** "a 2: cause" for each end that is told of these lines. */
const told = (downs: ReturnType<typeof openDowns>, ...lines: readonly MonitorLine[]): readonly string[] =>
  lines.flatMap((line) => downs.take(line)).map(({ path, run, cause }) => `${path} ${run}: ${cause}`);

describe('of a monitor', () => {
  it('what does not run is told at once, and then each end as it comes', () => {
    const downs = openDowns();
    const idle = serviceOf('b', 0, { pid: null, isLive: false });
    expect(told(downs, watching(0, serviceOf('a', 1), idle))).toEqual(['b null: noproc']);
    expect(told(downs, down('a', 1, 1), up('a', 2), down('a', 2, 2))).toEqual(['a 1: signal SIGKILL', 'a 2: signal SIGKILL']);
  });

  it('what is being started is not down; that it could not be started is its end', () => {
    const downs = openDowns();
    expect(told(downs, watching(0, serviceOf('a', 1, { pid: null })))).toEqual([]);
    expect(told(downs, down('a', 1, 1, { pid: null, exit: null, cause: 'no such file' }))).toEqual(['a 1: no such file']);
    expect(told(downs, down('a', 2, 2, { pid: null, exit: null, cause: 'no such file' }))).toEqual(['a 2: no such file']);
  });

  it('a run that ended before it was ready is told once, though its start has failed, too', () => {
    const downs = openDowns();
    const failed = down('a', 1, 1, { pid: null, exit: null, cause: 'ended before it was ready' });
    expect(told(downs, watching(0, serviceOf('a', 1)), down('a', 1, 1), failed)).toEqual(['a 1: signal SIGKILL']);
    expect(told(downs, down('a', 1, 1), failed)).toEqual([]);
  });

  it('the next daemon is asked for what has ended since, with some overlap that is told once', () => {
    const downs = openDowns();
    expect(downs.again()).toBeUndefined();
    told(downs, watching(0, serviceOf('a', 1)));
    expect(downs.again()).toEqual({ places: ['shop:'], since: at(0) });
    told(downs, down('a', 1, 90), up('a', 2));
    expect(downs.again()).toEqual({ places: ['shop:'], since: at(30) });
    expect(told(downs, down('a', 1, 90), down('a', 2, 91), down('a', 3, 92), watching(93, serviceOf('a', 4)))).toEqual([
      'a 2: signal SIGKILL',
      'a 3: signal SIGKILL',
    ]);
  });

  it('an end that no entry tells of is seen by what is there now', () => {
    const downs = openDowns();
    told(downs, watching(0, serviceOf('a', 1), serviceOf('b', 1), serviceOf('c', 1), serviceOf('d', 1), serviceOf('e', 1)));
    const now = [
      serviceOf('a', 1),
      serviceOf('b', 2, { lastExit: { ...killed, signal: null, code: 3 } }),
      serviceOf('c', 1, { isLive: false, pid: null, lastExit: killed }),
      serviceOf('d', 5, { lastExit: killed }),
    ];
    expect(told(downs, watching(1, ...now))).toEqual([
      'b 1: exit code 3',
      'c 1: signal SIGKILL',
      'd 1: exit status unknown',
      'e 1: exit status unknown',
    ]);
    expect(told(downs, watching(2, ...now))).toEqual([]);
  });

  it('run 1 of one application is not run 1 of the next one of its name', () => {
    const downs = openDowns();
    told(downs, watching(0, serviceOf('a', 1)));
    expect(told(downs, down('a', 1, 1), up('a', 1), down('a', 1, 2, { pid: 777 }))).toEqual(['a 1: signal SIGKILL', 'a 1: signal SIGKILL']);
  });
});
