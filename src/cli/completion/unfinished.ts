/** A command line that is still being written: what it says so far. Nothing in it is wrong yet. Pure. */
import type { CommandSpec, Grammar, GroupSpec } from '../command-spec.js';
import { commandIn, commandNamed, isCommand } from '../find-command.js';
import type { OptionSpec } from '../option-values.js';

/** What the words before the one that is being written say. */
export interface Unfinished {
  /** The command, or the group when its command is not there yet; undefined: neither, or no known one. */
  readonly command: CommandSpec | undefined;
  readonly group: GroupSpec | undefined;
  /** A word stands where the command stands, and is none. */
  readonly isUnknown: boolean;
  /** The options that may stand here. */
  readonly specs: readonly OptionSpec[];
  /** Options by long name with the values that they were given, in order; flags have none. */
  readonly given: ReadonlyMap<string, readonly string[]>;
  readonly operands: readonly string[];
  /** The words after "--"; undefined: there is no "--". */
  readonly passed: readonly string[] | undefined;
  /** The option whose value comes next. */
  readonly pending: OptionSpec | undefined;
}

/** Reads words (without "portsup") up to the one that is being written. */
export function readUnfinished(words: readonly string[], grammar: Grammar): Unfinished {
  const nothing: Unfinished = {
    command: undefined,
    group: undefined,
    isUnknown: false,
    specs: grammar.globals,
    given: new Map(),
    operands: [],
    passed: undefined,
    pending: undefined,
  };
  return words.reduce((line, word) => readWord(line, word, grammar), nothing);
}

function readWord(line: Unfinished, word: string, grammar: Grammar): Unfinished {
  if (line.passed !== undefined) return { ...line, passed: [...line.passed, word] };
  if (line.pending !== undefined) return { ...withValue(line, line.pending, word), pending: undefined };
  if (word === '--') return { ...line, passed: [] };
  if (word.length > 1 && word.startsWith('-')) return word.startsWith('--') ? readLong(line, word) : readShort(line, word);
  if (line.command !== undefined || line.isUnknown) return { ...line, operands: [...line.operands, word] };
  const found = line.group === undefined ? commandNamed(word, grammar) : commandIn(line.group, word, grammar);
  if (found === undefined) return { ...line, isUnknown: true };
  return isCommand(found)
    ? { ...line, command: found, group: undefined, specs: [...found.options, ...grammar.globals] }
    : { ...line, group: found };
}

function readLong(line: Unfinished, word: string): Unfinished {
  const [name = '', ...value] = word.slice(2).split('=');
  const spec = line.specs.find((one) => one.name === name);
  if (spec === undefined) return line;
  if (value.length > 0) return withValue(line, spec, value.join('='));
  return { ...withValue(line, spec), pending: takesWord(spec) ? spec : undefined };
}

/** "-qA" is "-q -A"; what follows a letter that takes a value is its value. */
function readShort(line: Unfinished, word: string): Unfinished {
  let read = line;
  for (let at = 1; at < word.length; at += 1) {
    const spec = line.specs.find(({ short }) => short === word[at]);
    if (spec === undefined) return read;
    const rest = word.slice(at + 1);
    if (spec.kind !== 'flag' && rest !== '') return withValue(read, spec, rest);
    read = { ...withValue(read, spec), pending: takesWord(spec) ? spec : undefined };
  }
  return read;
}

/** Is the next word its value? That of `-w [INTERVAL]` may be a name as well, and nobody needs help with an interval. */
const takesWord = ({ kind }: OptionSpec): boolean => kind !== 'flag' && kind !== 'watch';

function withValue(line: Unfinished, { name }: OptionSpec, ...values: readonly string[]): Unfinished {
  return { ...line, given: new Map([...line.given, [name, [...(line.given.get(name) ?? []), ...values]]]) };
}
