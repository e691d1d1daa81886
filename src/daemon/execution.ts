/** How a run is executed: what the keeper is told for it, and where it may leave its exit code. */
import { messageOf } from '../base/errors.js';
import { APPENDING_PROTOCOL, type SpawnOrder, UMASK_PROTOCOL } from '../keeper/protocol.js';
import type { Account } from '../ports/accounts.js';
import { type LaunchPlan, planLaunch, whoOf, whyUnexecuted } from '../ports/launch.js';
import { explainStartError } from '../ports/start-error.js';
import { exitPlaceOf, linkExitPlace, makeExitPlace, removeExitPlace } from './exit-place.js';
import { givePipes } from './pipe-owner.js';
import { type Execution, keyOf, type Port, type PortRegistryOptions } from './port.js';
import { endRawFile, rawFile } from './raw-output.js';

/** What it takes: the keeper, folders, and somebody to tell of what stops nothing. */
export type ExecutionOptions = Pick<PortRegistryOptions, 'keeper' | 'layout' | 'logs' | 'clock' | 'warn'>;

/** A way to execute a run. */
export type Way = Extract<LaunchPlan, { ok: true }>;

/** As whom; null: as ourselves. */
export const accountOf = ({ user }: Pick<Execution, 'user'>): Account | null => (user.kind === 'other' ? user.account : null);

/** The number of the user that it runs as. */
export const uidOf = (execution: Pick<Execution, 'user'>): number => accountOf(execution)?.uid ?? process.geteuid?.() ?? 0;

/** How this can be executed as we are and as the machine is now, or why it cannot be. */
export function wayOf(
  execution: Pick<Execution, 'argv' | 'cwd' | 'env' | 'user' | 'attributes'>,
  { keeper }: Pick<ExecutionOptions, 'keeper'>,
): LaunchPlan {
  const { user, attributes } = execution;
  if (user.kind === 'unknown' || user.kind === 'forbidden') return { ok: false, problem: `${user.problem}: ${user.remedy}` };
  const { nice, umask, limits, descriptor } = attributes;
  const isPlain = user.kind === 'own' && nice === null && umask === null && limits.nofile === null && limits.core === null && !descriptor;
  if (isPlain) return { ok: true, argv: execution.argv, env: execution.env, umask: undefined, before: [] };
  return planLaunch(
    { ...execution, account: accountOf(execution) },
    { keeperPid: keeper.pid, hasUmask: keeper.protocol() >= UMASK_PROTOCOL },
  );
}

/** What the keeper is to do. Its pipes are made ready for whoever it runs as. */
export function spawnOrder(port: Port, { run, execution, way }: RunWay, options: ExecutionOptions): SpawnOrder {
  const { app, path, fifos } = port;
  const { cwd, stdin, writesExit } = execution;
  const { out, err } = outputOf(port, options);
  const uid = uidOf(execution);
  try {
    givePipes([fifos.in, out, err], uid);
  } catch (error) {
    // EPERM: a file system that knows no owners. It writes all the same, as the keeper has opened them.
    options.warn(`${keyOf(app, path)}: /dev/stdin, /dev/stdout and /dev/stderr cannot be opened anew: ${messageOf(error)}`);
  }
  port.exitPlace = null;
  const exitFile = writesExit ? exitFileFor(port, uid, options) : null;
  const env = exitFile === null ? way.env : { ...way.env, PORTSUP_EXIT_FILE: exitFile };
  const input = stdin === 'pipe' ? fifos.in : null;
  const exit = writesExit ? fifos.exit : null;
  const order = { do: 'spawn', key: keyOf(app, path), run, argv: way.argv, cwd, env, in: input, out, err, exit } as const;
  return way.umask === undefined ? order : { ...order, umask: way.umask };
}

interface RunWay {
  readonly run: number;
  readonly execution: Execution;
  readonly way: Way;
}

/** What the next run writes its output into. */
function outputOf({ app, path, fifos }: Port, options: ExecutionOptions): { readonly out: string; readonly err: string } {
  const log = options.logs.of(app, path);
  if (log.policy.mode !== 'raw') endRawFile(log, options.clock);
  if (log.policy.mode === 'none') return { out: '/dev/null', err: '/dev/null' };
  if (log.policy.mode !== 'raw' || options.keeper.protocol() < APPENDING_PROTOCOL) return fifos;
  try {
    const file = rawFile(log, options.clock);
    return { out: file, err: file };
  } catch (error) {
    options.warn(`${keyOf(app, path)}: its output is captured, as it cannot write its file itself: ${messageOf(error)}`);
    return fifos;
  }
}

/** Where a run of this user may write its exit code; null where it cannot. */
function exitFileFor(port: Port, uid: number, { layout, warn }: ExecutionOptions): string | null {
  if (uid === process.geteuid?.()) return port.fifos.exit;
  const place = exitPlaceOf(layout.home, port.fifos.exit);
  try {
    makeExitPlace(place, uid);
    port.exitPlace = place;
    return place;
  } catch (error) {
    warn(`${keyOf(port.app, port.path)}: it cannot be given a file for its exit code: ${messageOf(error)}`);
    return null;
  }
}

/** Why the keeper could not execute it. */
export function explainFailed({ execution }: Port, { errno, message }: { readonly errno: string; readonly message: string }): string {
  return execution ? explainStartError({ ...execution, who: whoOf(accountOf(execution)), errno, message }) : message;
}

/** Why a run that was not seen as its program has failed to become it; undefined: it may have, and have ended with this code. */
export const whyFailed = ({ execution }: Port, code: number | null): string | undefined =>
  execution ? whyUnexecuted({ ...execution, account: accountOf(execution) }, code) : undefined;

/** Its keeper has just executed it, and looks for its exit code among its pipes. */
export function linkExit(port: Port, { warn }: Pick<ExecutionOptions, 'warn'>): void {
  if (port.exitPlace === null) return;
  try {
    linkExitPlace(port.exitPlace, port.fifos.exit);
  } catch (error) {
    warn(`${keyOf(port.app, port.path)}: what it writes as its exit code will not be found: ${messageOf(error)}`);
  }
}

/** Nobody asks for its exit code any more. An earlier daemon may have made the place for it. */
export function releaseExit(port: Port, { layout, warn }: Pick<ExecutionOptions, 'layout' | 'warn'>): void {
  // Only root has users that need one.
  if (process.geteuid?.() !== 0) return;
  try {
    removeExitPlace(exitPlaceOf(layout.home, port.fifos.exit), port.fifos.exit);
  } catch (error) {
    warn(`${keyOf(port.app, port.path)}: the file for its exit code cannot be removed: ${messageOf(error)}`);
  }
}
