import { describe, expect, it } from 'vitest';
import { type Callee, calleeAt, wayBack } from '../../src/daemon/calling/callee.js';
import type { ServiceSpec } from '../../src/supervision/spec.js';
import { root, service, supervisor } from '../helpers/specs.js';
import { booted, World } from '../helpers/world.js';

const lazy = (fields: Partial<ServiceSpec> = {}): ServiceSpec => service('a', { autostart: false, onDemand: true, ...fields });
const callee = (world: World, path = 'a', isAsked = false): Callee => calleeAt(world.root, path, isAsked);
const causeOf = (found: Callee): string | undefined => (found.is === 'down' ? found.down.cause : found.is);

describe('what a call finds', () => {
  it('is the run of a service that is up', () => {
    const world = booted(root(['a']));
    expect(callee(world)).toMatchObject({ is: 'up', run: 1, pid: world.live.get('a')?.pid });
  });

  it('is one that is on its way while it is being executed, waits for its turn, or is not ready', () => {
    const ready = { method: { by: 'log', pattern: 'x' }, delayMs: 0, intervalMs: 100, timeoutMs: 1_000 } as const;
    const world = new World().let('puppet', 'a').apply(root([service('a', { ready }), 'b']));
    expect(callee(world).is).toBe('coming');
    expect(callee(world, 'b').is).toBe('coming');
    world.answer('a');
    expect(callee(world).is).toBe('coming');
    world.ready('a');
    expect(callee(world).is).toBe('up');
    expect(callee(world, 'b').is).toBe('up');
  });

  it('is one that is on its way while it is being restarted, not while it is being stopped', () => {
    const world = booted(root(['a']))
      .let('puppet', 'a')
      .restart('a');
    expect(callee(world).is).toBe('coming');
    world.stop('a');
    expect(causeOf(callee(world))).toBe('noproc: stopped by hand');
  });

  it('is one that is on its way while it waits for its next attempt', () => {
    const backoff = { minMs: 500, maxMs: 1_000, factor: 2, jitter: 0, resetAfterMs: 10_000 };
    const world = booted(root([service('a', { backoff })])).die('a');
    expect(callee(world).is).toBe('coming');
  });

  it('is one that is on its way while what it needs may come, and none when that takes a person', () => {
    const world = booted(root(['b', service('a', { needs: ['b'] })])).let('puppet', 'b');
    world.restart('b');
    expect(callee(world).is).not.toBe('down');
    world.stop('b').let('obeys', 'b');
    const other = booted(root(['b', service('a', { needs: ['b'], autostart: false })]))
      .stop('b')
      .start('a');
    expect(causeOf(callee(other))).toBe('noproc: it waits for b, which is stopped: stopped by hand');
  });

  it('is none, with the reason and the last exit, of one that is down', () => {
    const world = booted(root([service('a', { restart: 'temporary' })])).exit('a', 3);
    expect(callee(world)).toEqual({
      is: 'down',
      down: {
        outcome: 'down',
        cause: 'noproc: exit code 3',
        exit: { code: 3, signal: null, coreDumped: false, outOfMemory: false },
        run: 1,
        pid: null,
        comesBack: false,
      },
    });
  });

  it('is none of one that was never started, is not there, or whose supervisor is down', () => {
    const world = booted(root([service('a', { autostart: false }), supervisor('in', ['x'])]));
    expect(callee(world)).toMatchObject({ is: 'down', down: { cause: 'noproc: it has not been started', run: null, exit: null } });
    expect(causeOf(callee(world, 'b'))).toBe('noproc: it was taken away');
    expect(calleeAt(undefined, 'a', false)).toMatchObject({ is: 'down', down: { cause: 'noproc: it was taken away' } });
    world.stop('in');
    expect(causeOf(callee(world, 'in/x'))).toMatch(/^noproc: .*stopped by hand/);
  });
});

describe('what has a service run again', () => {
  it('is a start by hand, the next call where calls start it, and for what is disabled its breaker', () => {
    const world = booted(root([lazy({ restart: 'transient' }), service('b', { autostart: false }), supervisor('in', ['x'])]));
    world.start('a').exit('a', 0);
    expect(wayBack(world.root, { app: world.app, path: 'a' })).toBe('the next call starts it');
    expect(wayBack(world.root, { app: world.app, path: 'b' })).toBe('"portsup start b" starts it');
    expect(wayBack(world.stop('a').root, { app: world.app, path: 'a' })).toBe('"portsup start a" starts it');
    expect(wayBack(world.root, { app: world.app, path: 'c' })).toBe('"portsup up" brings up what is configured');
    expect(wayBack(world.breaker('disable', 'in').root, { app: world.app, path: 'in/x' })).toBe(
      '"portsup breaker enable in" has it started again',
    );
    expect(wayBack(world.breaker('disable', '').root, { app: world.app, path: 'b' })).toBe(
      `"portsup breaker enable ${world.app}" has it started again`,
    );
  });
});

describe('what a call finds of a service that is started on demand', () => {
  it('is one to be started, once for each call', () => {
    const world = booted(root([lazy()]));
    expect(callee(world).is).toBe('startable');
    expect(causeOf(callee(world, 'a', true))).toBe('noproc: it has not been started');
    expect(callee(world.start('a')).is).toBe('up');
  });

  it('is one to be started when it has failed, or was stopped as nobody called', () => {
    const failed = booted(root([lazy()]))
      .let('fails', 'a')
      .start('a');
    expect(callee(failed).is).toBe('startable');
    const idle = booted(root([lazy({ idleMs: 100 })])).start('a');
    expect(callee(idle.let('puppet', 'a').idle('a')).is).toBe('startable');
    expect(callee(idle.die('a')).is).toBe('startable');
  });

  it('is none when a person has stopped it, or its supervisor', () => {
    const world = booted(root([supervisor('in', [lazy()])]));
    world.start('in/a').stop('in/a');
    expect(causeOf(callee(world, 'in/a'))).toBe('noproc: stopped by hand');
    world.start('in/a');
    expect(callee(world, 'in/a').is).toBe('up');
    const asleep = booted(root([lazy()])).stop('a');
    expect(causeOf(callee(asleep))).toBe('noproc: stopped by hand');
    const idle = booted(root([lazy({ idleMs: 100 })]))
      .start('a')
      .idle('a')
      .stop('a');
    expect(causeOf(callee(idle))).toBe('noproc: stopped by hand');
    const other = booted(root([supervisor('in', [lazy()])])).stop('in');
    expect(causeOf(callee(other, 'in/a'))).toBe('noproc: in is down: stopped by hand');
  });
});
