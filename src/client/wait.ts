/** Waits until something is so, over the deaths of daemons. */
import { formatDuration } from '../base/duration.js';
import { PortsupError } from '../base/errors.js';
import { systemClock } from '../base/system-clock.js';
import type { InputOf, Scope } from '../control/contract.js';
import type { WaitedFor, WaitFor, WaitRow } from '../control/registry-rows.js';
import { type Caller, followOn } from './call.js';
import { isAlone } from './keeper.js';

/** What is waited for. */
export interface Waiting {
  readonly scope: Scope;
  readonly names: readonly string[];
  readonly until: WaitFor;
  /** Milliseconds; undefined: as long as it takes. */
  readonly limitMs: number | undefined;
  readonly signal: AbortSignal;
  /** Told who is still waited for, and of how many, each time that it changes. */
  readonly onWaiting: (waitingFor: readonly WaitedFor[], total: number) => void;
}

/** What the daemons have said so far. */
interface Heard {
  places: readonly string[];
  waitingFor: readonly WaitedFor[];
}

/**
 * What came of each name, in their order; undefined when `signal` has aborted.
 *
 * @throws {@link PortsupError} `TIMEOUT` when the time is over; `FAILED` or `START_FAILED` with the cause when it cannot come true any more; what `followOn`
 * throws.
 */
export async function waitUntil(caller: Caller, waiting: Waiting): Promise<readonly WaitRow[] | undefined> {
  const { limitMs, signal } = waiting;
  const over = new AbortController();
  const end = (): void => over.abort();
  signal.addEventListener('abort', end);
  let isLate = false;
  const late = (): void => {
    isLate = true;
    end();
  };
  const cancel = limitMs === undefined ? undefined : systemClock.after(limitMs, late);
  const heard: Heard = { places: [], waitingFor: [] };
  try {
    if (signal.aborted) return undefined;
    const awaited = await answered(caller, { ...waiting, signal: over.signal }, heard);
    if (awaited || signal.aborted) return awaited;
    if (isLate) throw tooLate(waiting, heard);
    return afterTheLast(waiting, heard);
  } finally {
    cancel?.();
    signal.removeEventListener('abort', end);
  }
}

/** Undefined: nobody answers any more, or nobody waits. */
async function answered(
  caller: Caller,
  { scope, names, until, signal, onWaiting }: Waiting,
  heard: Heard,
): Promise<readonly WaitRow[] | undefined> {
  const input: InputOf<'GET /v1/wait'> = { ...scope, names, until, places: [] };
  // Whom the first daemon took the names for is meant, whatever they would mean to the next one.
  const again = (): InputOf<'GET /v1/wait'> => (heard.places.length > 0 ? { ...input, names: [], places: heard.places } : input);
  try {
    for await (const lines of followOn(caller, { route: 'GET /v1/wait', signal }, { input, again })) {
      for (const line of lines) {
        if (line.type === 'done') return line.awaited;
        if (line.type === 'error') throw new PortsupError(line.error.code, line.error.message, line.error.hint);
        ({ places: heard.places, waitingFor: heard.waitingFor } = line);
        onWaiting(line.waitingFor, line.places.length);
      }
    }
    return undefined;
  } catch (error) {
    // Where no daemon is nothing runs, unless services have been left alone.
    const isNothingUp = error instanceof PortsupError && error.code === 'DAEMON_NOT_RUNNING' && !isAlone(caller.layout);
    if (isNothingUp && isByAbsence(until)) return undefined;
    throw error;
  }
}

const isByAbsence = (until: WaitFor): boolean => until === 'stopped' || until === 'gone';

/** The last daemon has ended in order: nothing is up. */
function afterTheLast({ until, names }: Waiting, { places }: Heard): readonly WaitRow[] {
  if (isByAbsence(until)) {
    const meant = places.length > 0 ? places.map(placeOf) : names.map((path) => ({ app: null, path }));
    return meant.map((place) => ({ ...place, run: null, exit: null, code: null }));
  }
  const what = until === 'ready' ? 'everything was taken down' : 'everything was taken down before its end could be told';
  throw new PortsupError('FAILED', what, '"portsup up" brings it up again');
}

/** Of "app:path". */
function placeOf(place: string): { readonly app: string | null; readonly path: string } {
  const colon = place.indexOf(':');
  return { app: place.slice(0, colon) || null, path: place.slice(colon + 1) };
}

function tooLate({ until, limitMs, names }: Waiting, { waitingFor }: Heard): PortsupError {
  const whom = waitingFor.map(({ app, path, state }) => `${path || app} (${state ?? 'not there'})`).join(', ') || names.join(', ');
  return new PortsupError(
    'TIMEOUT',
    `not ${WORDS[until]} after ${formatDuration(limitMs ?? 0)}: ${whom}`,
    'wait longer, or see "portsup ps"',
  );
}

const WORDS: Readonly<Record<WaitFor, string>> = { ready: 'ready', stopped: 'stopped', exit: 'ended', gone: 'gone' };
