/**
 * Silence. A daemon that is killed between reading a line and writing it takes that line with it, which nothing can prevent. So that
 * not one line may be missing otherwise, all programs are silent when a daemon is killed, and what they have said is on disk.
 */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import type { LiveApp } from '../helpers/live-app.js';
import { linesOf, logFiles, type Marked, processesOf, type Said, truthOf } from './facts.js';
import { untilNothing } from './until-nothing.js';

/**
 * Makes all programs silent, waits until what they have said is written, does something, and lets them go on. A daemon must run.
 * What processes of `excused` have said is not waited for.
 */
export async function inSilence(app: LiveApp, excused: ReadonlySet<number>, action: () => Promise<void>): Promise<void> {
  const id = String(performance.now());
  writeFileSync(app.path('hush.new'), `${id}\n`);
  renameSync(app.path('hush.new'), app.path('hush'));
  try {
    await untilNothing(() => whyNotSilent(app, excused, id));
    await action();
  } finally {
    rmSync(app.path('hush'));
  }
}

function whyNotSilent(app: LiveApp, excused: ReadonlySet<number>, id: string): string | null {
  const mains = processesOf(app).marked.filter(({ main }) => main !== null);
  const truth = truthOf(app, excused);
  // Of those that live, what they have said when they fell silent counts; of the others, what they wrote down.
  const said = new Map(truth);
  for (const main of mains) {
    const words = lastWords(app, main, id) ?? (isWaiting(main, truth) ? [] : undefined);
    if (words === undefined) return `${main.main} (${main.pid}) goes on`;
    for (const [name, count] of words) said.set(name, count);
  }
  const written = logFiles(app);
  for (const [name, { out, err }] of said) {
    if (out > 0 && !written.includes(`${name} out ${out}`)) return `"${name} out ${out}" is not written`;
    if (err > 0 && !written.includes(`${name} err ${err}`)) return `"${name} err ${err}" is not written`;
  }
  return null;
}

/** What a process had said when it fell silent because of this hush. */
function lastWords(app: LiveApp, { pid, main }: Marked, id: string): readonly (readonly [string, Said])[] | undefined {
  const words = linesOf(app, `hushed.${pid}`).at(-1)?.split(' ');
  if (words?.[0] !== id) return undefined;
  return [[words.slice(1, -2).join(' '), { name: main ?? '', out: Number(words.at(-2)), err: Number(words.at(-1)) }]];
}

/** One that reads its standard input says something at its start and for each line that it gets, and we send none meanwhile. */
const isWaiting = ({ pid, run, command }: Marked, truth: ReadonlyMap<string, Said>): boolean =>
  command.endsWith(' reader') && [...truth.keys()].some((name) => name.startsWith(`run ${run} of ${pid}-`));
