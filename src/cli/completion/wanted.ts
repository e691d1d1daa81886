/** What may stand at the end of an unfinished command line, by the command's own description. Pure. */
import { type CommandSpec, formOf } from '../command-spec.js';
import type { OptionSpec } from '../option-values.js';
import type { Unfinished } from './unfinished.js';

/** What kind of word it is; "nothing": one that only the person knows. */
export type WordKind =
  | 'command'
  | 'option'
  | 'name'
  | 'application'
  | 'profile'
  | 'alarm'
  | 'signal'
  | 'shell'
  | 'file'
  | 'folder'
  | 'program'
  | 'nothing';

/** A kind of word, or words to choose from. */
export type Wanted = WordKind | readonly string[];

/** By the words that the help has for operands and values. A value such as "always|never" is a choice. */
const KINDS: Readonly<Record<string, Wanted>> = {
  NAME: 'name',
  SIGNAL: 'signal',
  ID: 'alarm',
  SHELL: 'shell',
  FILE: 'file',
  ARG: 'file',
  COMMAND: 'program',
  TIME: ['today', 'yesterday'],
};

/** Of options whose value is called NAME, or nothing in particular. */
const OPTION_KINDS: Readonly<Record<string, Wanted>> = {
  app: 'application',
  profile: 'profile',
  cwd: 'folder',
  lines: ['all'],
  from: ['pm2', 'procfile', 'supervisord', 'process-compose'],
  restart: ['permanent', 'transient', 'temporary'],
};

/**
 * What may stand as the word that is being written (`current` is what there is of it; of `--option=value` the whole word).
 */
export function wantedAt(line: Unfinished, current: string): Wanted {
  if (line.pending !== undefined) return wantedAsValue(line.pending);
  if (line.passed !== undefined && line.command?.passes) return wantedAfterDashes(line.command, line.passed.length);
  const attached = line.passed === undefined ? optionOf(line, current) : undefined;
  if (attached !== undefined) return wantedAsValue(attached);
  if (line.passed === undefined && current.startsWith('-')) return 'option';
  if (line.isUnknown) return 'nothing';
  if (line.command === undefined || line.command.name === 'help') return 'command';
  const operand = wantedAsOperand(line.command, line.operands.length + (line.passed?.length ?? 0));
  // Where nothing can follow, there are still the options.
  return operand ?? (current === '' && line.passed === undefined ? 'option' : 'nothing');
}

/** The option of a word "--option=value". */
function optionOf({ specs }: Unfinished, word: string): OptionSpec | undefined {
  const [, name] = /^--([^=]+)=/.exec(word) ?? [];
  return name === undefined ? undefined : specs.find((spec) => spec.name === name && spec.kind !== 'flag');
}

function wantedAsValue({ name, kind, value = '' }: OptionSpec): Wanted {
  if (kind === 'signal') return 'signal';
  if (value.includes('|')) return value.split('|');
  if (OPTION_KINDS[name] !== undefined) return OPTION_KINDS[name];
  const known = KINDS[value];
  // Services are operands; the NAME of an option is of something new, or of somebody.
  return known === undefined || known === 'name' ? 'nothing' : known;
}

/** Undefined: there can be no operand at this place. */
function wantedAsOperand(command: CommandSpec, at: number): Wanted | undefined {
  const [, most] = command.arity;
  const [before] = formOf(command);
  const word = before[Math.min(at, before.length - 1)];
  if (word === undefined || at >= most) return undefined;
  return KINDS[word] ?? 'nothing';
}

function wantedAfterDashes(command: CommandSpec, at: number): Wanted {
  const [before, after] = formOf(command);
  const words = after.length > 0 ? after : before;
  return KINDS[words[Math.min(at, words.length - 1)] ?? ''] ?? 'file';
}
