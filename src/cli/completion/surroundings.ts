/** What there is to name: of the daemon if one runs, else of the configuration. Nothing is started for that, and nothing waited for long. */
import { homedir } from 'node:os';
import { basename } from 'node:path';
import { PortsupError } from '../../base/errors.js';
import type { HomeLayout } from '../../base/home.js';
import { findConfig } from '../../config/find.js';
import { outlineOf } from '../../config/outline.js';
import { request } from '../../control/client.js';
import type { AlarmRow, InputOf, PsRow } from '../../control/contract.js';
import type { Place } from './addresses.js';
import type { Unfinished } from './unfinished.js';

/** What kind of name is wanted. */
export type NamedKind = 'name' | 'application' | 'profile' | 'alarm';

/** What can be named. */
export interface Surroundings {
  readonly places: readonly Place[];
  /** The application of this folder, as far as it is needed to tell what a name means. */
  readonly home: string | undefined;
  readonly profiles: readonly string[];
  /** Those that other programs have set; only where they are wanted. */
  readonly alarms?: readonly Pick<AlarmRow, 'id' | 'text'>[] | undefined;
}

const NOTHING: Surroundings = { places: [], home: undefined, profiles: [] };

/** Where to look. */
export interface Standpoint {
  readonly layout: HomeLayout;
  readonly cwd: string;
  /** Ends the waiting for a daemon. */
  readonly signal: AbortSignal;
}

/** What an unfinished line may name. Empty where nothing can be told. */
export async function surroundingsOf(line: Unfinished, kind: NamedKind, standpoint: Standpoint): Promise<Surroundings> {
  return kind === 'alarm' ? { ...NOTHING, alarms: await alarmsOf(standpoint) } : placesOf(line, kind, standpoint);
}

async function placesOf(line: Unfinished, kind: Exclude<NamedKind, 'alarm'>, standpoint: Standpoint): Promise<Surroundings> {
  const files = configsOf(line, standpoint.cwd);
  // What is to be brought up, and with which profile, is what the configuration says, whatever runs.
  const isUp = line.command?.name === 'up' && kind === 'name';
  const declared = isUp || kind === 'profile' ? await outlined(files) : undefined;
  if (declared !== undefined || kind === 'profile') return declared ?? NOTHING;
  const rows = await rowsOf(standpoint, { all: true });
  if (rows === undefined || rows.length === 0) return (await outlined(files)) ?? NOTHING;
  const apps = new Set(rows.map(({ app }) => app));
  // With one application there is nothing to tell apart, but `up` is never about another one.
  const isHomeNeeded = isUp || (apps.size > 1 && !line.given.has('all') && !line.given.has('app'));
  const [here] = files;
  const own = isHomeNeeded && here !== undefined ? await rowsOf(standpoint, { all: false, here }) : undefined;
  return { places: isUp ? (own ?? []).map(placeOf) : rows.map(placeOf), home: own?.[0]?.app, profiles: [] };
}

/** The configuration that the line means, by `-f` or by the folder; the first one is that of the application. */
function configsOf({ given }: Unfinished, cwd: string): readonly string[] {
  const named = given.get('file') ?? [];
  return (named.length === 0 ? [undefined] : named).flatMap((file) => {
    try {
      // The shell has not run the line yet.
      return findConfig(cwd, file?.replace(/^~(?=\/)/, homedir())) ?? [];
    } catch (error) {
      if (error instanceof PortsupError) return [];
      throw error;
    }
  });
}

/** portsup's own are not for people to set or clear. */
async function alarmsOf({ layout, signal }: Standpoint): Promise<readonly AlarmRow[]> {
  try {
    const rows = await request({ socket: layout.socket, route: 'GET /v1/alarms', input: { all: true }, signal });
    return rows.filter(({ source }) => source === 'outside');
  } catch (error) {
    if (error instanceof PortsupError) return [];
    throw error;
  }
}

/** Undefined: nobody answers, or not in time. */
async function rowsOf(
  { layout, signal }: Standpoint,
  query: Pick<InputOf<'GET /v1/ps'>, 'all' | 'here'>,
): Promise<readonly PsRow[] | undefined> {
  try {
    return await request({ socket: layout.socket, route: 'GET /v1/ps', input: { ...query, names: [], usage: false }, signal });
  } catch (error) {
    if (error instanceof PortsupError) return undefined;
    throw error;
  }
}

function placeOf({ app, path, kind, state }: PsRow): Place {
  const what = path === '' ? 'application' : kind;
  return { app, path, text: `${what}, ${state}` };
}

/** Undefined: none of them tells anything. */
async function outlined(files: readonly string[]): Promise<Surroundings | undefined> {
  const outline = await outlineOf(files);
  const [main] = files;
  if (outline === undefined || main === undefined) return undefined;
  const { app, places, profiles } = outline;
  const all = [{ path: '', file: main }, ...places];
  return { places: all.map(({ path, file }) => ({ app, path, text: `in ${basename(file)}` })), home: app, profiles };
}
