/**
 * `call`: asks a service something, and never hangs. As Erlang's `gen:call`: the run that is called is monitored, and there are three outcomes, of which
 * the first counts: its reply, its end, or the end of the time.
 *
 * A service that is being started is waited for, and one that is started by calls is started, all within the time of the call.
 */
import type { Millis } from '../../base/clock.js';
import { PortsupError } from '../../base/errors.js';
import { isLiving, readProcess } from '../../base/process-stat.js';
import type { Answer, Json } from '../../calls/answer.js';
import type { CallOutcome, InputOf } from '../../control/contract.js';
import type { Service } from '../../supervision/tree.js';
import { type DaemonContext, refuseWhileEnding } from '../context.js';
import { isServicePlace, type Placed } from '../view.js';
import { placeNamed } from '../whereis.js';
import { type Callee, calleeAt, wayBack } from './callee.js';
import { openLimit, soon, whenAborted } from './limit.js';
import { isBeingStopped, type LiveRun, untilEnded } from './run-end.js';
import { speak } from './speak.js';

/** A run whose connection broke is most likely ending: the kernel closes its sockets a little before its parent hears of it. */
const DYING_MS: Millis = 300;
/** What a run has answered before it ended is still on its way to us when its end is told. */
const LAST_WORDS_MS: Millis = 100;

type CallBody = InputOf<'POST /v1/call'>;

/** What is asked, and until when. */
interface Asked {
  readonly method: string;
  readonly args: readonly Json[];
  readonly timeoutMs: Millis;
  /** Aborted when the time is over, or the caller has gone. */
  readonly signal: AbortSignal;
}

/**
 * Calls one service.
 *
 * @throws {@link PortsupError} `USAGE` for what cannot be called, or not in this way; `FAILED` when too many calls are under way; as `placeNamed`.
 */
export async function call(context: DaemonContext, body: CallBody, gone: AbortSignal): Promise<CallOutcome> {
  const { app, path } = calledBy(context, body);
  const release = context.calls.flights.begin({ app, path });
  const limit = openLimit(context.clock, body.timeoutMs, gone);
  try {
    const asked = { ...body, args: await checkedArgs(body.args), signal: limit.signal };
    return await callWithin(context, { app, path }, asked);
  } finally {
    limit.close();
    release();
  }
}

/** The one service that is meant, which says how it is called. */
function calledBy(context: DaemonContext, body: CallBody): Placed<Service> {
  const place = placeNamed(context, body, 'a call is of one service; name it');
  if (!isServicePlace(place)) throw new PortsupError('USAGE', `${place.path || place.app} is a supervisor`, 'only a service can be called');
  const { call: how, logs, stdin } = place.node.spec;
  if (how === null) {
    const hint = 'say how in its configuration, with "call": {xmlrpc: URL}, {jsonrpc: URL}, {jsonrpc: stdio} or {http: URL}';
    throw new PortsupError('USAGE', `${place.path} does not say how it is called`, hint);
  }
  const isByLines = how.by === 'jsonrpc' && how.url === null;
  if (isByLines && (logs.mode === 'none' || stdin === 'null'))
    throw new PortsupError('USAGE', `${place.path} cannot be called over stdio`, 'that takes "stdin: pipe", and "logs" other than "none"');
  return place;
}

async function checkedArgs(args: readonly unknown[]): Promise<readonly Json[]> {
  const { isTooDeep, MAX_DEPTH } = await import('../../calls/answer.js');
  if (isTooDeep(args)) throw new PortsupError('USAGE', `an argument is nested deeper than ${MAX_DEPTH} levels`, 'send something flatter');
  // They came as JSON.
  return args as readonly Json[];
}

async function callWithin(context: DaemonContext, { app, path }: Pick<LiveRun, 'app' | 'path'>, asked: Asked): Promise<CallOutcome> {
  const callee = await untilUp(context, { app, path }, asked.signal);
  if (callee === undefined) return late(asked, null);
  if (callee.is === 'down') return { ...callee.down, hint: wayBack(context.runtime.forest().apps[app]?.root, { app, path }) };
  const { run, pid, service } = callee;
  const over = new AbortController();
  try {
    const live = { app, path, run, pid };
    const ended = untilEnded(context, live, over.signal);
    const answered = speak(context, { live, spec: service.spec, ...asked, signal: over.signal });
    return (await firstOf(context, { live, ended, answered }, asked.signal)) ?? late(asked, run);
  } finally {
    over.abort();
  }
}

const late = ({ timeoutMs }: Asked, run: number | null): CallOutcome => ({ outcome: 'timeout', afterMs: timeoutMs, run });

/** Waits until there is a run that is ready, or it is clear that there will be none. Undefined: the time was over. */
async function untilUp(
  context: DaemonContext,
  { app, path }: Pick<LiveRun, 'app' | 'path'>,
  signal: AbortSignal,
): Promise<Extract<Callee, { is: 'up' | 'down' }> | undefined> {
  let isAsked = false;
  const look = (): Callee => calleeAt(context.runtime.forest().apps[app]?.root, path, isAsked);
  for (let callee = look(); ; callee = look()) {
    if (callee.is === 'up' || callee.is === 'down') return callee;
    if (signal.aborted) return undefined;
    if (callee.is === 'startable') {
      refuseWhileEnding(context);
      isAsked = true;
      context.runtime.post({ type: 'start-asked', app, path });
    } else await changed(context, signal);
  }
}

function changed({ runtime }: DaemonContext, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      unwatch();
      signal.removeEventListener('abort', settle);
      resolve();
    };
    const unwatch = runtime.onChange(settle);
    signal.addEventListener('abort', settle);
  });
}

interface Race {
  readonly live: LiveRun;
  readonly ended: ReturnType<typeof untilEnded>;
  readonly answered: Promise<Answer>;
}

/** Undefined: the time was over. */
async function firstOf(context: DaemonContext, { live, ended, answered }: Race, signal: AbortSignal): Promise<CallOutcome | undefined> {
  const { clock } = context;
  const first = await Promise.race([answered, ended, whenAborted(signal)]);
  if (first === undefined) return undefined;
  if ('outcome' in first) {
    const last = await soon(clock, answered, { waitMs: LAST_WORDS_MS, signal });
    return last && !isBroken(last) ? replyOf(last) : first;
  }
  if (!isBroken(first)) return replyOf(first);
  const down = await soon(clock, ended, { waitMs: DYING_MS, signal });
  if (down) return down;
  if (!signal.aborted && isAlive(live.pid) && !isBeingStopped(context, live)) return replyOf(first);
  // Of one that has ended, or is about to, we hear (its core may still be written), and then that is the cause.
  return Promise.race([ended, whenAborted(signal)]);
}

const isBroken = (answer: Answer): boolean => answer.kind === 'error' && answer.reason === 'connection';

const replyOf = (answer: Answer): CallOutcome => ({ outcome: 'reply', ...answer });

/** Where the system does not show it (macOS) it is taken for alive. */
function isAlive(pid: number): boolean {
  if (process.platform !== 'linux') return true;
  const found = readProcess(pid);
  return found !== undefined && isLiving(found);
}
