import { describe, expect, it } from 'vitest';
import { renderBreaker } from '../../src/cli/render/breaker.js';
import { renderDown } from '../../src/cli/render/down.js';
import { renderExplanation } from '../../src/cli/render/explain.js';
import { plain } from '../../src/cli/render/paint.js';
import type { DownLine, Explanation } from '../../src/control/registry-rows.js';
import { explain } from '../../src/supervision/explain.js';
import { supervisorRow } from '../helpers/rows.js';
import { root, service, supervisor } from '../helpers/specs.js';
import { booted, type World } from '../helpers/world.js';

const exit = { code: null, signal: 'SIGKILL', coreDumped: false, outOfMemory: false } as const;
const ended: DownLine = {
  at: '2026-11-20T12:00:00.000Z',
  app: 'shop',
  path: 'web',
  pid: 7,
  run: 3,
  exit,
  cause: 'signal SIGKILL',
  by: 'supervisor',
};

describe('the line of a monitor', () => {
  it.each([
    ['its own end', {}, 'DOWN web pid 7 run 3: signal SIGKILL'],
    ['an exit code', { exit: { ...exit, signal: null, code: 2 }, cause: 'exit code 2' }, 'DOWN web pid 7 run 3: exit code 2'],
    [
      'a stop, and how it took that',
      { cause: 'stopped by hand', exit: { ...exit, signal: 'SIGTERM' } },
      'DOWN web pid 7 run 3: stopped by hand (SIGTERM)',
    ],
    [
      'a stop that it took well',
      { cause: 'stopped by hand', exit: { ...exit, signal: null, code: 0 } },
      'DOWN web pid 7 run 3: stopped by hand (code 0)',
    ],
    [
      'an end that nobody saw',
      { exit: { ...exit, signal: null }, cause: 'exit status unknown' },
      'DOWN web pid 7 run 3: exit status unknown',
    ],
    ['a start that failed', { pid: null, exit: null, cause: 'no such file' }, 'DOWN web run 3: no such file'],
    ['what does not run', { pid: null, run: null, exit: null, cause: 'noproc' }, 'DOWN web: noproc'],
    ['control characters', { cause: 'a\u001b[31m' }, 'DOWN web pid 7 run 3: a\\e[31m (SIGKILL)'],
  ])('tells of %s', (_what, fields, line) => {
    expect(renderDown({ ...ended, ...fields }, { paint: plain, severalApps: false })).toBe(line);
  });

  it('names the application where there may be several', () => {
    expect(renderDown(ended, { paint: plain, severalApps: true })).toBe('DOWN shop:web pid 7 run 3: signal SIGKILL');
  });
});

describe('a breaker', () => {
  it('is told by its state, with the budget or the cause', () => {
    const row = supervisorRow('backend', { intensity: 5, restartsInWindow: 1, periodMs: 60_000 });
    expect(renderBreaker({ ...row, breaker: 'ok' }, plain)).toBe('backend: ok, running, 1 of 5 restarts used in 1m');
    const blown = { ...row, breaker: 'blown', state: 'failed', why: 'gave up; tries again in 3s' } as const;
    expect(renderBreaker(blown, plain)).toBe('backend: blown, failed: gave up; tries again in 3s');
    const disabled = { ...row, path: '', breaker: 'disabled', state: 'stopped', why: 'disabled by hand' } as const;
    expect(renderBreaker(disabled, plain)).toBe(`example: disabled, stopped; "portsup breaker enable example" has it started again`);
  });
});

/** What is told of a world's node, on so many columns. */
function told(world: World, path: string, width?: number): readonly string[] {
  const explanation = explain(world.forest, { app: world.app, path, at: world.now });
  if (!explanation) throw new Error(`nothing at "${path}"`);
  const full: Explanation = { app: world.app, kind: world.node(path).kind, state: 'stopped', ...explanation };
  return renderExplanation(full, { width, paint: plain });
}

describe('an explanation', () => {
  const shop = root(['db', supervisor('backend', ['api', 'worker'], { strategy: 'rest_for_one', intensity: 1, periodMs: 60_000 })]);

  it('says who is stopped and started, what is left, and when it is one too many', () => {
    expect(told(booted(shop), 'backend/api')).toEqual([
      'if backend/api died now:',
      '  1. stop backend/worker  2. start backend/api  3. start backend/worker',
      '0 of 1 restart left in backend after that (in 1m)',
      '3 of 3 restarts left in shop after that (in 5s)',
      'if it goes on like this, death 2 is one too many: backend gives up; "portsup explain backend" says what follows',
    ]);
  });

  it('gives one number to what waits for none of each other', () => {
    const needy = root(['db', service('web', { needs: ['db'] }), service('x', { links: ['db', 'web'] })]);
    expect(told(booted(needy), 'x')[1]).toBe('  1. stop web, start x  2. stop db  3. start db  4. start web');
    const pair = root([service('a', { links: ['b', 'c'] }), 'b', 'c']);
    expect(told(booted(pair), 'a')[1]).toBe('  1. stop b, stop c, start a  2. start b, start c');
    expect(told(booted(pair), 'a', 30).slice(1, 3)).toEqual(['  1. stop b, stop c, start a', '  2. start b, start c']);
  });

  it('says who gives up', () => {
    const lines = told(booted(shop).die('backend/api'), 'backend/api');
    expect(lines[0]).toBe('if backend/api died now:');
    expect(lines).toContain('backend gives up: more than 1 restart in 1m; last backend/api: signal SIGKILL');
  });

  it('of what is not started again says so, and how it is in the end', () => {
    expect(told(booted(root([service('job', { restart: 'temporary' })])), 'job')).toEqual([
      'if job died now:',
      '  it is not started again',
      '3 of 3 restarts left in shop after that (in 5s)',
      'in the end: job failed (now running)',
    ]);
  });

  it('of what does not run says what a start would do', () => {
    expect(told(booted(root(['a'])).stop('a'), 'a')).toEqual([
      'a does not run (stopped); if it were started now:',
      '  1. start a',
      'in the end: a running (now stopped)',
    ]);
  });

  it.each([20, 60, 110])('is no wider than %i columns, and breaks no step', (width) => {
    const names = Array.from({ length: 30 }, (_, index) => `s${index}`);
    const lines = told(booted(root(names, { strategy: 'one_for_all', intensity: 0 })), 's3', width);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
    expect(lines.join('\n')).toMatch(/and \d+ more/);
    expect(lines.filter((line) => /\d+\.$/.test(line))).toEqual([]);
  });
});
