import { describe, expect, it } from 'vitest';
import { type Explanation, explain } from '../../src/supervision/explain.js';
import type { BackoffSpec } from '../../src/supervision/spec.js';
import { root, service, supervisor } from '../helpers/specs.js';
import { booted, World } from '../helpers/world.js';

function explained(world: World, path: string): Explanation {
  const found = explain(world.forest, { app: world.app, path, at: world.now });
  if (!found) throw new Error(`nothing at ${path}`);
  return found;
}
const stepsOf = ({ steps }: Explanation): readonly string[] => steps.map(({ verb, path, afterMs }) => `${verb} ${path} ${afterMs}`);

describe('explain', () => {
  it('a death: who is stopped and started in which order, what is left, and who gives up when', () => {
    const world = booted(root([supervisor('backend', ['db', 'api', 'web'], { strategy: 'rest_for_one', intensity: 2, periodMs: 60_000 })]));
    const explanation = explained(world, 'backend/api');
    expect(explanation.of).toBe('death');
    expect(stepsOf(explanation)).toEqual(['stop backend/web 0', 'start backend/api 0', 'start backend/web 0']);
    expect(explanation.budgets).toEqual([
      { path: 'backend', left: 1, intensity: 2, periodMs: 60_000 },
      { path: '', left: 3, intensity: 3, periodMs: 5_000 },
    ]);
    expect(explanation.final).toEqual([]);
    expect(explanation.escalation?.deaths).toBe(3);
    expect(explanation.escalation?.gaveUp[0]?.path).toBe('backend');
  });

  it('is what then happens, and changes nothing itself', () => {
    const world = booted(root(['a', service('b', { links: ['a'] }), 'c'], { strategy: 'one_for_all' }));
    const before = world.forest;
    const explanation = explained(world, 'b');
    expect(world.forest).toBe(before);
    world.take();
    const done = world
      .die('b')
      .take()
      .filter((line) => !line.startsWith('end'))
      .map((line) => `${line} 0`);
    expect(stepsOf(explanation)).toEqual(done);
  });

  it('numbers each: one more than what it waits for, so that nothing is said of those that wait for none of each other', () => {
    const world = booted(
      root(['db', service('web', { needs: ['db'] }), service('x', { links: ['db', 'web'] }), service('y', { links: ['x'] })]),
    );
    const steps = explained(world, 'x').steps.map(({ number, verb, path }) => `${number} ${verb} ${path}`);
    expect(steps).toEqual(['1 stop web', '1 stop y', '1 start x', '2 stop db', '2 start y', '3 start db', '4 start web']);
    const slow = world.let('puppet', 'web', 'y', 'db').die('x');
    slow.take();
    // In whatever order they end.
    expect(slow.die('web', 'SIGTERM').take()).toEqual(['end web', 'stop db']);
    expect(slow.die('y', 'SIGTERM').take()).toEqual(['end y', 'spawn y']);
    expect(slow.die('db', 'SIGTERM').take()).toEqual(['end db', 'spawn db']);
    expect(slow.answer('db').take()).toEqual(['start db', 'spawn web']);
  });

  it('names states as ps does: what runs and is not ready yet is starting', () => {
    const method = { by: 'tcp', host: 'localhost', port: 80, tryMs: 5_000 } as const;
    const ready = { method, delayMs: 0, intervalMs: 500, timeoutMs: 60_000 };
    const world = new World({ manner: 'puppet' }).apply(root([service('a', { ready, restart: 'temporary' }), 'b'])).answer('a');
    world.ready('a').answer('b').stop('a').die('a', 'SIGTERM').start('a').answer('a');
    expect(explained(world, 'a').final).toEqual([{ path: 'a', before: 'starting', after: 'failed' }]);
    // That it becomes ready comes anyway.
    expect(explained(world, 'b').final).toEqual([]);
  });

  it('an end that is one too many escalates', () => {
    const world = booted(root([supervisor('backend', ['api', 'db'], { intensity: 0 }), 'web']));
    const explanation = explained(world, 'backend/api');
    expect(explanation.gaveUp.map(({ path }) => path)).toEqual(['backend']);
    expect(stepsOf(explanation)).toEqual(['stop backend/db 0', 'start backend/api 0', 'start backend/db 0']);
    expect(explanation.budgets.at(-1)).toMatchObject({ path: '', left: 2 });
    expect(world.die('backend/api').root.history).toHaveLength(1);
    expect(explanation.escalation).toBeNull();
  });

  it('what waits comes at its time', () => {
    const backoff = { minMs: 500, maxMs: 500, factor: 1, jitter: 0, resetAfterMs: 10_000 };
    expect(stepsOf(explained(booted(root([service('a', { backoff })])), 'a'))).toEqual(['start a 500']);
  });

  it('nor do waits keep it from giving up, unless they are too long for its period', () => {
    const after = (backoff: Partial<BackoffSpec>): Explanation['escalation'] => {
      const spec = { minMs: 100, maxMs: 60_000, factor: 2, jitter: 0, resetAfterMs: 10_000, ...backoff };
      return explained(booted(root([service('a', { backoff: spec })], { intensity: 3, periodMs: 5_000 })), 'a').escalation;
    };
    expect(after({})).toMatchObject({ deaths: 4, gaveUp: [{ path: '' }] });
    expect(after({ minMs: 2_000 })).toBeNull();
  });

  it('what waits for a watchdog that is down goes on waiting', () => {
    const method = { by: 'tcp', host: 'localhost', port: 80, tryMs: 5_000 } as const;
    const database = { name: 'database', method, cwd: '/', env: {}, intervalMs: 1_000, failures: 3, clearAfter: 3 };
    const world = booted(root([service('api', { needs: ['database'] }), 'web'], { watchdogs: [database] })).watchdog('database', false);
    const explanation = explained(world, 'web');
    expect([stepsOf(explanation), explanation.final]).toEqual([['start web 0'], []]);
  });

  it('of a supervisor: it gives up', () => {
    const world = booted(root([supervisor('backend', ['api'], { resetAfterMs: 300 }), 'web']));
    const explanation = explained(world, 'backend');
    expect(explanation.of).toBe('giving_up');
    expect(stepsOf(explanation)).toEqual(['stop backend/api 0', 'start backend/api 300']);
    // It rests and comes back by itself; without that it is charged to the supervisor above it.
    expect(explanation.budgets).toMatchObject([{ path: '', left: 3 }]);
    expect(explained(booted(root([supervisor('backend', ['api'])])), 'backend').budgets).toMatchObject([{ path: '', left: 2 }]);
  });

  it('of what does not run: its start', () => {
    const world = booted(root(['a', 'b'])).stop('b');
    const explanation = explained(world, 'b');
    expect(explanation.of).toBe('start');
    expect(stepsOf(explanation)).toEqual(['start b 0']);
    expect(explanation.final).toEqual([{ path: 'b', before: 'stopped', after: 'running' }]);
  });

  it('a temporary service is gone for good', () => {
    const explanation = explained(booted(root([service('a', { restart: 'temporary' })])), 'a');
    expect(explanation.steps).toEqual([]);
    expect(explanation.final).toEqual([{ path: 'a', before: 'running', after: 'failed' }]);
    expect(explanation.escalation).toBeNull();
  });

  it('tells nothing that comes anyway', () => {
    const backoff = { minMs: 500, maxMs: 500, factor: 1, jitter: 0, resetAfterMs: 10_000 };
    const world = booted(root([service('flaky', { backoff }), 'a'])).die('flaky');
    const explanation = explained(world, 'a');
    expect(stepsOf(explanation)).toEqual(['start a 0']);
    expect(explanation.final).toEqual([]);
    expect(stepsOf(explained(world, 'flaky'))).toEqual(['start flaky 0']);
  });
});
