/**
 * One run of a command for events, as the keeper is to execute it. Its standard input is a file: it holds all events before the
 * program begins, so nobody has to wait for who reads slowly, and a daemon that dies takes none of them with it.
 */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import type { Clock } from '../base/clock.js';
import type { HomeLayout } from '../base/home.js';
import { fileStem } from '../base/names.js';
import type { HookBody } from '../control/contract.js';
import { formatEntry, type JournalEntry } from '../journal/entry.js';
import type { Held, SpawnOrder } from '../keeper/protocol.js';
import type { KeeperClient } from '../ports/keeper-client.js';
import { type LastLine, openLastLine } from '../ports/last-line.js';
import type { AppRecord } from './app-registry.js';
import { type HookName, type HookPath, hookKey } from './hook-name.js';
import { markedEnvironment } from './service-environment.js';
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
  readonly layout: Pick<HomeLayout, 'fifos' | 'home'>;
  readonly clock: Clock;
  readonly keeper: Pick<KeeperClient, 'makeFifos'>;
}

/** A run that is about to be, or that an earlier daemon has started (`held`: for an earlier keeper, which may have had another folder). */
export function hookRun(place: HookPlace, name: HookName, { run, record, held }: HookOf): HookRun {
  const base = `${place.layout.fifos}/${fileStem(name.app, name.path)}`;
  const files = { in: held?.in ?? `${base}.in`, err: held?.err ?? `${base}.err` };
  return { run, files, env: hookEnvironment(record, { ...name, run }, place.layout.home), lastLine: null, pid: null };
}

/** What an application runs for its events, or its alarms; null: nothing. */
export const commandOf = (record: AppRecord | undefined, path: HookPath): HookBody | null =>
  (path === '@on_event' ? record?.onEvent : record?.onAlarm?.command) ?? null;

/**
 * The environment of a run, without the values that stand in files. Of an application that is gone there is none any more; but that its runs are of the
 * portsup in this `home` is known all the same, and what they have left behind is found by that.
 */
export const hookEnvironment = (
  record: AppRecord | undefined,
  name: HookName & { readonly run: number },
  home: string,
): Record<string, string> =>
  markedEnvironment(record?.env ?? { PORTSUP_HOME: home }, { env: commandOf(record, name.path)?.env ?? {} }, name);

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
export function orderOf(record: AppRecord, path: HookPath, { run, files, env }: HookRun): SpawnOrder {
  const command = commandOf(record, path);
  if (!command) throw new Error(`bug: ${record.name} has no command for ${path}`);
  const { command: argv, cwd, envFiles = {} } = command;
  return {
    do: 'spawn',
    key: hookKey({ app: record.name, path }),
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
