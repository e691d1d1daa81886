import { describe, expect, it } from 'vitest';
import { checkSpec } from '../../src/supervision/check-spec.js';
import type { ServiceSpec, SupervisorSpec } from '../../src/supervision/spec.js';
import { logs, pool, root, service, supervisor } from '../helpers/specs.js';

/** "path field: found" of each problem. */
const found = (spec: SupervisorSpec): readonly string[] =>
  checkSpec(spec).map((problem) => `${problem.path} ${problem.field}: ${problem.found}`);
const ofService = (fields: Partial<ServiceSpec>): readonly string[] => found(root([service('a', fields)]));

describe('a specification that is refused', () => {
  it('accepts a tree with every default, nested supervisors, pools and significant children', () => {
    const significant = service('job', { restart: 'transient', significant: true });
    const nested = supervisor('backend', ['db', significant], {
      autoShutdown: 'any_significant',
      strategy: 'rest_for_one',
      resetAfterMs: 0,
    });
    expect(checkSpec(root(['a', nested, pool('workers')], { strategy: 'one_for_all', intensity: 0 }))).toEqual([]);
  });

  it('accepts the same name under different supervisors', () => {
    expect(checkSpec(root([supervisor('left', ['db']), supervisor('right', ['db'])]))).toEqual([]);
  });

  it('names path, field, value and what is expected', () => {
    expect(checkSpec(root([supervisor('backend', ['db'], { intensity: -1 })]))).toEqual([
      { path: 'backend', field: 'intensity', found: '-1', expected: 'a whole number, 0 or more' },
    ]);
  });

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses intensity %d', (intensity) => {
    expect(found(root(['a'], { intensity }))).toEqual([` intensity: ${intensity}`]);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses period %d', (periodMs) => {
    expect(found(root(['a'], { periodMs }))).toEqual([` periodMs: ${periodMs}`]);
  });

  it('refuses negative durations for reset_after and shutdown', () => {
    expect(found(root([service('a', { shutdown: -1 })], { resetAfterMs: -5, shutdown: Number.NaN }))).toEqual([
      ' resetAfterMs: -5',
      ' shutdown: NaN',
      'a shutdown: -1',
    ]);
  });

  it('refuses significant where the supervisor has auto_shutdown never', () => {
    expect(ofService({ significant: true, restart: 'transient' })).toEqual(['a significant: true under auto_shutdown never']);
  });

  it('refuses significant on a permanent child, services and supervisors alike', () => {
    const children = [service('a', { significant: true }), supervisor('b', ['c'], { significant: true })];
    expect(found(root(children, { autoShutdown: 'all_significant' }))).toEqual([
      'a significant: true with restart permanent',
      'b significant: true with restart permanent',
    ]);
  });

  it('refuses auto_shutdown other than never under simple_one_for_one', () => {
    expect(found(root([pool('workers', {}, { autoShutdown: 'any_significant' })]))).toEqual([
      'workers autoShutdown: any_significant with strategy simple_one_for_one',
    ]);
  });

  it('refuses a significant template', () => {
    expect(found(root([pool('workers', { significant: true, restart: 'temporary' })]))).toEqual([
      'workers template.significant: true under auto_shutdown never',
    ]);
  });

  it('refuses two children of one supervisor with one name, whatever their kinds', () => {
    expect(found(root(['a', supervisor('a', ['b']), 'c']))).toEqual([' children: two children named "a"']);
  });

  it.each(['', '1a', 'a/b', 'a b', 'a.b', 'ä', 'a'.repeat(65)])('refuses the name "%s"', (name) => {
    expect(found(root([service(name, { command: ['/bin/true'] })]))).toEqual([`${name} name: ${JSON.stringify(name)}`]);
  });

  it('refuses a simple_one_for_one supervisor without a template', () => {
    expect(found(root([pool('workers', {}, { template: null })]))).toEqual(['workers template: none with strategy simple_one_for_one']);
  });

  it('refuses a simple_one_for_one supervisor with configured children', () => {
    expect(found(root([{ ...pool('workers'), children: [service('a')] }]))).toEqual([
      'workers children: 1 configured child with strategy simple_one_for_one',
    ]);
  });

  it('refuses a template under any other strategy', () => {
    expect(found(root(['a'], { template: service('template') }))).toEqual([' template: a template with strategy one_for_one']);
  });

  it('refuses a command without a program', () => {
    expect(ofService({ command: [] })).toEqual(['a command: an empty list']);
    expect(ofService({ command: ['', 'x'] })).toEqual(['a command: an empty program']);
  });

  it('refuses NUL in command, folder and variables', () => {
    expect(ofService({ command: ['a', 'b\0'], cwd: '/\0', env: { A: '\0' } })).toEqual([
      'a command: a NUL character',
      'a cwd: a NUL character',
      'a env: a NUL character in the value of "A"',
    ]);
  });

  it('refuses names of variables that are empty or hold "=" or NUL', () => {
    expect(ofService({ env: { '': '1', 'A=B': '1', 'C\0': '1', 'odd name.%': '' } })).toEqual([
      'a env: a variable named ""',
      'a env: a variable named "A=B"',
      'a env: a variable named "C\\u0000"',
    ]);
  });

  it('refuses files of variables under such names, or without an absolute path', () => {
    expect(ofService({ envFiles: { 'A=B': '/run/a', B: 'secrets/b', C: '/run/\0', D: '/run/d' } })).toEqual([
      'a envFiles: a variable named "A=B"',
      'a envFiles: "secrets/b"',
      'a envFiles: "/run/\\u0000"',
    ]);
  });

  it('accepts logs of every kind, with budgets', () => {
    const every = [
      logs({ mode: 'raw', keep: 0 }),
      logs({ mode: 'none' }),
      logs({ blockMs: 'infinity', file: '/var/log/a.log', maxBytes: 4_096 }),
    ];
    const children = every.map((spec, index) => service(`s${index}`, { logs: spec, logTotalBytes: 65_536 }));
    expect(checkSpec(root(children, { logTotalBytes: 65_536 }))).toEqual([]);
  });

  it('refuses sizes, counts and durations of logs that cannot be', () => {
    expect(ofService({ logs: logs({ maxBytes: 4_095, keep: -1, blockMs: Number.NaN }), logTotalBytes: 65_535 })).toEqual([
      'a logTotalBytes: 65535',
      'a logs.maxBytes: 4095',
      'a logs.keep: -1',
      'a logs.blockMs: NaN',
    ]);
    expect(found(root([supervisor('in', ['a'], { logTotalBytes: 0.5 })], { logTotalBytes: -1 }))).toEqual([
      ' logTotalBytes: -1',
      'in logTotalBytes: 0.5',
    ]);
  });

  it('refuses a file of plain lines that is relative, holds NUL, or where no line is captured', () => {
    expect(ofService({ logs: logs({ file: 'a.log' }) })).toEqual(['a logs.file: "a.log"']);
    expect(ofService({ logs: logs({ file: '/a\0' }) })).toEqual(['a logs.file: "/a\\u0000"']);
    expect(found(root([pool('w', { logs: logs({ mode: 'raw', file: '/a.log' }) })]))).toEqual([
      'w template.logs.file: a file with mode raw',
    ]);
  });

  it('refuses a relative folder', () => {
    expect(ofService({ cwd: 'srv' })).toEqual(['a cwd: "srv"']);
  });

  it.each(['SIGNOPE', 'term', '15', ''])('refuses the stop signal "%s"', (stopSignal) => {
    expect(ofService({ stopSignal })).toEqual([`a stopSignal: ${JSON.stringify(stopSignal)}`]);
  });

  it('refuses exit codes that no program can end with', () => {
    expect(ofService({ successExitCodes: [0, 255, 256] })).toEqual(['a successExitCodes: 256']);
    expect(ofService({ successExitCodes: [-1] })).toEqual(['a successExitCodes: -1']);
  });

  it('refuses users and groups that are no names, and numbers beyond all users', () => {
    expect(ofService({ user: '4294967294', group: '4294967294' })).toEqual([]);
    expect(ofService({ user: '4294967295', group: '99999999999' })).toEqual(['a user: "4294967295"', 'a group: "99999999999"']);
    expect(ofService({ user: 'a b' })).toEqual(['a user: "a b"']);
  });

  it('checks a template as any service', () => {
    expect(found(root([pool('workers', { command: [], stopSignal: 'X' })]))).toEqual([
      'workers template.command: an empty list',
      'workers template.stopSignal: "X"',
    ]);
  });

  it('tells every problem of a tree, in tree order', () => {
    const bad = root(['1', supervisor('b', [service('c', { command: [] })], { intensity: 1.5 })], { periodMs: 0 });
    expect(checkSpec(bad).map(({ path }) => path)).toEqual(['', '1', 'b', 'b/c']);
  });
});
