/** Commands of other programs as portsup writes them: a plain line where that says it all, else a list, else a shell line. */
import { splitCommand } from '../command.js';
import type { Mapping } from '../path.js';
import { literal } from './literal.js';

const PLAIN_WORD = /^[\w./:@%+,=-]+$/;

/** The field `command` for a program and its arguments. */
export function commandOfWords(words: readonly string[]): string | readonly string[] {
  const escaped = words.map(literal);
  return words.every((word) => PLAIN_WORD.test(word)) ? escaped.join(' ') : escaped;
}

/** Nothing in it that a shell would read otherwise than portsup: no variables, patterns, pipes, redirections. */
const WITHOUT_SHELL = /^[\w./:@%+,=\- "']+$/;
/** What only a shell can do. */
const SHELL_WORDS = new Set([
  'cd',
  '.',
  'source',
  'export',
  'set',
  'unset',
  'eval',
  'exit',
  'umask',
  'ulimit',
  'trap',
  'wait',
  'alias',
  'if',
  'for',
  'while',
  'until',
  'case',
  'time',
  ':',
  'read',
  'shift',
  'type',
  'command',
  'builtin',
  'function',
]);

/**
 * The fields for a line that a shell was to run. One that needs no shell is run without: then the PID is the program's
 * own, and signals reach it. Variables before the program (`NODE_ENV=production node x`) become `env`.
 */
export function fieldsOfShellLine(line: string): Mapping {
  const trimmed = line.trim();
  const words = WITHOUT_SHELL.test(trimmed) ? plainWords(trimmed) : undefined;
  if (words === undefined) return { command: literal(trimmed), shell: true };
  const firstProgram = words.findIndex((word) => !/^[A-Za-z_]\w*=/.test(word));
  const program = firstProgram === -1 ? [] : words.slice(firstProgram);
  const [first = '', second = ''] = program;
  const isBareExec = first === 'exec' && (second === '' || second.startsWith('-'));
  if (first === '' || isBareExec || SHELL_WORDS.has(first)) return { command: literal(trimmed), shell: true };
  const command = commandOfWords(program[0] === 'exec' ? program.slice(1) : program);
  if (firstProgram === 0) return { command };
  const env = words.slice(0, firstProgram).map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)] as const);
  return { command, env: Object.fromEntries(env) };
}

function plainWords(line: string): readonly string[] | undefined {
  const split = splitCommand(line);
  return split.ok && split.words.length > 0 ? split.words : undefined;
}
