/** What there is to name: of the daemon if one runs, else of the configuration. Nothing is started for that, and nothing waited for long. */
import { homedir } from 'node:os';
import { basename } from 'node:path';
import { PortsupError } from '../../base/errors.js';
import type { HomeLayout } from '../../base/home.js';
import { findConfig } from '../../config/find.js';
import { type Outline, outlineOf } from '../../config/outline.js';
import { request } from '../../control/client.js';
import type { InputOf, PsRow } from '../../control/contract.js';
import type { Place } from './addresses.js';
import type { Unfinished } from './unfinished.js';

/** What can be named. */
export interface Surroundings {
  readonly places: readonly Place[];
  /** The application of this folder, as far as it is needed to tell what a name means. */
  readonly home: string | undefined;
  readonly profiles: readonly string[];
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
export async function surroundingsOf(line: Unfinished, standpoint: Standpoint): Promise<Surroundings> {
  const file = configOf(line, standpoint.cwd);
  const isUp = line.command?.name === 'up';
  // What is to be brought up, and with which profile, is what the configuration says, whatever runs.
  const declared = isUp || line.pending?.name === 'profile' ? await outlined(file) : NOTHING;
  if (declared !== NOTHING || (isUp && file === undefined)) return declared;
  const rows = await rowsOf(standpoint, { all: true });
  if (rows === undefined || rows.length === 0) return outlined(file);
  const apps = new Set(rows.map(({ app }) => app));
  // With one application there is nothing to tell apart.
  const isHomeNeeded = isUp || (apps.size > 1 && !line.given.has('all') && !line.given.has('app'));
  const own = isHomeNeeded && file !== undefined ? await rowsOf(standpoint, { all: false, here: file }) : undefined;
  return { places: rows.map(placeOf), home: own?.[0]?.app, profiles: [] };
}

/** The configuration that the line means, by `-f` or by the folder. */
function configOf({ given }: Unfinished, cwd: string): string | undefined {
  // The shell has not run the line yet.
  const file = given
    .get('file')
    ?.at(-1)
    ?.replace(/^~(?=\/)/, homedir());
  try {
    return findConfig(cwd, file);
  } catch (error) {
    if (error instanceof PortsupError) return undefined;
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

async function outlined(file: string | undefined): Promise<Surroundings> {
  const outline = file === undefined ? undefined : await outlineOf(file);
  return outline === undefined || file === undefined ? NOTHING : asSurroundings(outline, file);
}

const asSurroundings = ({ app, paths, profiles }: Outline, file: string): Surroundings => ({
  places: ['', ...paths].map((path) => ({ app, path, text: `in ${basename(file)}` })),
  home: app,
  profiles,
});
