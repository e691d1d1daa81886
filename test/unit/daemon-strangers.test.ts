import { describe, expect, it } from 'vitest';
import { type KnownService, sortBearers } from '../../src/daemon/strangers.js';
import type { Bearer } from '../../src/ports/marked.js';

const home = '/srv/one';
process.env['PORTSUP_HOME'] = home;

const known = (path: string, run: number, more: Partial<KnownService> = {}): KnownService => ({
  app: 'shop',
  path,
  run,
  isAwaited: false,
  orphans: 'kill',
  env: { PORTSUP_HOME: home },
  ...more,
});

/** A process of a run; a main process leads its session. */
const bearer = (pid: number, path: string, run: number, more: Partial<Bearer> & { readonly home?: string } = {}): Bearer => ({
  pid,
  name: 'sleep',
  startTicks: pid,
  pgrp: pid,
  session: pid,
  uid: 0,
  marker: { app: 'shop', path, run, home: more.home ?? home },
  ...more,
});

const pids = ({ mains, strangers }: ReturnType<typeof sortBearers>): string =>
  `mains ${mains.map(({ pid }) => pid).join()} strangers ${strangers.map(({ pid }) => pid).join()}`;

describe('processes that carry a marker, when a keeper takes over', () => {
  it('are left alone where their run is known and held', () => {
    expect(pids(sortBearers([bearer(5, 'a', 2), bearer(6, 'a', 2, { session: 5 })], [known('a', 2)]))).toBe('mains  strangers ');
  });

  it('are taken back where their run was decided: the first session leader is the main process', () => {
    const family = [bearer(7, 'a', 2), bearer(5, 'a', 2), bearer(4, 'a', 2, { session: 1 })];
    expect(pids(sortBearers(family, [known('a', 2, { isAwaited: true })]))).toBe('mains 5 strangers ');
  });

  it('are strangers where nobody knows their service, or their run is past or not yet known of', () => {
    const all = [bearer(5, 'gone', 1), bearer(6, 'a', 1), bearer(7, 'a', 3), bearer(8, 'a', 2)];
    expect(pids(sortBearers(all, [known('a', 2)]))).toBe('mains  strangers 5,6,7');
  });

  it('are what a past run may leave behind with "orphans: leave"', () => {
    expect(pids(sortBearers([bearer(6, 'a', 1), bearer(7, 'a', 3)], [known('a', 2, { orphans: 'leave' })]))).toBe('mains  strangers 7');
  });

  it('of another home are no business of ours, also with the same names; a service may have a home of its own in its environment', () => {
    const others = [bearer(5, 'a', 1, { home: '/srv/two' }), bearer(6, 'gone', 1, { home: '/srv/two' })];
    expect(pids(sortBearers(others, [known('a', 2)]))).toBe('mains  strangers ');
    const own = known('a', 2, { env: { PORTSUP_HOME: '/srv/two' } });
    expect(pids(sortBearers(others, [own]))).toBe('mains  strangers 5');
  });
});
