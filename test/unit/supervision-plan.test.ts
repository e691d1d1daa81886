import { describe, expect, it } from 'vitest';
import { planOf } from '../../src/supervision/plan.js';
import type { SupervisorSpec } from '../../src/supervision/spec.js';
import { emptyForest } from '../../src/supervision/tree.js';
import { logs, pool, root, service, supervisor } from '../helpers/specs.js';
import { booted, type World } from '../helpers/world.js';

const changed = (name: string): ReturnType<typeof service> => service(name, { command: [`/bin/${name}`, '--new'] });

const plan = (world: World | undefined, wanted: SupervisorSpec, names: readonly string[] = []): ReturnType<typeof planOf> =>
  planOf(world?.forest ?? emptyForest, { type: 'apply', at: 2_000, app: 'shop', root: wanted, names, recreate: false });

const changes = (...args: Parameters<typeof plan>): readonly string[] =>
  plan(...args).changes.map(
    ({ path, action, fields, effect, because }) =>
      `${path} ${action} [${fields.join(' ')}] ${effect}${because === null ? '' : ` because ${because}`}`,
  );

describe('the plan of an apply', () => {
  it('says what is going to be done, in tree order, removed children last', () => {
    const world = booted(root(['a', 'b', 'gone', supervisor('in', ['x'])]));
    const next = root([service('b', { shutdown: 1 }), changed('a'), 'new', supervisor('in', ['x', 'y'], { intensity: 1 })]);
    expect(changes(world, next)).toEqual([
      'b changed [shutdown order] none',
      'a changed [command] restart',
      'new added [] start',
      'in changed [intensity] none',
      'in/x unchanged [] none',
      'in/y added [] start',
      'gone removed [] stop',
    ]);
    // A supervisor that goes on applies its own part at the same time.
    const own = plan(world, next).steps.filter(({ path }) => path !== 'in/y');
    expect(own.map(({ verb, path }) => `${verb} ${path}`)).toEqual(['stop gone', 'stop a', 'start a', 'start new']);
    expect(plan(world, next).steps).toContainEqual({ verb: 'start', path: 'in/y' });
  });

  it('changes nothing by being made', () => {
    const world = booted(root(['a']));
    const before = JSON.stringify(world.forest);
    plan(world, root([changed('a')]));
    expect(JSON.stringify(world.forest)).toBe(before);
  });

  it('calls fields as the configuration does, variables and keys of logs one by one, the root where it changes', () => {
    const world = booted(root([service('a', { env: { A: '1', B: '2' } }), 'b', 'c', supervisor('in', ['x'])]));
    const next = root(
      [
        service('a', { env: { B: '3', C: '4', A: '1' }, stopSignal: 'SIGINT', successExitCodes: [3] }),
        service('b', { logs: logs({ mode: 'none' }) }),
        service('c', { logs: logs({ maxBytes: 1, mode: 'raw' }) }),
        supervisor('in', ['x'], { logTotalBytes: 65_536, periodMs: 1 }),
      ],
      { resetAfterMs: 5, autoShutdown: 'any_significant' },
    );
    expect(changes(world, next)).toEqual([
      ' changed [auto_shutdown reset_after] none',
      'a changed [env.B env.C stop_signal success_exit_codes] restart',
      'b changed [logs] none',
      'c changed [logs.raw logs.max_size] none',
      'in changed [period logs.total] none',
      'in/x unchanged [] none',
    ]);
  });

  it('takes the order of keys for no difference, in a template neither', () => {
    const limits = { nofile: 64, core: null };
    const one = service('job', { env: { A: '1', B: '2' }, limits });
    const other = service('job', { env: { B: '2', A: '1' }, limits: { core: null, nofile: 64 } });
    const world = booted(root([pool('jobs', one), { ...one, name: 'a' }]));
    expect(changes(world, root([pool('jobs', other), { ...other, name: 'a' }]))).toEqual(['jobs unchanged [] none', 'a unchanged [] none']);
  });

  it('names the fewest children that have moved', () => {
    const world = booted(root(['a', 'b', 'c', 'd']));
    expect(changes(world, root(['d', 'a', 'b', 'c']))).toEqual([
      'd reordered [] none',
      'a unchanged [] none',
      'b unchanged [] none',
      'c unchanged [] none',
    ]);
    expect(plan(world, root(['d', 'a', 'b', 'c'])).steps).toEqual([]);
  });

  it('says whom the strategy restarts with whom, below supervisors, too', () => {
    const rest = { strategy: 'rest_for_one' } as const;
    const world = booted(root(['a', 'b', supervisor('in', ['x'])], rest));
    expect(changes(world, root([changed('a'), 'b', supervisor('in', ['x', 'y'])], rest))).toEqual([
      'a changed [command] restart',
      'b unchanged [] restart because a',
      'in unchanged [] restart because a',
      'in/x unchanged [] restart because a',
      'in/y added [] start',
    ]);
  });

  it('says that a service or supervisor that becomes the other has to stop', () => {
    const world = booted(root(['a', supervisor('in', ['x'])]));
    expect(changes(world, root([supervisor('a', ['y']), 'in']))).toEqual([
      'a changed [services] restart',
      'a/y added [] start',
      'in changed [command] restart',
    ]);
  });

  it('says what is started although nothing of it changed: what was stopped by hand, has failed, or is a job', () => {
    const tree = root(['a', 'b', service('job', { restart: 'temporary' }), service('done', { restart: 'transient' })]);
    const world = booted(tree).stop('a').exit('job', 0).exit('done', 0);
    expect(changes(world, tree)).toEqual([
      'a unchanged [] start',
      'b unchanged [] none',
      'job unchanged [] start',
      'done unchanged [] none',
    ]);
  });

  it('knows what is just being started or stopped', () => {
    const world = booted(root(['a', 'b']))
      .let('puppet', 'a', 'b')
      .restart('a')
      .stop('b');
    expect(changes(world, root(['a', 'b', 'c']))).toEqual(['a unchanged [] restart', 'b unchanged [] restart', 'c added [] start']);
  });

  it('with names is about these only', () => {
    const world = booted(root(['a', 'b', 'gone']));
    expect(changes(world, root([changed('a'), changed('b'), 'new']), ['b'])).toEqual(['b changed [command] restart']);
  });

  it('from nothing starts everything but what is not to start by itself', () => {
    const wanted = root(['a', supervisor('in', ['x', service('off', { autostart: false })]), pool('jobs')]);
    expect(changes(undefined, wanted)).toEqual([
      'a added [] start',
      'in added [] start',
      'in/x added [] start',
      'in/off added [] none',
      'jobs added [] start',
    ]);
  });
});
