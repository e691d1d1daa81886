/** The marker that every process of a run carries in its environment, and how it is recognised there. Pure. */
import { homeLayout } from '../base/home.js';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Whose run it is: the three variables of the marker, and the home of the portsup that set them. */
export interface RunMarker {
  readonly app: string;
  readonly path: string;
  readonly run: number;
  /** As {@link homeIn} tells it of the environment that the run was given. */
  readonly home: string;
}

/** What an environment can be told apart by before it is taken to pieces. */
const FIRST_LOOK = 'PORTSUP_RUN=';

/** Can this be the environment of a process of any run, of whichever home? */
export const hasMarker = (environ: Buffer): boolean => environ.includes(FIRST_LOOK);

/** The marker in an environment (as /proc/PID/environ holds it: `NAME=value`, each ended by NUL); undefined if it is of no run of ours. */
export function markerIn(environ: Buffer, userHome: string): RunMarker | undefined {
  if (!hasMarker(environ)) return undefined;
  const env = parseEnviron(environ);
  const { PORTSUP_APP: app, PORTSUP_SERVICE: path, PORTSUP_RUN: run } = env;
  if (app === undefined || path === undefined || run === undefined || String(Number(run)) !== run) return undefined;
  return { app, path, run: Number(run), home: homeIn(env, userHome) };
}

/** Is this a marker of those that are asked for? What is not asked for does not matter. */
export const isWanted = (marker: RunMarker, { home, app, path, run }: Partial<RunMarker>): boolean =>
  (home === undefined || marker.home === home) &&
  (app === undefined || marker.app === app) &&
  (path === undefined || marker.path === path) &&
  (run === undefined || marker.run === run);

/**
 * The home that a portsup in this environment would have. Unlike `ownHome` it goes by the environment's own HOME: two portsups of
 * one person may differ in nothing else. `userHome` stands in where there is none.
 */
export const homeIn = (env: Environment, userHome: string): string =>
  homeLayout({ env, userHome: env['HOME'] || userHome, isOurFolder: () => false }).home;

/** Variables of an environment block. Values may hold "=" and newlines; of a name that comes twice the first counts, as for getenv(3). */
export function parseEnviron(environ: Buffer): Environment {
  const env: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const entry of environ.toString('utf8').split('\0')) {
    const end = entry.indexOf('=');
    if (end <= 0) continue;
    env[entry.slice(0, end)] ??= entry.slice(end + 1);
  }
  return env;
}
