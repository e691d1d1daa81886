/**
 * One run of the command for events, as the keeper is to execute it. Its standard input is a file: it holds all events before the
 * program begins, so nobody has to wait for who reads slowly, and a daemon that dies takes none of them with it.
 */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import type { Clock } from '../base/clock.js';
import type { HomeLayout } from '../base/home.js';
import { fileStem } from '../base/names.js';
import { formatEntry, type JournalEntry } from '../journal/entry.js';
import type { Held, SpawnOrder } from '../keeper/protocol.js';
import type { KeeperClient } from '../ports/keeper-client.js';
import { type LastLine, openLastLine } from '../ports/last-line.js';
import type { AppRecord } from './app-registry.js';
import { HOOK_PATH, hookKey } from './hook-name.js';
import { markedEnvironment, type RunName } from './service-environment.js';
import { readValues } from './value-file.js';

/** What a run of it is made of. */
export interface HookRun {
  readonly run: number;
  /** What it reads, and the FIFO that takes its standard error. */
  readonly files: { readonly in: string; readonly err: string };
  /** With its marker: what it leaves behind is found by that. */
  readonly env: Readonly<Record<string, string>>;
  /** Null where it could not be opened. */
  lastLine: LastLine | null;
  /** Null until it has been executed. */
  pid: number | null;
}

/** Where and by whom it is run. */
export interface HookPlace {
  readonly layout: Pick<HomeLayout, 'fifos'>;
  readonly clock: Clock;
  readonly keeper: Pick<KeeperClient, 'makeFifos'>;
}

/** A run that is about to be, or that an earlier daemon has started (`held`: for an earlier keeper, which may have had another folder). */
export function hookRun(place: HookPlace, app: string, { run, record, held }: HookOf): HookRun {
  const base = `${place.layout.fifos}/${fileStem(app, HOOK_PATH)}`;
  const files = { in: held?.in ?? `${base}.in`, err: held?.err ?? `${base}.err` };
  return { run, files, env: hookEnvironment(record, { app, path: HOOK_PATH, run }), lastLine: null, pid: null };
}

/** The environment of a run, without the values that stand in files. */
export const hookEnvironment = (record: AppRecord | undefined, name: RunName): Record<string, string> =>
  markedEnvironment(record?.env ?? {}, { env: record?.onEvent?.env ?? {} }, name);

/** Which run, and of which application as it is configured. */
export interface HookOf {
  readonly run: number;
  readonly record: AppRecord | undefined;
  readonly held?: Held | undefined;
}

/**
 * Makes ready what a run needs.
 *
 * @throws the system's error, or what `makeFifos` throws.
 */
export async function prepareRun({ keeper, clock }: HookPlace, one: HookRun, entries: readonly JournalEntry[]): Promise<void> {
  const { files } = one;
  writeFileSync(files.in, entries.map(formatEntry).join(''), { mode: 0o600 });
  if (!existsSync(files.err)) await keeper.makeFifos([files.err]);
  listenAgain({ clock }, one);
}

/**
 * Listens again to a run that is going.
 *
 * @throws the system's error.
 */
export function listenAgain({ clock }: Pick<HookPlace, 'clock'>, one: HookRun): void {
  one.lastLine = openLastLine(one.files.err, clock);
}

/**
 * What the keeper is to do.
 *
 * @throws PortsupError `START_FAILED` when a file with the value of a variable cannot be read.
 */
export function orderOf({ name, onEvent }: AppRecord, { run, files, env }: HookRun): SpawnOrder {
  if (!onEvent) throw new Error(`bug: ${name} has no command for events`);
  const { command: argv, cwd, envFiles = {} } = onEvent;
  return {
    do: 'spawn',
    key: hookKey(name),
    run,
    argv,
    cwd,
    env: { ...env, ...readValues(envFiles) },
    in: files.in,
    out: '/dev/null',
    err: files.err,
  };
}

/**
 * Lets go of what a run needed.
 *
 * @throws the system's error (EROFS, EACCES) when its input cannot be removed: it is in nobody's way.
 */
export function clearRun({ lastLine, files }: HookRun): void {
  lastLine?.close();
  rmSync(files.in, { force: true });
}

/** What is to be said of a run that has ended like this; null: nothing. Of one that another keeper has started nobody knows how. */
export function failureOf(
  { code, signal }: { readonly code: number | null; readonly signal: string | null },
  lastLine: string,
): string | null {
  if (signal === null && (code === 0 || code === null)) return null;
  const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
  return lastLine === '' ? how : `${how}: ${lastLine}`;
}
