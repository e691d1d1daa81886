import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/control/contract.js';
import { appliedEntry } from '../../src/daemon/applied.js';

const AT = '2026-11-20T11:22:33.000Z';
const change = (path: string, action: Change['action'], ...fields: readonly string[]): Change => ({
  path,
  action,
  fields,
  effect: 'none',
  restarts: false,
  because: null,
});

describe('what an "up" has changed', () => {
  it('is an event that names what was added, changed and removed', () => {
    const changes = [
      change('', 'changed', 'on_event'),
      change('db', 'unchanged'),
      change('api', 'changed', 'command', 'env'),
      change('web', 'changed'),
      change('new', 'added'),
      change('last', 'reordered'),
      change('old', 'removed'),
    ];
    expect(appliedEntry(AT, 'shop', changes)).toEqual({
      at: AT,
      app: 'shop',
      path: '',
      event: 'applied',
      pid: null,
      run: null,
      exit: null,
      cause: 'added new; changed application (on_event), api (command, env), web; reordered last; removed old',
      by: 'user',
      type: 'info',
      supervisor: null,
    });
  });

  it('is none when nothing was', () => {
    expect(appliedEntry(AT, 'shop', [change('db', 'unchanged')])).toBeUndefined();
  });

  it('is one line of bounded length, however much it is', () => {
    const many = Array.from({ length: 1_000 }, (_, index) => change(`s${index}`, 'added'));
    expect(appliedEntry(AT, 'shop', many)?.cause).toBe('added s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, and 990 more');
  });
});
