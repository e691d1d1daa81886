/**
 * What the scripts of `portsup completion` ask: `portsup __complete SHELL ...` prints the words that fit, one a line. It is a bundle of its own,
 * as quick.ts is: somebody waits for it with a finger on the key. It never starts anything, and answers within about a second even where the
 * daemon hangs.
 *
 * The scripts lie in people's folders for years while portsup is replaced, so what they pass and what they understand may only grow:
 * - `zsh WORD...` and `fish WORD...`: all words after "portsup", the last one is at the cursor. Answer: lines `WORD<tab>TEXT`.
 * - `bash BREAKS LINE`: COMP_WORDBREAKS, and the line up to the cursor. Answer: what belongs into COMPREPLY.
 * - Instead of words `:files`, `:folders` or `:programs`: the shell knows these better.
 */
import { reachableHome } from '../client/reachable-home.js';
import { grammar } from './command-list.js';
import { splitBashLine } from './completion/bash-line.js';
import { type Answer, type Candidate, candidatesFor } from './completion/candidates.js';
import { type NamedKind, type Surroundings, surroundingsOf } from './completion/surroundings.js';
import { readUnfinished, type Unfinished } from './completion/unfinished.js';
import { isReaderGone, sayUnwritable } from './unwritable.js';

/** Longest time that a daemon may take; nobody waits longer for a word. */
const LIMIT_MS = 1_000;

/** Prints the words that fit; `shell` is the first word after "__complete". */
export async function complete([shell = '', ...given]: readonly string[]): Promise<void> {
  const lines = shell === 'bash' ? await bashLines(given) : plainLines(await answerFor(given.slice(0, -1), given.at(-1) ?? ''));
  process.stdout.on('error', (error: Error) => {
    // A shell that has gone on needs no words any more.
    if (isReaderGone(error)) return;
    sayUnwritable(error);
    process.exitCode = 1;
  });
  if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`);
}

async function answerFor(words: readonly string[], current: string): Promise<Answer> {
  const overdue = new AbortController();
  const timer = setTimeout(() => overdue.abort(), LIMIT_MS);
  try {
    const layout = reachableHome(process.env);
    // The folder is asked for only when it is needed: it may have been removed, and commands are still there.
    const surroundings = (line: Unfinished, kind: NamedKind): Promise<Surroundings> =>
      surroundingsOf(line, kind, { layout, cwd: process.cwd(), signal: overdue.signal });
    return await candidatesFor(readUnfinished(words, grammar), current, { grammar, surroundings });
  } finally {
    clearTimeout(timer);
  }
}

/** Bash takes each word as it is: those that do not fit must not be there, nor what it does not replace. */
async function bashLines([breaks = '', line = '']: readonly string[]): Promise<readonly string[]> {
  const { words, current, kept, isRedirected } = splitBashLine(line, breaks);
  const answer = isRedirected ? 'file' : await answerFor(words.slice(1), current);
  if (typeof answer === 'string') return plainLines(answer);
  const fitting = answer.map(({ word }) => word).filter((word) => isWord(word) && word.startsWith(current));
  return [...new Set(fitting)].map((word) => word.slice(kept));
}

const plainLines = (answer: Answer): readonly string[] =>
  typeof answer === 'string' ? [`:${answer}s`] : answer.filter(({ word }) => isWord(word)).map(lineOf);

const lineOf = ({ word, text }: Candidate): string => `${word}\t${text}`;

/** A profile may be called as somebody likes; what a shell would have to quote is not offered. */
const isWord = (word: string): boolean => /^[\w./:=+@-]+$/.test(word);
