import { describe, expect, it } from 'vitest';
import type { ImportSource } from '../../src/config/import/import-source.js';
import type { Imported, ImportedNode } from '../../src/config/import/imported.js';
import { convertProcessCompose } from '../../src/config/import/process-compose.js';
import { filledText, fixedText } from '../../src/config/import/process-compose-text.js';
import { someFacts, troublesOf } from '../helpers/import.js';

function imported(value: unknown, facts: Partial<ImportSource> = {}): Imported {
  const result = convertProcessCompose(value, someFacts(facts));
  expect(troublesOf(result)).toEqual([]);
  return result;
}

function made(process: Readonly<Record<string, unknown>>): ImportedNode {
  const [child] = imported({ processes: { a: { command: 'a', ...process } } }).children;
  if (child === undefined) throw new Error('nothing was made');
  return child;
}

describe('a text of process-compose', () => {
  it.each([
    ['${X}', '${X:-}'],
    ['${X:-y}-${Z-w}', '${X:-y}-${Z:-w}'],
    ['$X $$X', '$X $X'],
    ['$${X}', '$${X}'],
    ['$$$$', '$$$$'],
    ['$$${X}', '$$${X:-}'],
    ['${X^^}', '$${X^^}'],
  ])('%j is %j where portsup fills in variables', (text, result) => {
    expect(filledText(text, { isPlain: false })).toBe(result);
  });

  it('is what it is without expansion', () => {
    expect(filledText('${X} $$', { isPlain: true })).toBe('$${X} $$$$');
    expect(fixedText('${X} $$', { isPlain: true })).toBe('${X} $$');
  });

  it.each([
    ['a$$b', 'a$b'],
    ['${X}', undefined],
    ['$${X}', '${X}'],
  ])('%j is %j elsewhere', (text, result) => {
    expect(fixedText(text, { isPlain: false })).toBe(result);
  });
});

describe('a process', () => {
  it.each([
    [{}, { command: 'a', restart: 'temporary' }],
    [{ command: 'npm run x && y' }, { command: 'npm run x && y', shell: true }],
    [{ command: undefined, entrypoint: ['a', 'b c'] }, { command: ['a', 'b c'] }],
    [
      { working_dir: 'x', environment: ['A=b=c', 'D=${E}'], env_file: '.x' },
      { cwd: 'x', env: { A: 'b=c', D: '${E:-}' }, env_file: '.x' },
    ],
    [{ availability: { restart: 'always' } }, { restart: 'permanent' }],
    [{ availability: { restart: 'on_failure' } }, { restart: 'transient' }],
    [{ shutdown: { signal: 15, timeout_seconds: 3 } }, { stop_signal: 'SIGTERM', shutdown: '3s' }],
    [{ disabled: true }, { autostart: false }],
    [{ is_foreground: true, disabled: false }, { autostart: false }],
    [{ schedule: { cron: '0 2 * * *' } }, { cron: '0 2 * * *', autostart: false }],
    [{ schedule: { cron: '0 2 * * *', run_on_start: true } }, { cron: '0 2 * * *', autostart: true }],
    [
      { log_location: 'x.log', log_configuration: { rotation: { max_size_mb: 3, compress: false } } },
      { logs: { file: 'x.log', max_size: '3mb', compress: false } },
    ],
    [
      { readiness_probe: { http_get: { host: 'h', scheme: 'HTTPS', path: 'x', port: '${PORT}', status_code: 204 } } },
      {
        ready: {
          http: { url: 'https://h:${PORT:-}/x', status: 204, timeout: '1s' },
          delay: '0s',
          interval: '10s',
          timeout: '33s',
        },
      },
    ],
    [
      {
        readiness_probe: {
          exec: { command: 'a | b' },
          initial_delay_seconds: 2,
          period_seconds: 5,
          timeout_seconds: 3,
          failure_threshold: 4,
        },
      },
      { ready: { exec: { command: ['/bin/sh', '-c', 'a | b'], timeout: '3s' }, delay: '2s', interval: '5s', timeout: '34s' } },
    ],
    [
      { liveness_probe: { http_get: { num_port: 80 }, initial_delay_seconds: 7 } },
      { alive: { http: { url: 'http://127.0.0.1:80/', timeout: '1s' }, interval: '10s', timeout: '1s', failures: 3, grace: '7s' } },
    ],
    [{ liveness_probe: { exec: { command: 'check me' } } }, { alive: { exec: { command: 'check me', timeout: '1s' } } }],
    [
      { availability: { restart: 'always', backoff_seconds: 2 } },
      { restart: 'permanent', backoff: { min: '2s', max: '2s', factor: 1, jitter: 0 } },
    ],
    [{ working_dir: 'w', watch: { paths: [{ path: 's', exclude: ['t'] }] } }, { watch: { paths: ['w/s'], ignore: ['t'] } }],
  ])('%j becomes %j', (process, fields) => {
    expect(made(process).fields).toMatchObject(fields);
  });

  it('with a limit of restarts has a supervisor of its own', () => {
    expect(made({ availability: { restart: 'on_failure', max_restarts: 4 } })).toMatchObject({
      fields: { restart: 'temporary', intensity: 4 },
      children: [{ name: 'a', fields: { restart: 'transient' } }],
    });
  });

  it('whose end ends all is significant', () => {
    const result = imported({ processes: { a: { command: 'a', availability: { exit_on_end: true } }, b: { command: 'b' } } });
    expect([result.fields, result.children[0]?.fields]).toMatchObject([
      { auto_shutdown: 'any_significant' },
      { restart: 'temporary', significant: true },
    ]);
  });

  it('whose failure ends all is alone in a significant supervisor that allows no restart', () => {
    const result = imported({ processes: { a: { command: 'a', availability: { restart: 'exit_on_failure' } } } });
    expect(result).toMatchObject({
      fields: { auto_shutdown: 'any_significant' },
      children: [{ fields: { intensity: 0, significant: true, restart: 'temporary' }, children: [{ fields: { restart: 'transient' } }] }],
    });
  });

  it('with replicas is a supervisor of services with their numbers', () => {
    const node = made({ replicas: 2, command: 'a --n {{.PC_REPLICA_NUM}}', environment: ['X=1'] });
    expect(node).toMatchObject({ name: 'a', fields: { env: { X: '1' } } });
    expect(node.children?.map(({ name, fields }) => [name, fields['command'], fields['env']])).toEqual([
      ['a-0', 'a --n 0', { PC_REPLICA_NUM: 0 }],
      ['a-1', 'a --n 1', { PC_REPLICA_NUM: 1 }],
    ]);
  });

  it('has its templates filled in, its own variables before those of all', () => {
    const result = imported({ vars: { A: 1, B: 2 }, processes: { a: { command: 'x {{.A}} {{ .B }} {{if .C}}', vars: { B: 3 } } } });
    expect(result.children[0]?.fields['command']).toBe('x 1 3 {{if .C}}');
    expect(result.children[0]?.notes.some(({ text }) => text.includes('{{if .C}}'))).toBe(true);
  });

  it('has the fields of the one that it extends', () => {
    const { children } = imported({ processes: { base: { command: 'a', working_dir: 'w' }, own: { extends: 'base', command: 'b' } } });
    expect(children.map(({ fields }) => fields)).toMatchObject([{ command: 'a' }, { command: 'b', cwd: 'w' }]);
  });

  it('runs by the shell that the file names', () => {
    const result = imported({
      shell: { shell_command: 'zsh', shell_argument: '-c' },
      processes: { a: { command: 'a | b' }, c: { command: 'c' } },
    });
    expect(result.children.map(({ fields }) => fields['command'])).toEqual([['zsh', '-c', 'a | b'], 'c']);
  });
});

it.each(['depends_on', 'availability', 'shutdown', 'schedule', 'log_configuration', 'environment', 'vars', 'watch'])(
  '%s with nothing in it is told, too',
  (field) => {
    expect(made({ [field]: {} }).notes.map((note) => note.field)).toContain(field);
  },
);

it.each([{}, { rotation: {} }, { rotation: 5 }, 5])('log_configuration %j is told', (value) => {
  const { notes } = imported({ log_configuration: value, processes: { a: { command: 'a', log_configuration: value } } });
  expect(notes.some(({ field }) => field.startsWith('log_configuration'))).toBe(true);
});

it.each([
  [{ readiness_probe: 5 }, 'readiness_probe', 'not understood, so left out; process-compose expects another value'],
  [{ readiness_probe: { exec: {} } }, 'readiness_probe', 'not understood, so left out; process-compose expects another value'],
  [
    { liveness_probe: { http_get: { port: 'x y' } } },
    'liveness_probe',
    'left out; as `alive.http.url` portsup expects an http or https URL',
  ],
  [
    { liveness_probe: { http_get: { port: 80, headers: { A: 'b' } }, success_threshold: 2 } },
    'liveness_probe',
    'without headers, success_threshold, which has no counterpart',
  ],
  [{ readiness_probe: { exec: { command: 'x', working_dir: 'y' } } }, 'readiness_probe', 'without exec.working_dir, which'],
  [{ availability: { restart: 'always', backoff_seconds: 0 } }, 'availability.backoff_seconds', 'restarts are immediate here, too'],
])('%j is told', (process, field, text) => {
  expect(made(process).notes).toContainEqual(expect.objectContaining({ field, text: expect.stringContaining(text) }));
});

describe('dependencies', () => {
  it('decide about the order, and otherwise the file does', () => {
    const { children } = imported({
      processes: { a: { command: 'a', depends_on: { c: { condition: 'process_healthy' } } }, b: { command: 'b' }, c: { command: 'c' } },
    });
    expect(children.map(({ name }) => name)).toEqual(['c', 'a', 'b']);
    expect(children[1]?.fields).toMatchObject({ needs: ['c'] });
    expect(children[1]?.notes).toEqual([
      expect.objectContaining({ field: 'depends_on', text: 'nothing says when c is ready, so it is when it runs' }),
    ]);
  });

  it('are needs where they wait for more than a start, and what they wait for says when it is ready', () => {
    const { children } = imported({
      processes: {
        'web 1': {
          command: 'w',
          availability: { restart: 'always', max_restarts: 3 },
          depends_on: {
            db: { condition: 'process_healthy' },
            queue: { condition: 'process_log_ready' },
            'mig rate': { condition: 'process_completed_successfully' },
            plain: {},
          },
        },
        db: { command: 'd', availability: { restart: 'always' }, readiness_probe: { exec: { command: 'pg_isready' } }, replicas: 2 },
        queue: { command: 'q', ready_log_line: 'up (1.0)' },
        'mig rate': { command: 'm' },
        plain: { command: 'p' },
      },
    });
    const byName = new Map(children.map((child) => [child.name, child]));
    expect(byName.get('web-1')?.children?.[0]?.fields).toMatchObject({ needs: ['db', 'queue', 'mig-rate'] });
    expect(byName.get('mig-rate')?.fields).toMatchObject({ restart: 'temporary', ready: { exit: 0, timeout: '24h' } });
    expect(byName.get('queue')?.fields).toMatchObject({ ready: { log: 'up \\(1\\.0\\)', timeout: '24h' } });
    expect(byName.get('plain')?.fields).not.toHaveProperty('ready');
  });

  it('say where there is no counterpart', () => {
    const { children } = imported({
      processes: {
        a: {
          command: 'a',
          depends_on: {
            b: { condition: 'process_completed_successfully' },
            c: { condition: 'process_completed_successfully' },
            d: { condition: 'process_completed' },
            e: { condition: 'process_dreaming' },
          },
        },
        b: { command: 'b', availability: { restart: 'always' } },
        c: { command: 'c', ready_log_line: 'x', readiness_probe: { http_get: { port: 1 } } },
        d: { command: 'd' },
        e: { command: 'e' },
      },
    });
    const said = new Map(children.map(({ name, notes }) => [name, notes.map((note) => note.text)]));
    expect(said.get('a')).toEqual([
      'c is ready in another way, which is what it waits for',
      'it waits until d has ended well; a bad end is a start that has failed',
      'no condition that portsup knows; e stands before it in this file, so it starts first and stops last',
    ]);
    expect(said.get('b')).toEqual(['Another one waits for its end, but it is always started again: so that waits only until it runs.']);
    expect(said.get('c')).toEqual(['left out, as there is a readiness_probe: a service is ready in one way']);
  });

  it.each([
    [
      { a: { command: 'a', depends_on: { b: {} } }, b: { command: 'b', depends_on: { a: {} } } },
      'f:1:2: dependencies in a circle: a -> b -> a',
    ],
    [{ a: { command: 'a', depends_on: { x: {} } } }, 'f:1:2: a depends on the unknown process x'],
    [{ a: {} }, 'f:1:2: the process a has no command'],
    [{ a: 'x' }, 'f:1:2: the process a is no mapping'],
    [{ a: { extends: 'b' }, b: { extends: 'a' } }, 'extends itself'],
    [{}, 'no processes'],
  ])('%j are refused', (processes, message) => {
    const facts = someFacts({ file: 'f', placeOf: () => ({ line: 1, column: 2 }) });
    expect(() => convertProcessCompose({ processes }, facts)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(message) }),
    );
  });
});

it('what all have stands at the top level: name, variables, .env where there is one', () => {
  expect(
    imported({ name: 'a b', environment: ['X=1'], processes: { a: { command: 'a' } } }, { siblings: new Set(['.env']) }),
  ).toMatchObject({ name: 'a-b', fields: { env: { X: '1' }, env_file: '.env' } });
});
