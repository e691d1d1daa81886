/** The words that fit at the end of an unfinished command line. */
import { signalNames } from '../../base/signals.js';
import { type CommandSpec, commandsOf, type Grammar, lastWordOf } from '../command-spec.js';
import { commandNamed, isCommand } from '../find-command.js';
import type { OptionSpec } from '../option-values.js';
import { shellNames } from '../shells.js';
import { addressesOf } from './addresses.js';
import type { NamedKind, Surroundings } from './surroundings.js';
import type { Unfinished } from './unfinished.js';
import { type WordKind, wantedAt } from './wanted.js';

/** A word, and what is said about it. */
export interface Candidate {
  readonly word: string;
  readonly text: string;
}

/** What the shell completes better than anybody else. */
export type ShellKind = Extract<WordKind, 'file' | 'folder' | 'program'>;

/** The words that fit, or what the shell is to look for. */
export type Answer = readonly Candidate[] | ShellKind;

/** Where candidates come from. */
export interface Source {
  readonly grammar: Grammar;
  /** Asks the daemon, or reads the configuration; called only when names are wanted. */
  readonly surroundings: (line: Unfinished, kind: NamedKind) => Promise<Surroundings>;
}

/** All words that fit where `current` is being written, whatever it begins with. Never throws because of what is written. */
export async function candidatesFor(line: Unfinished, current: string, source: Source): Promise<Answer> {
  const wanted = wantedAt(line, current);
  // "--signal=SIG": the option belongs to each word.
  const attached = line.pending === undefined ? (/^--[^=]+=/.exec(current)?.[0] ?? '') : '';
  const typed = current.slice(attached.length);
  const answer = typeof wanted === 'string' ? await wordsOf(wanted, { line, typed }, source) : wanted.map(bare);
  return typeof answer === 'string' ? answer : answer.map(({ word, text }) => ({ word: attached + word, text }));
}

interface Place {
  readonly line: Unfinished;
  readonly typed: string;
}

async function wordsOf(kind: WordKind, { line, typed }: Place, { grammar, surroundings }: Source): Promise<Answer> {
  switch (kind) {
    case 'command':
      return commandWords(line, grammar);
    case 'option':
      return optionWords(line, typed);
    case 'name':
      return nameWords(line, typed, await surroundings(line, kind));
    case 'application':
      return (await surroundings(line, kind)).places.filter(({ path }) => path === '').map(({ app, text }) => ({ word: app, text }));
    case 'profile':
      return (await surroundings(line, kind)).profiles.map(bare);
    case 'alarm':
      return ((await surroundings(line, kind)).alarms ?? []).map(({ id, text }) => ({ word: id, text }));
    case 'signal':
      return signalWords(typed).map(bare);
    case 'shell':
      return shellNames.map(bare);
    case 'file':
    case 'folder':
    case 'program':
      return kind;
    case 'nothing':
      return [];
    default:
      return kind satisfies never;
  }
}

const bare = (word: string): Candidate => ({ word, text: '' });

function commandWords(line: Unfinished, grammar: Grammar): readonly Candidate[] {
  // "help daemon": the words after it are read as commands, too.
  const [first, ...more] = line.operands;
  const named = first === undefined ? undefined : commandNamed(first, grammar);
  const group = line.group ?? (named !== undefined && !isCommand(named) && more.length === 0 ? named : undefined);
  if (group !== undefined) return commandsOf(group.name, grammar).map((command) => ({ word: lastWordOf(command), text: command.summary }));
  return first === undefined ? firstWords(grammar) : [];
}

function firstWords({ commands, groups }: Grammar): readonly Candidate[] {
  const single = commands.filter(({ name }) => !name.includes(' ')).flatMap(wordsFor);
  return [...single, ...groups.map(({ name, summary }) => ({ word: name, text: summary }))];
}

const wordsFor = ({ name, aliases, summary }: CommandSpec): readonly Candidate[] => [
  { word: name, text: summary },
  ...aliases.map((alias) => ({ word: alias, text: `the same as ${name}` })),
];

function optionWords({ specs, given }: Unfinished, typed: string): readonly Candidate[] {
  const left = specs.filter(({ name, kind }) => kind === 'texts' || !given.has(name));
  return left.flatMap((spec) => [
    { word: `--${spec.name}`, text: spec.summary },
    ...(spec.short === undefined || typed.startsWith('--') || !isVisible(spec, specs)
      ? []
      : [{ word: `-${spec.short}`, text: spec.summary }]),
  ]);
}

/** A command's own -f (follow) hides the global -f (file). */
const isVisible = (spec: OptionSpec, specs: readonly OptionSpec[]): boolean => specs.find(({ short }) => short === spec.short) === spec;

function nameWords(line: Unfinished, typed: string, { places, home }: Surroundings): readonly Candidate[] {
  // `up` is about one application; the others look into all of them.
  const only = line.given.get('app')?.at(-1) ?? (line.command?.name === 'up' ? home : undefined);
  const named = new Set([...line.operands, ...(line.passed ?? [])]);
  return addressesOf(places, { only, home }, typed).filter(({ word }) => !named.has(word));
}

/** As it is written: SIGHUP, HUP or hup. */
function signalWords(typed: string): readonly string[] {
  const short = signalNames.map((name) => name.slice('SIG'.length));
  const upper = typed.toUpperCase();
  const fitting = 'SIG'.startsWith(upper) || upper.startsWith('SIG') ? [...signalNames, ...(upper === '' ? [] : short)] : short;
  return typed !== '' && typed === typed.toLowerCase() ? fitting.map((name) => name.toLowerCase()) : fitting;
}
