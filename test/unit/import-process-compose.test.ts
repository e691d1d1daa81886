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

describe('dependencies', () => {
  it('decide about the order, and otherwise the file does', () => {
    const { children } = imported({
      processes: { a: { command: 'a', depends_on: { c: { condition: 'process_healthy' } } }, b: { command: 'b' }, c: { command: 'c' } },
    });
    expect(children.map(({ name }) => name)).toEqual(['c', 'a', 'b']);
    expect(children[1]?.notes).toEqual([
      expect.objectContaining({ field: 'depends_on', text: expect.stringContaining('comes with a later version') }),
    ]);
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
