import { describe, expect, it } from 'vitest';
import { PortsupError } from '../../src/base/errors.js';
import { parseCommandLine } from '../../src/cli/arguments.js';
import { commands, globalOptions, grammar } from '../../src/cli/command-list.js';
import { commandsOf } from '../../src/cli/command-spec.js';
import { helpSubject } from '../../src/cli/help.js';
import { loaders } from '../../src/cli/loaders.js';
import { operandWords, renderCommandHelp, renderGroupHelp, renderHelp, splitExample } from '../../src/cli/render/help.js';
import { exitTexts, operandTexts, relatedTo } from '../../src/cli/render/help-details.js';

const everything = commands.map((command) => [command.name, command] as const);
const subjects = [...commands, ...grammar.groups].map((one) => [one.name, one.examples] as const);

/** Every command line of portsup in an example, as words: what comes before and after it in a shell line is left out. */
function linesIn(example: string): readonly (readonly string[])[] {
  const parts = splitExample(example)
    .line.split(/&&|\|\||[|>]|\$\(|<\(|\)/)
    .map((part) => part.trim().replace(/^sudo /, ''));
  return parts
    .filter((part) => /^portsup( |$)/.test(part))
    .map((part) => (part.match(/"[^"]*"|\S+/g) ?? []).slice(1).map((word) => word.replaceAll('"', '')));
}

const hintOf = (...words: readonly string[]): string => {
  try {
    helpSubject(words);
  } catch (error) {
    if (error instanceof PortsupError) return error.hint;
    throw error;
  }
  throw new Error(`${words.join(' ')} was found`);
};

describe('what the help knows', () => {
  it('a command can be loaded, and nothing else can', () => {
    expect(Object.keys(loaders).toSorted()).toEqual(commands.map(({ name }) => name).toSorted());
  });

  it.each(subjects)('%s has one to four examples that can be run as they are', (name, examples) => {
    expect(examples.length).toBeGreaterThanOrEqual(1);
    expect(examples.length).toBeLessThanOrEqual(4);
    for (const example of examples) {
      const lines = linesIn(example);
      expect(lines.length).toBeGreaterThanOrEqual(1);
      const meant = lines.map((words) => parseCommandLine(words, grammar).command?.name ?? '');
      expect(meant.some((one) => one === name || one.startsWith(`${name} `))).toBe(true);
    }
  });

  it.each(everything)('%s says what each of its operands is, and its relatives exist', (name, command) => {
    expect(operandWords(command).filter((word) => operandTexts[word] === undefined)).toEqual([]);
    const related = relatedTo[name] ?? [];
    expect(related.filter((one) => !commands.some((other) => other.name === one) || one === name)).toEqual([]);
  });

  it('nothing is said about a command that does not exist', () => {
    const known = new Set(commands.map(({ name }) => name));
    expect([...Object.keys(relatedTo), ...Object.keys(exitTexts)].filter((name) => !known.has(name))).toEqual([]);
    const words = new Set(commands.flatMap(operandWords));
    expect(Object.keys(operandTexts).filter((word) => !words.has(word) && word !== 'FILE')).toEqual([]);
  });

  it('every command of two words belongs to a group, and every group has commands', () => {
    const first = new Set(commands.filter(({ name }) => name.includes(' ')).map(({ name }) => name.split(' ')[0] ?? ''));
    expect([...first].toSorted()).toEqual(grammar.groups.map(({ name }) => name).toSorted());
  });
});

describe('the help', () => {
  const longest = (lines: readonly string[]): number => Math.max(...lines.map((line) => line.length));
  /** Examples are there to be copied: they are not wrapped. */
  const proseOf = (lines: readonly string[]): readonly string[] =>
    lines.filter((line) => !/^ {2}(sudo )?(portsup|source|npm|kill)/.test(line));
  const all = (columns: number | undefined): readonly (readonly string[])[] => [
    renderHelp(grammar, columns),
    ...grammar.groups.map((group) => renderGroupHelp(group, grammar, columns)),
    ...commands.map((command) => renderCommandHelp(command, globalOptions, columns)),
  ];

  it('lists every command in exactly one section', () => {
    const text = renderHelp(grammar, undefined);
    for (const { name, aliases } of commands) {
      const label = [name, ...aliases].join(', ');
      expect(text.filter((line) => line === `  ${label}` || line.startsWith(`  ${label}  `))).toHaveLength(1);
    }
  });

  it.each([40, 60, 80, 100, 200])('fits a terminal of %i columns', (columns) => {
    for (const lines of all(columns)) expect(longest(proseOf(lines))).toBeLessThan(columns);
  });

  it('has at most 79 columns in a pipe, and uses more on a wide terminal', () => {
    for (const lines of all(undefined)) expect(longest(proseOf(lines))).toBeLessThanOrEqual(79);
    expect(longest(renderHelp(grammar, undefined))).toBeLessThanOrEqual(79);
    expect(longest(renderHelp(grammar, 200))).toBeGreaterThan(79);
  });

  it('leaves out no word at any width', () => {
    const wordsOf = (lines: readonly string[]): readonly string[] => lines.join(' ').replaceAll('# ', '').split(/\s+/).toSorted();
    for (const [index, lines] of all(50).entries()) expect(wordsOf(lines)).toEqual(wordsOf(all(200)[index] ?? []));
  });

  it('of a command has its operands, options, exit codes, examples and relatives', () => {
    const kill = commands.find(({ name }) => name === 'kill');
    const text = kill ? renderCommandHelp(kill, globalOptions, undefined).join('\n') : '';
    expect(text).toContain('Usage: portsup kill [OPTIONS] NAME...');
    expect(text).toContain('  NAME  a service or supervisor');
    expect(text).toContain('-s, --signal SIGNAL');
    expect(text).toContain('Exit codes: 0 done, 1 it does not run, 5 unknown name, 7 no daemon');
    expect(text).toContain('\n  portsup kill service_a\n');
    expect(text).toContain('See also: portsup signal, portsup history, portsup tree');
  });

  it('says what a NAME that may be missing means then', () => {
    const textOf = (name: string): string => {
      const command = commands.find((one) => one.name === name);
      return command ? renderCommandHelp(command, globalOptions, 200).join(' ').replaceAll(/\s+/g, ' ') : '';
    };
    expect(textOf('logs')).toContain('without a NAME');
    expect(textOf('stop')).not.toContain('without a NAME');
  });

  it('of a group lists its commands', () => {
    const [daemon] = grammar.groups;
    const text = daemon ? renderGroupHelp(daemon, grammar, undefined).join('\n') : '';
    for (const { name } of commandsOf('daemon', grammar)) expect(text).toContain(`  ${name} `);
  });

  it('does not promise -f for the file where it means "follow"', () => {
    const logs = commands.find(({ name }) => name === 'logs');
    const text = logs ? renderCommandHelp(logs, globalOptions, undefined).join('\n') : '';
    expect(text.match(/-f, /g)).toHaveLength(1);
  });
});

describe('portsup help', () => {
  it('finds commands, other names of them, and groups', () => {
    expect(helpSubject([])).toBeUndefined();
    expect(helpSubject(['ls'])).toMatchObject({ name: 'ps', arity: [0, Number.POSITIVE_INFINITY] });
    expect(helpSubject(['daemon', 'logs'])).toMatchObject({ name: 'daemon logs' });
    expect(helpSubject(['daemon'])).toBe(grammar.groups.find(({ name }) => name === 'daemon'));
  });

  it('suggests what was probably meant', () => {
    expect(hintOf('lgos')).toBe('did you mean "logs"? see --help');
    expect(hintOf('daemon', 'lgos')).toBe('did you mean "logs"? see --help');
    expect(hintOf('logs', 'status')).toBe('"portsup --help" lists the commands');
  });
});
