import { describe, expect, it } from 'vitest';
import { exitCodeOf, exitCodeOfRows } from '../../src/cli/exit-codes.js';
import { countServices, plannedFromNothing } from '../../src/cli/planned.js';
import { stoppedNotes } from '../../src/cli/results.js';
import { wantsColour } from '../../src/cli/screen.js';
import { localTime } from '../../src/cli/time.js';
import type { PsRow } from '../../src/control/contract.js';
import { serviceRow, supervisorRow } from '../helpers/rows.js';
import { root, service, supervisor } from '../helpers/specs.js';

describe('exit codes', () => {
  it('are those of the error, and 4 for what ps and status do not find', () => {
    expect(exitCodeOf('NOT_FOUND', 'stop')).toBe(5);
    expect(exitCodeOf('DAEMON_NOT_RUNNING', 'tree')).toBe(7);
    expect(exitCodeOf('NOT_FOUND', 'status')).toBe(4);
    expect(exitCodeOf('DAEMON_NOT_RUNNING', 'ps')).toBe(4);
    expect(exitCodeOf('CONFIG_INVALID', 'up')).toBe(6);
    expect(exitCodeOf('TIMEOUT', 'up')).toBe(124);
    expect(exitCodeOf('INTERRUPTED', 'up')).toBe(130);
  });

  it('say 3 when something that was asked for, or should be up below it, is not', () => {
    const stopped = serviceRow('a', { state: 'stopped', desired: 'stopped', pid: null });
    expect(exitCodeOfRows([serviceRow('a')])).toBe(0);
    expect(exitCodeOfRows([stopped])).toBe(3);
    expect(exitCodeOfRows([supervisorRow(), stopped, serviceRow('b')])).toBe(0);
    expect(exitCodeOfRows([supervisorRow(), serviceRow('b', { state: 'waiting' })])).toBe(3);
    expect(exitCodeOfRows([serviceRow('b', { state: 'waiting', nextCron: '2026-11-21T03:00:00.000Z' })])).toBe(0);
    expect(exitCodeOfRows([serviceRow('a', { ready: false })])).toBe(3);
    expect(exitCodeOfRows([serviceRow('a', { state: 'completed' })])).toBe(0);
  });
});

describe('what was stopped', () => {
  const result = (rows: readonly PsRow[]) => ({ type: 'result', app: 'example', rows, changes: [], failures: [], ends: [] }) as const;

  it('is counted by application', () => {
    expect(stoppedNotes(result([supervisorRow(), serviceRow('a'), serviceRow('b')]))).toEqual(['example: stopped 2 services']);
    expect(stoppedNotes(result([serviceRow('a'), serviceRow('x', { app: 'shop' })]))).toEqual([
      'example: stopped 1 service',
      'shop: stopped 1 service',
    ]);
    expect(stoppedNotes(result([]))).toEqual(['example: nothing was running']);
  });
});

describe('colours', () => {
  const wants = (isTerminal: boolean, env: Record<string, string>, refused = false): boolean => wantsColour(isTerminal, { env, refused });

  it('are for terminals, unless somebody says otherwise', () => {
    expect(wants(true, {})).toBe(true);
    expect(wants(false, {})).toBe(false);
    expect(wants(true, { NO_COLOR: '1' })).toBe(false);
    expect(wants(true, { NO_COLOR: '' })).toBe(true);
    expect(wants(false, { FORCE_COLOR: '1' })).toBe(true);
    expect(wants(true, { FORCE_COLOR: '0' })).toBe(false);
    expect(wants(false, { FORCE_COLOR: '1' }, true)).toBe(false);
    expect(wants(true, { TERM: 'dumb' })).toBe(false);
  });
});

describe('a plan from nothing', () => {
  const backend = supervisor('backend', ['api']);
  const shop = root(['db', backend]);

  it('adds everything in start order', () => {
    const { changes, steps } = plannedFromNothing(shop, []);
    expect(changes.map(({ path, action, effect }) => `${action} ${path} ${effect}`)).toEqual([
      'added db start',
      'added backend start',
      'added backend/api start',
    ]);
    expect(steps).toEqual([
      { verb: 'start', path: 'db' },
      { verb: 'start', path: 'backend/api' },
    ]);
    expect(countServices(shop)).toBe(2);
  });

  it('starts who needs somebody after that one, which names bring with them', () => {
    const needy = root([service('web', { needs: ['backend'] }), 'db', backend, 'last']);
    expect(plannedFromNothing(needy, []).steps.map(({ path }) => path)).toEqual(['db', 'backend/api', 'web', 'last']);
    expect(plannedFromNothing(needy, ['web']).steps.map(({ path }) => path)).toEqual(['backend/api', 'web']);
  });

  it('with names starts these and what they are in; the rest is only listed', () => {
    const effects = (...names: readonly string[]): readonly string[] =>
      plannedFromNothing(shop, names).changes.map(({ path, effect }) => `${path} ${effect}`);
    expect(effects('api')).toEqual(['db none', 'backend start', 'backend/api start']);
    expect(effects('backend')).toEqual(['db none', 'backend start', 'backend/api start']);
    expect(effects('d*')).toEqual(['db start', 'backend none', 'backend/api none']);
    expect(() => effects('dbb')).toThrow(expect.objectContaining({ code: 'NOT_FOUND', hint: 'did you mean db?' }));
  });
});

describe('times', () => {
  it('are shown in local time with milliseconds', () => {
    expect(localTime('2026-11-20T10:00:00.007Z')).toMatch(/^2026-11-\d\d \d\d:\d\d:00\.007$/);
    expect(localTime('not a time')).toBe('not a time');
  });
});
