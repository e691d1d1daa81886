/**
 * From words on the command line to a command with options. Written here because commander costs 6 ms of the 12 ms that
 * `ps` may take over `node -e 0` (measured: bundled, 28 ms against 21 ms), and `-w [interval]` beside NAMEs needs a rule of
 * its own anyway. Options may stand anywhere; "--" ends them. Pure.
 */
import { type CommandSpec, formOf, type Grammar, type GroupSpec } from './command-spec.js';
import { commandIn, commandNamed, isCommand, unknownCommand, unknownIn } from './find-command.js';
import { isWordFor, type OptionSpec, type OptionValue, readOption, usage } from './option-values.js';

/** Options by long name. */
export type OptionValues = ReadonlyMap<string, OptionValue>;

export interface CommandLine {
  /** Undefined: no command was given. */
  readonly command: CommandSpec | undefined;
  /** A group alone, which only help may be asked for. */
  readonly group?: GroupSpec | undefined;
  readonly options: OptionValues;
  readonly operands: readonly string[];
  /** What came after "--", for a command that passes it on. */
  readonly passed: readonly string[];
}

/**
 * Reads a command line (without "node" and the script).
 *
 * @throws {@link PortsupError} `USAGE` for an unknown command or option (with the nearest names), a missing or wrong value,
 * too few or too many operands, or an empty one where that means nothing. With --help or --version on the line operands are not looked at.
 */
export function parseCommandLine(words: readonly string[], grammar: Grammar): CommandLine {
  const found = findCommand(words, grammar);
  const { command, group } = found;
  const reading = readWords(words, { ...found, grammar });
  const operands = command?.passes ? reading.operands : [...reading.operands, ...reading.passed];
  const line = { command, group, options: reading.options, operands, passed: command?.passes ? reading.passed : [] };
  if (!line.options.has('help') && !line.options.has('version')) checkOperands(line);
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

interface Found {
  readonly command: CommandSpec | undefined;
  readonly group?: GroupSpec;
  /** Where its name stands: before it only global options count, so that `-f FILE logs -f` means both. */
  readonly at: readonly number[];
}

/** Finds the first word that is no option and no global option's value. */
function findCommand(words: readonly string[], grammar: Grammar): Found {
  let at = 0;
  while (at < words.length && isOption(words[at] ?? '')) at += takesNext(words[at] ?? '', grammar.globals) ? 2 : 1;
  const name = words[at];
  if (name === undefined) return { command: undefined, at: [] };
  const found = commandNamed(name, grammar);
  if (found === undefined) throw unknownCommand(name, grammar);
  return isCommand(found) ? { command: found, at: [at] } : findInGroup(words, { at, group: found }, grammar);
}

function findInGroup(words: readonly string[], { at, group }: { readonly at: number; readonly group: GroupSpec }, grammar: Grammar): Found {
  const second = words.findIndex((word, index) => index > at && !isOption(word));
  const command = commandIn(group, words[second] ?? '', grammar);
  if (command) return { command, at: [at, second] };
  if (second < 0 && (words.includes('--help') || words.includes('-h'))) return { command: undefined, group, at: [at] };
  throw unknownIn(group, words[second], grammar);
}

interface Reading {
  readonly options: OptionValues;
  readonly operands: readonly string[];
  readonly passed: readonly string[];
}

function readWords(words: readonly string[], { command, at: commandAt, grammar }: Found & { readonly grammar: Grammar }): Reading {
  const specs = [...(command?.options ?? []), ...grammar.globals];
  const options = new Map<string, OptionValue>();
  const operands: string[] = [];
  for (let at = 0; at < words.length; ) {
    const word = words[at] ?? '';
    if (commandAt.includes(at)) at += 1;
    else if (word === '--') return { options, operands, passed: words.slice(at + 1) };
    else if (isOption(word) && !(command?.hasNumbers && NUMBER.test(word))) {
      const known = at < (commandAt[0] ?? 0) ? grammar.globals : specs;
      at += readOption(words.slice(at), { specs: known, commands: grammar.commands }, options);
    } else {
      operands.push(word);
      at += 1;
    }
  }
  return { options, operands, passed: [] };
}

function checkOperands({ command, operands, passed }: CommandLine): void {
  if (!command) return;
  const [least, most] = command.arity;
  const form = `portsup ${command.name}${command.operands === '' ? '' : ` ${command.operands}`}`;
  if (operands.length < least)
    throw usage(`"${command.name}" needs ${command.operands}`, `use: ${form}; "portsup ${command.name} --help" says more`);
  if (operands.length > most)
    throw usage(`"${command.name}" takes no "${operands[most]}"`, `use: ${form}; "portsup ${command.name} --help" says more`);
  const [before, after] = formOf(command);
  const empty = emptyIn(operands, before) ?? emptyIn(passed, after);
  if (empty !== undefined)
    throw usage(`the ${empty} of "${command.name}" is empty`, `use: ${form}; is a variable of your shell empty? See --help`);
}

/** What the first empty word is in the help, where it would mean nothing: an empty name is the address of a whole application. */
function emptyIn(words: readonly string[], form: readonly string[]): string | undefined {
  return words
    .flatMap((word, at) => (word === '' ? [form[Math.min(at, form.length - 1)] ?? ''] : []))
    .find((one) => !MAY_BE_EMPTY.has(one));
}

/** A line of input, what is given to a program or a method. */
const MAY_BE_EMPTY: ReadonlySet<string> = new Set(['TEXT', 'ARG', 'ARGS']);

/** No option begins with a digit. */
const NUMBER = /^-\.?\d/;
const isOption = (word: string): boolean => word.length > 1 && word.startsWith('-') && word !== '--';
const takesNext = (word: string, specs: readonly OptionSpec[]): boolean =>
  specs.some((spec) => spec.kind !== 'flag' && spec.kind !== 'watch' && isWordFor(word, spec));
