/** No field of another program's configuration is dropped: taking one away, or changing it, always changes what comes out. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { PortsupError } from '../../src/base/errors.js';
import type { ImportSource } from '../../src/config/import/import-source.js';
import { type Imported, shown } from '../../src/config/import/imported.js';
import { type IniSection, readIni } from '../../src/config/import/ini.js';
import { convertPm2 } from '../../src/config/import/pm2.js';
import { convertProcessCompose } from '../../src/config/import/process-compose.js';
import { convertProcfile } from '../../src/config/import/procfile.js';
import { convertSupervisord } from '../../src/config/import/supervisord.js';
import { configOf, notesOf, noteText } from '../../src/config/import/write.js';
import { isMapping } from '../../src/config/path.js';
import { readScript } from '../../src/config/script-source.js';
import { readYaml } from '../../src/config/yaml-source.js';
import { someFacts, textOf, troublesOf } from '../helpers/import.js';

// A second alone, but more beside others that want both processors.
vi.setConfig({ testTimeout: 30_000 });

/** These say what would be so without them, and what stands in the output either way. */
const SAME_AS_DEFAULT = ['processes.worker.mail.availability.restart', '[program:web] autorestart'];

const fixture = (path: string): string => fileURLToPath(new URL(`../fixtures/${path}`, import.meta.url));
const textIn = (path: string): string => readFileSync(fixture(path), 'utf8');

type Convert = (value: unknown, source: ImportSource) => Imported;
type Path = readonly (string | number)[];

/** What comes out, the error included: what makes a file unreadable was not dropped. */
function outcomeOf(convert: () => Imported): string {
  const imported = convertedBy(convert);
  return typeof imported === 'string' ? imported : JSON.stringify([configOf(imported), notesOf(imported)]);
}

/** What comes out can be checked without a complaint, and every note stands in a comment. */
function expectSound(convert: () => Imported): void {
  const imported = convertedBy(convert);
  if (typeof imported === 'string') return;
  expect(troublesOf(imported)).toEqual([]);
  const comments = new Set(
    textOf(imported)
      .split('\n')
      .map((line) => line.trim()),
  );
  expect(notesOf(imported).filter((note) => !comments.has(`# ${noteText(note)}`.trim()))).toEqual([]);
}

function convertedBy(convert: () => Imported): Imported | string {
  try {
    return convert();
  } catch (error) {
    if (error instanceof PortsupError && error.code === 'CONFIG_INVALID') return `error: ${error.message}`;
    throw error;
  }
}

/** The paths of everything in a value. */
function pathsIn(value: unknown, path: Path = []): readonly Path[] {
  const below = Array.isArray(value) ? value.map((item, index) => [index, item] as const) : isMapping(value) ? Object.entries(value) : [];
  return [...(path.length === 0 ? [] : [path]), ...below.flatMap(([key, item]) => pathsIn(item, [...path, key]))];
}

/** A copy in which what stands at a path is another, or gone (undefined). */
function changed(value: unknown, [key, ...rest]: Path, change: (old: unknown) => unknown): unknown {
  if (key === undefined) return change(value);
  if (Array.isArray(value)) {
    const list: readonly unknown[] = value;
    const items = list.map((item, index) => (index === key ? changed(item, rest, change) : item));
    return items.filter((item) => item !== undefined);
  }
  const entries = Object.entries(value as Record<string, unknown>).map(
    ([name, item]) => [name, name === key ? changed(item, rest, change) : item] as const,
  );
  return Object.fromEntries(entries.filter(([, item]) => item !== undefined));
}

function otherValue(old: unknown): unknown {
  if (typeof old === 'string') return `${old}x`;
  if (typeof old === 'number') return old + 1;
  return typeof old === 'boolean' ? !old : [old];
}

function expectNothingDropped(value: unknown, convert: Convert): void {
  // Every script is there, as text: so PM2 would have node run those without an extension.
  const facts = someFacts({ kindOf: () => 'text' });
  expectSound(() => convert(value, facts));
  const before = outcomeOf(() => convert(value, facts));
  const silent = pathsIn(value).flatMap((path) => {
    const without = outcomeOf(() =>
      convert(
        changed(value, path, () => undefined),
        facts,
      ),
    );
    const other = outcomeOf(() => convert(changed(value, path, otherValue), facts));
    const isDefault = SAME_AS_DEFAULT.includes(path.join('.'));
    return [
      ...(without === before && !isDefault ? [`${path.join('.')} can go`] : []),
      ...(other === before ? [`${path.join('.')} can change`] : []),
    ];
  });
  expect(silent).toEqual([]);
}

describe('of a fixture with every documented field nothing is dropped:', () => {
  let ecosystem: unknown;
  beforeAll(async () => {
    ecosystem = (await readScript(fixture('import-pm2/ecosystem.config.js'))).value;
  });

  it('PM2, JavaScript', () => {
    expect(isMapping(ecosystem) && Array.isArray(ecosystem['apps']) && ecosystem['apps'].length).toBe(5);
    expectNothingDropped(ecosystem, convertPm2);
  });

  it('PM2, YAML', () => {
    expectNothingDropped(readYaml(textIn('import-pm2/process.yaml')).value, convertPm2);
  });

  it('process-compose', () => {
    expectNothingDropped(readYaml(textIn('import-process-compose/process-compose.yaml')).value, convertProcessCompose);
  });

  it('supervisord', () => {
    const files = ['supervisord.conf', 'conf.d/mail.conf'].map((name) => ({ name, text: textIn(`import-supervisord/${name}`) }));
    const sections = files.flatMap(({ text }) => sectionsOf(text));
    const convert = (all: readonly IniSection[]) => () =>
      convertSupervisord([{ file: 'supervisord.conf', folder: '/etc', text: written(all) }], someFacts());
    expectSound(convert(sections));
    const before = outcomeOf(convert(sections));
    const silent = sections.flatMap((section) =>
      section.entries.flatMap((entry) => {
        const others = section.entries.filter((one) => one !== entry);
        const replace = (entries: IniSection['entries']) => convert(sections.map((one) => (one === section ? { ...one, entries } : one)));
        const name = `[${section.name}] ${entry.key}`;
        // Of a door that is not there any more nobody is told the key.
        const isSecret = entry.key === 'password' || entry.key === 'username';
        const without = outcomeOf(replace(others)) === before && !SAME_AS_DEFAULT.includes(name) ? [`${name} can go`] : [];
        const other = outcomeOf(replace(section.entries.map((one) => (one === entry ? { ...one, value: `${one.value}x` } : one))));
        return [...without, ...(other === before && !isSecret ? [`${name} can change`] : [])];
      }),
    );
    expect(silent).toEqual([]);
  });

  it('Procfile', () => {
    const lines = textIn('import-procfile/Procfile')
      .split('\n')
      .filter((line) => line !== '');
    const convert = (all: readonly string[]) => () => convertProcfile(all.join('\n'), someFacts());
    expectSound(convert(lines));
    const before = outcomeOf(convert(lines));
    for (const line of lines) expect([line, outcomeOf(convert(lines.filter((one) => one !== line))) === before]).toEqual([line, false]);
  });
});

function sectionsOf(text: string): readonly IniSection[] {
  const read = readIni(text);
  if (!read.ok) throw new Error(read.message);
  return read.sections;
}

const written = (sections: readonly IniSection[]): string =>
  sections
    .map(({ name, entries }) => `[${name}]\n${entries.map(({ key, value }) => `${key}=${value.replaceAll('\n', '\n  ')}\n`).join('')}`)
    .join('\n');

const json = fc.jsonValue({ maxDepth: 2 });
const unknownName = fc.stringMatching(/^[a-z]{1,3}[A-Z0-9_.-]{1,8}q$/).map((name) => `q${name}`);

describe('a field that nobody knows becomes a comment with its name and value', () => {
  const hasNote = (imported: Imported, field: string, value: unknown): boolean => {
    const text = textOf(imported);
    expect(troublesOf(imported)).toEqual([]);
    return text.split('\n').some((line) => line.trimStart().startsWith('#') && line.includes(`${field}: ${shown(value)} -- `));
  };

  it.each<readonly [string, (field: string, value: unknown) => Imported]>([
    ['of a PM2 app', (field, value) => convertPm2({ apps: [{ script: 'a.js', [field]: value }] }, someFacts())],
    ['of a PM2 file', (field, value) => convertPm2({ apps: [{ script: 'a.js' }], [field]: value }, someFacts())],
    ['of a process', (field, value) => convertProcessCompose({ processes: { a: { command: 'a', [field]: value } } }, someFacts())],
    ['of process-compose', (field, value) => convertProcessCompose({ processes: { a: { command: 'a' } }, [field]: value }, someFacts())],
    [
      'of availability',
      (field, value) => convertProcessCompose({ processes: { a: { command: 'a', availability: { [field]: value } } } }, someFacts()),
    ],
  ])('%s', (_where, convert) => {
    fc.assert(
      fc.property(unknownName, json, (field, value) => {
        // camelCase of PM2's own words is no unknown name; these are none of them.
        const imported = convert(field, value);
        return hasNote(imported, field, value) || notesOf(imported).some((note) => note.field.endsWith(field));
      }),
    );
  });

  it.each(['program:a', 'group:g', 'supervisord', 'eventlistener:x', 'unix_http_server', 'whatever'])('of [%s]', (name) => {
    fc.assert(
      fc.property(unknownName, fc.stringMatching(/^[a-z0-9 ,]{0,10}z$/), (field, value) => {
        const own = name === 'program:a' ? 'command=a\n' : name === 'group:g' ? 'programs=a\n' : '';
        const others = name === 'program:a' ? '' : '[program:a]\ncommand=a\n';
        const text = `${others}[${name}]\n${own}${field}=${value}\n`;
        const imported = convertSupervisord([{ file: 'x.conf', folder: '/etc', text }], someFacts());
        expect(troublesOf(imported)).toEqual([]);
        expect(textOf(imported)).toContain(`${field.toLowerCase()}: ${shown(value.trim())} -- `);
      }),
    );
  });
});

const PM2_FIELDS = [
  'name',
  'script',
  'args',
  'interpreter',
  'node_args',
  'cwd',
  'instances',
  'exec_mode',
  'env',
  'env_x',
  'max_restarts',
  'min_uptime',
  'kill_timeout',
  'stop_exit_codes',
  'autorestart',
  'autostart',
  'watch',
  'ignore_watch',
  'cron_restart',
  'max_memory_restart',
  'out_file',
  'error_file',
  'log_file',
  'disable_logs',
  'merge_logs',
  'uid',
  'gid',
  'filter_env',
  'port',
  'instance_var',
  'increment_var',
  'source_map_support',
];
const PROCESS_FIELDS = [
  'command',
  'entrypoint',
  'working_dir',
  'environment',
  'env_file',
  'availability',
  'shutdown',
  'replicas',
  'schedule',
  'disabled',
  'is_foreground',
  'log_location',
  'log_configuration',
  'success_exit_codes',
  'vars',
  'watch',
  'description',
];
const NESTED_FIELDS = [
  'restart',
  'max_restarts',
  'exit_on_end',
  'timeout_seconds',
  'signal',
  'cron',
  'interval',
  'rotation',
  'max_size_mb',
  'paths',
];

const likely = fc.oneof(
  fc.constantFrom(
    'true',
    'false',
    'max',
    '10',
    '10s',
    '300M',
    'always',
    'no',
    'on_failure',
    'exit_on_failure',
    '/dev/null',
    './a b',
    'A=b',
    '${X}',
    '$$',
    "it's",
    '#',
    'a: b',
    '- x',
    '',
    ' ',
    '~',
    'x\ny',
    '\u0085',
    '\0',
  ),
  fc.integer({ min: -3, max: 300 }),
  fc.boolean(),
  json,
  fc.dictionary(
    fc.oneof(fc.constantFrom(...NESTED_FIELDS), fc.string()),
    fc.oneof(fc.constantFrom('on_failure', 'exit_on_failure', true, 0, 3, '* * * * *'), json),
    { maxKeys: 4 },
  ),
);
const anyOf = (fields: readonly string[]) => fc.dictionary(fc.constantFrom(...fields), likely, { maxKeys: 8 });

describe('whatever stands in a file, what comes out is a configuration that can be checked, or one clear error', () => {
  it('PM2', () => {
    fc.assert(
      fc.property(fc.array(anyOf(PM2_FIELDS), { minLength: 1, maxLength: 3 }), (apps) => {
        expectSound(() => convertPm2({ apps: apps.map((app) => ({ script: 'a.js', ...app })) }, someFacts({ environment: 'x' })));
      }),
      { numRuns: 200 },
    );
  });

  it('process-compose', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }), anyOf(PROCESS_FIELDS), { minKeys: 1, maxKeys: 3 }), (processes) => {
        const all = Object.fromEntries(Object.entries(processes).map(([name, process]) => [name, { command: 'a', ...process }]));
        expectSound(() => convertProcessCompose({ processes: all }, someFacts()));
      }),
      { numRuns: 200 },
    );
  });

  it('Procfile', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.stringMatching(/^[A-Za-z0-9_.-]{1,70}$/), fc.string({ minLength: 1 })), { minLength: 1 }),
        (processes) => {
          expectSound(() => convertProcfile(processes.map(([name, line]) => `${name}: ${line}`).join('\n'), someFacts()));
        },
      ),
    );
  });

  it('supervisord', () => {
    const keys = [
      'command',
      'process_name',
      'numprocs',
      'numprocs_start',
      'directory',
      'umask',
      'priority',
      'autostart',
      'startsecs',
      'startretries',
      'autorestart',
      'exitcodes',
      'stopsignal',
      'stopwaitsecs',
      'user',
      'stdout_logfile',
      'stderr_logfile',
      'stdout_logfile_maxbytes',
      'stdout_logfile_backups',
      'environment',
    ];
    const value = fc.oneof(
      fc.constantFrom(
        'true',
        'NONE',
        'AUTO',
        '10',
        '5MB',
        'a b',
        '%(ENV_X)s',
        '%(nothing)s',
        '%',
        'A="b",C=d',
        '$${x}',
        '%(process_num)02d',
        '0,2',
        'KILL',
        '/x/',
        "'",
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...keys), value), (entries) => {
        const lines = Object.entries({ command: 'a', ...entries }).map(([key, each]) => `${key}=${each.replace(/[\r\n]/g, ' ')}`);
        expectSound(() => convertSupervisord([{ file: 'x', folder: '/etc', text: `[program:x y/z]\n${lines.join('\n')}\n` }], someFacts()));
      }),
      { numRuns: 200 },
    );
  });
});
