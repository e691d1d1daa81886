/** Reads one option of a command line, with its value. Pure. */
import { parseDuration } from '../base/duration.js';
import { PortsupError } from '../base/errors.js';
import { nearest } from '../base/nearest.js';
import { parseSignal } from '../base/signals.js';

/** How an option's value is read. `texts`: it may be given several times; `watch`: a duration that may be left out; `lines`: a count or "all". */
export type OptionKind = 'flag' | 'text' | 'texts' | 'duration' | 'watch' | 'count' | 'lines' | 'signal';

export interface OptionSpec {
  /** Long name without the dashes. */
  readonly name: string;
  readonly short?: string;
  readonly kind: OptionKind;
  /** What its value is called in the help. */
  readonly value?: string;
  readonly summary: string;
}

/** Durations are milliseconds; `lines` "all" is -1; a flag that is given, and `watch` without a value, is true. */
export type OptionValue = string | number | true | readonly string[];

/** Is this word this option, alone (without a value attached)? */
export const isWordFor = (word: string, spec: OptionSpec): boolean =>
  word === `--${spec.name}` || (spec.short !== undefined && word === `-${spec.short}`);

/** "did you mean ...?", or undefined when nothing is near. */
export const suggestion = (near: readonly string[]): string | undefined =>
  near.length === 0 ? undefined : `did you mean ${near.map((name) => `"${name}"`).join(' or ')}? see --help`;

/** A mistake on the command line. */
export const usage = (message: string, hint: string): PortsupError => new PortsupError('USAGE', message, hint);

/**
 * Reads the option(s) in the first word, with a value from the second where one is needed; returns how many words it took.
 *
 * @throws {@link PortsupError} `USAGE` for an option that is not in `specs`, or a value that is missing or wrong.
 */
export function readOption(words: readonly string[], specs: readonly OptionSpec[], into: Map<string, OptionValue>): number {
  const [word = '', next] = words;
  if (word.startsWith('--')) {
    const [name, attached] = splitOnce(word.slice(2));
    return readValue({ spec: longOption(name, specs), attached, next }, specs, into);
  }
  // "-qA" is "-q -A"; what follows a letter that takes a value is its value: "-n5".
  for (let at = 1; at < word.length; at += 1) {
    const spec = shortOption(word[at] ?? '', specs);
    const rest = word.slice(at + 1);
    const wantsRest = rest !== '' && (spec.kind === 'watch' ? parseDuration(rest) !== undefined : spec.kind !== 'flag');
    const attached = wantsRest ? rest.replace(/^=/, '') : undefined;
    const taken = readValue({ spec, attached, next: rest === '' ? next : undefined }, specs, into);
    if (wantsRest || taken === 2) return taken;
  }
  return 1;
}

interface Given {
  readonly spec: OptionSpec;
  /** "--name=value" or "-nvalue". */
  readonly attached: string | undefined;
  /** The following word. */
  readonly next: string | undefined;
}

function readValue({ spec, attached, next }: Given, specs: readonly OptionSpec[], into: Map<string, OptionValue>): number {
  if (spec.kind === 'flag') {
    if (attached !== undefined) throw usage(`${optionName(spec)} takes no value`, `leave out "=${attached}"; see --help`);
    into.set(spec.name, true);
    return 1;
  }
  if (attached !== undefined) {
    keep(spec, convert(spec, attached), into);
    return 1;
  }
  if (spec.kind === 'watch') {
    const follows = next !== undefined && parseDuration(next) !== undefined;
    into.set(spec.name, follows ? convert(spec, next) : true);
    return follows ? 2 : 1;
  }
  if (next === undefined || isKnownOption(next, specs))
    throw usage(`${optionName(spec)} needs a value: ${spec.value ?? 'VALUE'}`, `for example ${exampleOf(spec)}; see --help`);
  keep(spec, convert(spec, next), into);
  return 2;
}

/** The last one counts, unless the option takes several. */
function keep({ name, kind }: OptionSpec, value: string | number, into: Map<string, OptionValue>): void {
  const before = into.get(name);
  into.set(name, kind === 'texts' ? [...(Array.isArray(before) ? (before as readonly string[]) : []), String(value)] : value);
}

function convert(spec: OptionSpec, text: string): string | number {
  const value = converted(spec.kind, text);
  if (value === undefined)
    throw usage(`${optionName(spec)}: "${text}" is not ${EXPECTED[spec.kind]}`, `for example ${exampleOf(spec)}; see --help`);
  return value;
}

function converted(kind: OptionKind, text: string): string | number | undefined {
  switch (kind) {
    case 'duration':
    case 'watch':
      return parseDuration(text);
    case 'lines':
      if (text === 'all') return -1;
      return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
    case 'count':
      return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
    case 'signal':
      return parseSignal(text);
    case 'text':
    case 'texts':
      return text === '' ? undefined : text;
    case 'flag':
      return undefined;
    default:
      return kind satisfies never;
  }
}

const EXPECTED: Readonly<Record<OptionKind, string>> = {
  flag: 'allowed here',
  text: 'a value',
  texts: 'a value',
  duration: 'a duration',
  watch: 'a duration',
  count: 'a number of at least 0',
  lines: 'a number of lines',
  signal: 'a signal',
};
const EXAMPLES: Readonly<Record<OptionKind, string>> = {
  flag: '',
  text: 'NAME',
  texts: 'NAME',
  duration: '10s',
  watch: '2s',
  count: '3',
  lines: '100',
  signal: 'SIGTERM',
};

/** What other programs call our options (docker logs --tail), and what only some commands have (-A): nothing near, but what is meant. */
const MEANT: Readonly<Record<string, string>> = { tail: 'lines', all: 'app', A: 'p' };

function longOption(name: string, specs: readonly OptionSpec[]): OptionSpec {
  const spec = specs.find((one) => one.name === name);
  if (spec) return spec;
  const near = nearest(
    MEANT[name] ?? name,
    specs.map((one) => one.name),
  );
  throw usage(`unknown option "--${name}"`, suggestion(near.map((one) => `--${one}`)) ?? 'see --help for the options');
}

function shortOption(letter: string, specs: readonly OptionSpec[]): OptionSpec {
  const spec = specs.find((one) => one.short === letter);
  if (spec) return spec;
  const meant = specs.flatMap(({ short }) => (short !== undefined && short === MEANT[letter] ? [`-${short}`] : []));
  throw usage(`unknown option "-${letter}"`, suggestion(meant) ?? 'see --help for the options');
}

const isKnownOption = (word: string, specs: readonly OptionSpec[]): boolean => word === '--' || specs.some((spec) => isWordFor(word, spec));
const optionName = (spec: OptionSpec): string => (spec.short === undefined ? `--${spec.name}` : `-${spec.short}/--${spec.name}`);
const exampleOf = (spec: OptionSpec): string => `--${spec.name} ${EXAMPLES[spec.kind]}`;

function splitOnce(text: string): readonly [string, string | undefined] {
  const at = text.indexOf('=');
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
