/** README and program name the same commands, options, configuration fields, error codes and exit codes: none missing, none invented. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ERRORS } from '../../src/base/errors.js';
import { commands, globalOptions } from '../../src/cli/command-list.js';
import { exitCodeOf, NOT_KNOWN, NOT_UP } from '../../src/cli/exit-codes.js';
import { loaders } from '../../src/cli/loaders.js';
import type { OptionSpec } from '../../src/cli/option-values.js';
import { PortsupClient } from '../../src/client/portsup-client.js';
import { DEFAULTS } from '../../src/config/defaults.js';
import { fieldsOf, logKeysOf } from '../../src/config/kinds.js';
import { keysAt } from '../../src/config/known-keys.js';
import { methodsOf } from '../../src/config/methods.js';
import { limitKeys } from '../../src/config/process-schema.js';
import { rootSchema, serviceSchema } from '../../src/config/schema.js';
import { daemonEntry, JOURNAL_EVENTS, JOURNAL_TYPES } from '../../src/journal/entry.js';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

/** The text between a second-level heading and the next one. */
function sectionOf(title: string): string {
  const [, after] = readme.split(`\n## ${title}\n`);
  if (after === undefined) throw new Error(`README has no heading "## ${title}"`);
  return after.split('\n## ')[0] ?? '';
}

type Table = readonly (readonly string[])[];

/** The rows of each of a section's tables, as cells; titles and rulers left out. */
const tablesOf = (section: string): readonly Table[] =>
  section
    .split('\n\n')
    .map((block) => block.split('\n').filter((line) => line.startsWith('|')))
    .filter((table) => table.length > 0)
    .map((table) => table.slice(2).map(cellsOf));

const cellsOf = (line: string): readonly string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());

const rowsOf = (section: string): Table => tablesOf(section).flat();

/** What stands in backticks. */
const ticked = (text: string): readonly string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);

/** Options in a text: "-t", "--timeout". */
const optionsIn = (text: string): readonly string[] => ticked(text).filter((name) => /^--?[a-z]/i.test(name));

const namesOf = (spec: OptionSpec): readonly string[] => [`--${spec.name}`, ...(spec.short === undefined ? [] : [`-${spec.short}`])];
const sorted = (names: Iterable<string>): readonly string[] => [...new Set(names)].toSorted();

describe('the commands of README', () => {
  const rows = rowsOf(sectionOf('Commands'));

  it('are those there are, with their other names', () => {
    expect(sorted(rows.flatMap(([first = '']) => ticked(first)))).toEqual(
      sorted(commands.flatMap(({ name, aliases }) => [name, ...aliases])),
    );
  });

  it.each(commands.map((command) => [command.name, command] as const))('%s has the options it has, and no other', (name, { options }) => {
    const row = rows.find(([first = '']) => ticked(first)[0] === name) ?? [];
    expect(sorted(optionsIn(row.at(-1) ?? ''))).toEqual(sorted(options.flatMap(namesOf)));
  });

  it.each(commands.map((command) => [command.name, command] as const))('%s takes the operands it takes', (name, { operands }) => {
    const [first = ''] = rows.find(([cell = '']) => ticked(cell)[0] === name) ?? [];
    if (operands === '' || name === 'tree' || name === 'check') return;
    expect(
      first
        .replace(/\(also .*/, '')
        .replace(/`[^`]*`/, '')
        .trim(),
    ).toBe(operands);
  });

  it('take the options of every command', () => {
    const line =
      sectionOf('Commands')
        .split('\n')
        .find((text) => text.startsWith('Every command takes')) ?? '';
    expect(sorted(optionsIn(line.split('(in ')[0] ?? ''))).toEqual(sorted(globalOptions.flatMap(namesOf)));
  });

  it('are the only ones it speaks of, and all options it speaks of exist', () => {
    const known = new Set([...commands.flatMap(({ options }) => options), ...globalOptions].flatMap(namesOf));
    const words = new Set(commands.flatMap(({ name, aliases }) => [name.split(' ')[0], ...aliases]));
    // In code only: in prose "portsup does" is a sentence.
    const spoken = sorted([...readme.matchAll(/(?:npx |`|\$ )portsup ([a-z]+)/g)].map(([, word = '']) => word));
    expect(spoken.filter((word) => !words.has(word))).toEqual([]);
    expect(spoken).toEqual(expect.arrayContaining(['up', 'ps', 'kill', 'down']));
    const options = sectionOf('Commands').match(/(?<=`)--?[a-zA-Z][a-z-]*(?=`)/g) ?? [];
    expect(options.filter((option) => !known.has(option))).toEqual([]);
  });

  it('can all be loaded, and nothing else can', () => {
    expect(sorted(Object.keys(loaders))).toEqual(sorted(commands.map(({ name }) => name)));
  });
});

describe('the configuration of README', () => {
  const section = sectionOf('Configuration');
  const rows = rowsOf(section);

  it('has the fields there are, and no other', () => {
    expect(sorted(rows.flatMap(([first = '']) => ticked(first)))).toEqual(sorted(Object.values(fieldsOf).flat()));
  });

  it('tells the keys of limits', () => {
    const row = rows.find(([first = '']) => ticked(first)[0] === 'limits') ?? [];
    expect(ticked(row[1] ?? '')).toEqual(expect.arrayContaining([...limitKeys]));
  });

  it('marks those of services that nested supervisors have too', () => {
    const marked = rows.flatMap(([first = '']) => (first.includes('(s)') ? ticked(first) : []));
    const own = fieldsOf.supervisor.filter((name) => !fieldsOf.root.includes(name));
    expect(sorted(marked)).toEqual(sorted(own));
  });

  it('tells the defaults as they are', () => {
    const told = new Map(rows.map(([first = '', , last = '']) => [ticked(first)[0], last.replaceAll('`', '')]));
    for (const name of [
      'strategy',
      'intensity',
      'period',
      'auto_shutdown',
      'shell',
      'restart',
      'stop_signal',
      'significant',
      'stdin',
      'autostart',
      'orphans',
      'start',
    ] as const)
      expect([name, told.get(name)]).toEqual([name, String(DEFAULTS[name])]);
    expect(told.get('shutdown')).toBe(`${DEFAULTS.shutdown}; supervisors ${DEFAULTS.supervisorShutdown}`);
  });

  it('uses only fields that exist in its examples', () => {
    const fields = new Set([...Object.values(fieldsOf).flat(), ...limitKeys]);
    const yaml = [...section.matchAll(/```yaml\n([^]*?)```/g)].map(([, text = '']) => text).join('\n');
    const used = [...yaml.matchAll(/(?<=[{,\s])([a-z_]+):(?=[\s]|$)/gm)].map(([, name = '']) => name);
    const names = new Set(['db', 'backend', 'api', 'worker', 'jobs', 'shop']);
    // Keys of the mappings that fields may hold.
    const inner = new Set(['path', 'required', 'file']);
    expect(used.filter((name) => !fields.has(name) && !names.has(name) && !inner.has(name))).toEqual([]);
  });
});

describe('the health of README', () => {
  const [ways = [], keys = []] = tablesOf(sectionOf('Health and dependencies'));
  const nested = ['ready', 'alive', 'backoff', 'alarm'] as const;
  const keysOf = (field: string): readonly string[] => [keysAt(serviceSchema, [field])].flat();
  const isWay = (name: string): boolean =>
    Object.values(methodsOf)
      .flat()
      .some((way) => way === name);

  it('has the ways and keys there are, and no other', () => {
    expect(sorted(ways.flatMap(([first = '']) => ticked(first)))).toEqual(sorted(['ready', 'alive'].flatMap(keysOf).filter(isWay)));
    const expected = nested.flatMap((field) =>
      keysOf(field)
        .filter((key) => !isWay(key))
        .map((key) => `${field}.${key}`),
    );
    expect(sorted(keys.flatMap(([first = '']) => ticked(first)))).toEqual(sorted(expected));
  });

  it('has watchdogs with the keys of alive, but for its grace', () => {
    const ofWatchdogs = [keysAt(rootSchema, ['watchdogs', 'x'])].flat().filter((key) => !isWay(key));
    const told = keys.filter(([first = '']) => first.includes('watchdogs')).map(([first = '']) => ticked(first)[0]?.split('.')[1] ?? '');
    expect(sorted(told)).toEqual(sorted(ofWatchdogs));
  });

  it('tells the defaults as they are', () => {
    const told = new Map(keys.map(([first = '', , last = '']) => [ticked(first)[0], last]));
    for (const field of nested)
      for (const [key, value] of Object.entries(DEFAULTS[field])) expect([key, told.get(`${field}.${key}`)]).toEqual([key, String(value)]);
  });
});

describe('the logs of README', () => {
  const section = sectionOf('Logs');
  const rows = rowsOf(section);

  it('have the keys there are, and no other', () => {
    expect(sorted(rows.flatMap(([first = '']) => ticked(first)))).toEqual(sorted(Object.values(logKeysOf).flat()));
  });

  it('tell the defaults as they are', () => {
    const told = new Map(rows.map(([first = '', , last = '']) => [ticked(first)[0], last]));
    for (const [name, value] of Object.entries(DEFAULTS.logs)) expect([name, told.get(name)]).toEqual([name, String(value)]);
    expect(told.get('total')).toMatch(new RegExp(`^${DEFAULTS.rootLogTotal} `));
  });
});

describe('the events of README', () => {
  const [fields, types, events] = tablesOf(sectionOf('Events'));
  const first = (table: Table = []): readonly string[] => table.flatMap(([cell = '']) => ticked(cell));

  it('have the fields there are, and no other', () => {
    const entry = daemonEntry('', 'daemon_started', null);
    expect(first(fields).toSorted()).toEqual(Object.keys(entry).toSorted());
  });

  it('are of the types there are, and no other', () => {
    expect(first(types)).toEqual([...JOURNAL_TYPES]);
  });

  it('are those there are, each with its meaning, and no other', () => {
    expect(first(events).toSorted()).toEqual([...JOURNAL_EVENTS].toSorted());
    expect((events ?? []).filter(([, meaning = '']) => meaning.length < 10)).toEqual([]);
  });
});

describe('the library of README', () => {
  const rows = rowsOf(sectionOf('As a library'));

  it('has the methods there are, and no other', () => {
    const told = rows.flatMap(([first = '']) => ticked(first)).map((call) => call.replace(/\(.*/, ''));
    const methods = Object.getOwnPropertyNames(PortsupClient.prototype).filter((name) => name !== 'constructor');
    expect(sorted(told)).toEqual(sorted(methods));
    expect(told).toHaveLength(methods.length);
  });

  it('takes the options there are, and no other', () => {
    const text = readFileSync(new URL('../../src/client/options.ts', import.meta.url), 'utf8');
    const fieldsIn = (name: RegExp): readonly string[] =>
      [...text.matchAll(/export interface (\w+)[^{]*\{([^]*?)\n\}/g)]
        .filter(([, title = '']) => name.test(title))
        .flatMap(([, , body = '']) => [...body.matchAll(/^ {2}readonly (\w+)\?:/gm)].map(([, field = '']) => field));
    const told = rows.flatMap(([, , last = '']) => ticked(last)).filter((name) => !/\W/.test(name));
    const methods = new Set(Object.getOwnPropertyNames(PortsupClient.prototype));
    // Options that have the name of a method ("run") stand behind that method's name.
    const known = [...fieldsIn(/Options$/), 'signal', 'timeoutMs'];
    expect(told.filter((name) => !known.includes(name) && !methods.has(name))).toEqual([]);
    const ofClient = fieldsIn(/^ClientOptions$/);
    const ofCalls = known.filter((name) => !ofClient.includes(name) && name !== 'signal' && name !== 'timeoutMs');
    expect(ofCalls.filter((name) => !told.includes(name))).toEqual([]);
    const constructed = /new PortsupClient\(\{ ([^}]*) \}\)`: all optional/.exec(sectionOf('As a library'))?.[1]?.split(', ');
    expect(sorted(constructed ?? [])).toEqual(sorted(ofClient));
  });
});

describe('the exit codes of README', () => {
  const rows = rowsOf(sectionOf('Exit codes'));

  it('are those there are', () => {
    const numbers = rows.flatMap(([first = '']) => ticked(first)).filter((code) => /^\d+$/.test(code));
    const known = new Set([0, NOT_UP, NOT_KNOWN, ...Object.values(ERRORS).map(({ exit }) => exit)]);
    expect(numbers.map(Number)).toEqual([...known].toSorted((left, right) => left - right));
  });

  it('come from the errors there are, each with its own', () => {
    const told = rows.flatMap(([first = '', , exit]) =>
      ticked(first)
        .filter((code) => /^[A-Z_]+$/.test(code))
        .map((code) => [code, Number(exit)]),
    );
    expect(told).toEqual(Object.entries(ERRORS).map(([code, { exit }]) => [code, exit]));
  });

  it('of ps and status are their own for what is not there', () => {
    for (const command of ['ps', 'status'])
      expect([exitCodeOf('NOT_FOUND', command), exitCodeOf('DAEMON_NOT_RUNNING', command), exitCodeOf('USAGE', command)]).toEqual([
        4, 4, 2,
      ]);
    expect([exitCodeOf('NOT_FOUND', 'stop'), exitCodeOf('DAEMON_NOT_RUNNING', 'stop')]).toEqual([5, 7]);
  });
});
