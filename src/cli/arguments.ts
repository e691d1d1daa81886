/**
 * From words on the command line to a command with options. Written here because commander costs 6 ms of the 12 ms that
 * `ps` may take over `node -e 0` (measured: bundled, 28 ms against 21 ms), and `-w [interval]` beside NAMEs needs a rule of
 * its own anyway. Options may stand anywhere; "--" ends them. Pure.
 */
import { nearest } from '../base/nearest.js';
import { isWordFor, type OptionSpec, type OptionValue, readOption, suggestion, usage } from './option-values.js';

export type { OptionSpec } from './option-values.js';

export interface CommandSpec {
  /** One word, or two where a group has several ("daemon status"). */
  readonly name: string;
  readonly aliases: readonly string[];
  /** What comes after the name, for the help: "[NAME...]". */
  readonly operands: string;
  /** How many operands it takes, at least and at most. */
  readonly arity: readonly [number, number];
  /** Does it take words after "--" by themselves? */
  readonly passes: boolean;
  readonly summary: string;
  readonly options: readonly OptionSpec[];
  readonly example: string;
}

/** Options by long name. */
export type OptionValues = ReadonlyMap<string, OptionValue>;

export interface CommandLine {
  /** Undefined: no command was given. */
  readonly command: CommandSpec | undefined;
  readonly options: OptionValues;
  readonly operands: readonly string[];
  /** What came after "--", for a command that passes it on. */
  readonly passed: readonly string[];
}

/** What there is to choose from. */
export interface Grammar {
  readonly commands: readonly CommandSpec[];
  readonly globals: readonly OptionSpec[];
}

/**
 * Reads a command line (without "node" and the script).
 *
 * @throws {@link PortsupError} `USAGE` for an unknown command or option (with the nearest names), a missing or wrong value,
 * too few or too many operands. With --help or --version on the line operands are not counted.
 */
export function parseCommandLine(words: readonly string[], grammar: Grammar): CommandLine {
  const found = findCommand(words, grammar);
  const specs = [...(found.command?.options ?? []), ...grammar.globals];
  const reading = readWords(words, { specs, globals: grammar.globals, commandAt: found.at });
  const operands = found.command?.passes ? reading.operands : [...reading.operands, ...reading.passed];
  const line = { command: found.command, options: reading.options, operands, passed: found.command?.passes ? reading.passed : [] };
  if (!line.options.has('help') && !line.options.has('version')) checkArity(line);
  return line;
}

/** Is this flag given? */
export const isGiven = (line: CommandLine, name: string): boolean => line.options.has(name);

/** The text of an option, undefined when it is not given. */
export function textOf(line: CommandLine, name: string): string | undefined {
  const value = line.options.get(name);
  return typeof value === 'string' ? value : undefined;
}

/** The texts of an option that may be given several times, in their order. */
export function textsOf(line: CommandLine, name: string): readonly string[] {
  const value = line.options.get(name);
  return typeof value === 'object' ? value : [];
}

/** The number (of milliseconds, lines ...) of an option, undefined when it is not given or given without one. */
export function numberOf(line: CommandLine, name: string): number | undefined {
  const value = line.options.get(name);
  return typeof value === 'number' ? value : undefined;
}

/** Finds the first word that is no option and no global option's value; which places belong to the command's name. */
function findCommand(
  words: readonly string[],
  grammar: Grammar,
): { readonly command: CommandSpec | undefined; readonly at: readonly number[] } {
  let at = 0;
  while (at < words.length && isOption(words[at] ?? '')) at += takesNext(words[at] ?? '', grammar.globals) ? 2 : 1;
  const name = words[at];
  if (name === undefined) return { command: undefined, at: [] };
  const group = grammar.commands.filter((command) => command.name.startsWith(`${name} `));
  if (group.length > 0) return findInGroup(words, at, group);
  const command = grammar.commands.find((one) => one.name === name || one.aliases.includes(name));
  if (command) return { command, at: [at] };
  const known = grammar.commands.flatMap((one) => [one.name.split(' ')[0] ?? '', ...one.aliases]);
  throw usage(`unknown command "${name}"`, suggestion(nearest(name, known)) ?? '"portsup --help" lists the commands');
}

function findInGroup(
  words: readonly string[],
  at: number,
  group: readonly CommandSpec[],
): { readonly command: CommandSpec; readonly at: readonly number[] } {
  const names = group.map((command) => command.name.split(' ')[1] ?? '');
  const second = words.findIndex((word, index) => index > at && !isOption(word));
  const command = group[names.indexOf(words[second] ?? '')];
  if (command) return { command, at: [at, second] };
  const [first] = group;
  if (first && (words.includes('--help') || words.includes('-h'))) return { command: first, at: [at] };
  const what = second < 0 ? `"${words[at]}" needs to know what to do` : `unknown command "${words[at]} ${words[second]}"`;
  throw usage(
    what,
    suggestion(nearest(words[second] ?? '', names)) ?? `use one of: ${names.map((name) => `portsup ${words[at]} ${name}`).join(', ')}`,
  );
}

interface Reading {
  readonly options: OptionValues;
  readonly operands: readonly string[];
  readonly passed: readonly string[];
}

interface Places {
  readonly specs: readonly OptionSpec[];
  readonly globals: readonly OptionSpec[];
  /** Where the command's name stands: before it only global options count, so that `-f FILE logs -f` means both. */
  readonly commandAt: readonly number[];
}

function readWords(words: readonly string[], places: Places): Reading {
  const options = new Map<string, OptionValue>();
  const operands: string[] = [];
  for (let at = 0; at < words.length; ) {
    const word = words[at] ?? '';
    if (places.commandAt.includes(at)) at += 1;
    else if (word === '--') return { options, operands, passed: words.slice(at + 1) };
    else if (isOption(word)) {
      const specs = at < (places.commandAt[0] ?? 0) ? places.globals : places.specs;
      at += readOption(words.slice(at), specs, options);
    } else {
      operands.push(word);
      at += 1;
    }
  }
  return { options, operands, passed: [] };
}

function checkArity({ command, operands }: CommandLine): void {
  if (!command) return;
  const [least, most] = command.arity;
  const form = `portsup ${command.name}${command.operands === '' ? '' : ` ${command.operands}`}`;
  if (operands.length < least)
    throw usage(`"${command.name}" needs ${command.operands}`, `use: ${form}; "portsup ${command.name} --help" says more`);
  if (operands.length > most)
    throw usage(`"${command.name}" takes no "${operands[most]}"`, `use: ${form}; "portsup ${command.name} --help" says more`);
}

const isOption = (word: string): boolean => word.length > 1 && word.startsWith('-') && word !== '--';
const takesNext = (word: string, specs: readonly OptionSpec[]): boolean =>
  specs.some((spec) => spec.kind !== 'flag' && spec.kind !== 'watch' && isWordFor(word, spec));
