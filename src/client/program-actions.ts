/** What a program has done: the methods of `PortsupClient` that start and stop. */
import { fileURLToPath } from 'node:url';
import { LONGEST_DELAY_MS, systemClock } from '../base/system-clock.js';
import type { ConfigExport } from '../config/define-config.js';
import type { Change, DaemonStatus, InputOf, Scope } from '../control/contract.js';
import type { BreakerVerb } from '../control/registry-rows.js';
import { type Action, type ActionRoute, perform, type ResultLine } from './action.js';
import { ActionError } from './action-error.js';
import { upBody, withDaemon } from './bring-up.js';
import { ask } from './call.js';
import { during, type Limits, type Ongoing } from './during.js';
import { untilEnded } from './ended.js';
import { isAlone, isDaemonThere, noDaemon } from './keeper.js';
import { ensureDaemon } from './launch.js';
import { configOf } from './load.js';
import { namesOf } from './names.js';
import type { ActionOptions, ActionResult, CallOptions, DownOptions, PlanOptions, StopOptions, UpOptions } from './options.js';
import { isEverything, noApplication, scopeOf } from './scope.js';
import type { Settings } from './settings.js';
import { successorOf } from './successor.js';
import { forgetMeant, isDown } from './take-down.js';

const keeperProgram = fileURLToPath(new URL('../bin/portsupd.js', import.meta.url));
/** The daemon answers at the limit, and says whom it has waited for: so much later it is clear that it does not. */
const ANSWER_MS = 1_000;

/** See `PortsupClient.up`. */
export function up(settings: Settings, config: ConfigExport | string | undefined, options: UpOptions): Promise<ActionResult> {
  const { names = [], forceRecreate = false, updateEnv = false, wait = true } = options;
  const mayStart = options.startDaemon ?? settings.startDaemon;
  const limit = limitOf(options);
  return during(settings, { ...options, ...limit }, async (call) => {
    const loaded = await configOf(settings, { config, profiles: options.profiles }, call);
    const wishes = { names: namesOf(names), forceRecreate, updateEnv, dryRun: false, wait, timeoutMs: limit.leftMs() };
    const input = upBody(loaded, call.env, wishes);
    const act = (): Promise<ResultLine> => done(call, options, { route: 'POST /v1/up', input, isRepeatable: true });
    const ensure = (): Promise<void> => ensureDaemon({ ...call, keeperProgram });
    const result = mayStart ? await withDaemon(call.layout.socket, { ensure, act }) : await act();
    return resultOf('start', result);
  });
}

/** See `PortsupClient.plan`. */
export function plan(settings: Settings, config: ConfigExport | string | undefined, options: PlanOptions): Promise<readonly Change[]> {
  const { names = [], forceRecreate = false, updateEnv = false } = options;
  return during(settings, options, async (call) => {
    const loaded = await configOf(settings, { config, profiles: options.profiles }, call);
    const wishes = { names: namesOf(names), forceRecreate, updateEnv, dryRun: true, wait: false, timeoutMs: undefined };
    const { changes } = await done(call, {}, { route: 'POST /v1/up', input: upBody(loaded, call.env, wishes), isRepeatable: true });
    return changes;
  });
}

/** The limit of a call that waits for services; `leftMs` is for the daemon, which has one of its own where nothing is said. */
function limitOf({ timeoutMs }: CallOptions): Limits & { readonly leftMs: () => number | undefined } {
  if (timeoutMs === undefined) return { leftMs: () => undefined };
  const until = systemClock.now() + timeoutMs;
  return { timeoutMs, answerMs: ANSWER_MS, leftMs: () => Math.min(LONGEST_DELAY_MS, Math.max(0, until - systemClock.now())) };
}

/** Which action by hand, and what it says besides the names. */
export type ByHand =
  | { readonly verb: 'start'; readonly options: ActionOptions; readonly args: readonly string[] | undefined }
  | { readonly verb: 'stop' | 'restart'; readonly options: StopOptions };

/** What is done to circuit breakers. */
export interface BreakerWork {
  readonly verb: BreakerVerb;
  readonly options: ActionOptions;
}

/** See `PortsupClient.start`, `stop` and `restart`. */
export function byHand(settings: Settings, names: string | readonly string[], action: ByHand): Promise<ActionResult> {
  const { verb, options } = action;
  const limit = limitOf(options);
  return during(settings, verb === 'start' ? { ...options, ...limit } : options, async (call) => {
    const selection = { ...scopeOf(settings), names: namesOf(names) };
    if (action.verb === 'start') {
      const input = { ...selection, args: action.args, timeoutMs: limit.leftMs() };
      return resultOf(verb, await done(call, options, { route: 'POST /v1/start', input, isRepeatable: true }));
    }
    const input = { ...selection, timeoutMs: action.options.graceMs };
    if (verb === 'stop') return resultOf(verb, await done(call, options, { route: 'POST /v1/stop', input, isRepeatable: true }));
    return resultOf(verb, await done(call, options, { route: 'POST /v1/restart', input, isRepeatable: true }));
  });
}

/** See `PortsupClient.breaker`. */
export function breaker(settings: Settings, names: string | readonly string[], work: BreakerWork): Promise<ActionResult> {
  const { verb, options } = work;
  const limit = limitOf(options);
  return during(settings, { ...options, ...limit }, async (call) => {
    const input = { ...scopeOf(settings), names: namesOf(names), verb, timeoutMs: limit.leftMs() };
    return resultOf('start', await done(call, options, { route: 'POST /v1/breaker', input, isRepeatable: true }));
  });
}

/** See `PortsupClient.down`. */
export function down(settings: Settings, options: DownOptions): Promise<ActionResult> {
  const { all = false, graceMs } = options;
  return during(settings, options, (call) => {
    const scope = all ? {} : scopeOf(settings);
    if (!all && isEverything(scope))
      throw noApplication(settings.cwd, 'give the client an app, a file or a cwd, or take down all with { all: true }');
    return takeDown(call, scope, () =>
      done(call, options, { route: 'POST /v1/down', input: { ...scope, all, timeoutMs: graceMs }, isRepeatable: true }),
    );
  });
}

/** See `PortsupClient.stopDaemon`. */
export function stopDaemon(settings: Settings, options: StopOptions): Promise<ActionResult> {
  const input = { timeoutMs: options.graceMs };
  return during(settings, options, (call) =>
    takeDown(call, {}, () => done(call, options, { route: 'POST /v1/daemon/stop', input, isRepeatable: true })),
  );
}

/** See `PortsupClient.startDaemon`. */
export function startDaemon(settings: Settings, options: CallOptions): Promise<DaemonStatus> {
  return during(settings, options, async (call) => {
    await ensureDaemon({ ...call, keeperProgram });
    return ask(call, { route: 'GET /v1/daemon', signal: call.signal }, {});
  });
}

/** See `PortsupClient.restartDaemon`. */
export function restartDaemon(settings: Settings, options: CallOptions): Promise<DaemonStatus> {
  return during(settings, options, async (call) => {
    const { pid } = await ask(call, { route: 'POST /v1/daemon/restart', signal: call.signal }, { program: null });
    return successorOf(call, pid, call.signal);
  });
}

/** Takes down by `act` what a daemon holds; without one, what would be brought up again after a reboot. */
async function takeDown(call: Ongoing, scope: Scope, act: () => Promise<ResultLine>): Promise<ActionResult> {
  const { layout, signal } = call;
  try {
    if (!(await isDaemonThere(layout, signal)) && isAlone(layout)) throw noDaemon(layout);
    const result = await act();
    await untilEnded(result.ends, signal);
    return resultOf('stop', result);
  } catch (error) {
    if (!isDown(layout, error)) throw error;
  }
  signal.throwIfAborted();
  forgetMeant(layout, scope);
  return { app: scope.app ?? null, rows: [], changes: [], failures: [] };
}

async function done<R extends ActionRoute>(
  call: Ongoing,
  { onProgress }: ActionOptions,
  action: { readonly route: R; readonly input: InputOf<R>; readonly isRepeatable: boolean },
): Promise<ResultLine> {
  const tell: Action<R>['onProgress'] = ({ done: reached, total, waitingFor }) => onProgress?.({ done: reached, total, waitingFor });
  const result = await perform(call, { ...action, laterHint: 'ps() shows what came of it', signal: call.signal, onProgress: tell });
  if (result) return result;
  throw call.signal.reason;
}

/** @throws {@link ActionError} when something failed. */
function resultOf(verb: 'start' | 'restart' | 'stop', { app, rows, changes, failures }: ResultLine): ActionResult {
  const result: ActionResult = { app, rows, changes, failures };
  if (failures.length > 0) throw new ActionError(verb, result);
  return result;
}
