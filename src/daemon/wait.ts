/** `wait`: answers when what is waited for is so, or cannot come true any more. */
import { PortsupError } from '../base/errors.js';
import type { InputOf } from '../control/contract.js';
import type { WaitedFor, WaitFor, WaitLine, WaitRow } from '../control/registry-rows.js';
import type { LineStream } from '../control/streams.js';
import { stateOf } from '../supervision/state-name.js';
import { findNode, type Node } from '../supervision/tree.js';
import type { DaemonContext } from './context.js';
import { outlookOf } from './outlook.js';
import { endTold, isEndOfRun, isToCome, pastEnd, type RunEnd, runMeant } from './run-end.js';
import { resolveNames } from './select.js';
import { whereOf } from './whereis.js';

/** Whom a wait is about. `app` "": nobody had this name. */
interface Target {
  readonly app: string;
  readonly path: string;
  /** Of `exit`: the run that is meant. */
  readonly run: number | null;
}

/** The end of each run that is waited for, as soon as it is known. */
type Ends = Map<Target, RunEnd>;

/** Tells whom it waits for, until that is over; see `WaitLine`. */
export async function wait(context: DaemonContext, query: InputOf<'GET /v1/wait'>, stream: LineStream<WaitLine>): Promise<void> {
  const until = query.until ?? 'ready';
  const targets = targetsOf(context, query, until);
  const ends: Ends = new Map();
  // From the moment on in which it was looked whose run is meant: no end is missed.
  const unsubscribe = context.feed.subscribe((entry) => {
    if (!isEndOfRun(entry)) return;
    const meant = targets.find(({ app, path, run }) => app === entry.app && path === entry.path && run === entry.run);
    if (meant && !ends.has(meant)) ends.set(meant, endTold(entry));
  });
  try {
    if (until === 'exit') await lookBack(context, targets, ends);
    await untilSo(context, stream, () => lookAt(context, { targets, until, ends }));
  } finally {
    unsubscribe();
  }
}

/** What a look shows: it is over, or who is still waited for. */
type Look = Exclude<WaitLine, { readonly type: 'error' }> | PortsupError;

function untilSo({ runtime }: DaemonContext, stream: LineStream<WaitLine>, look: () => Look): Promise<void> {
  return new Promise((resolve) => {
    let told = '';
    let isReading = true;
    const finish = (): void => {
      unsubscribe();
      stream.signal.removeEventListener('abort', finish);
      resolve();
    };
    const check = (): void => {
      const seen = look();
      const line: WaitLine = seen instanceof PortsupError ? { type: 'error', error: wireError(seen) } : seen;
      const text = JSON.stringify(line);
      // Who does not read (a command line halted by Ctrl-Z) is told nothing more until it does, but for the end.
      if (line.type === 'waiting' && (text === told || !isReading)) return;
      told = text;
      if (!stream.write(line)) {
        isReading = false;
        // Never rejects; nobody waits for it.
        void stream.drained().then(() => {
          isReading = true;
        });
      }
      if (line.type !== 'waiting') finish();
    };
    const unsubscribe = runtime.onChange(check);
    stream.signal.addEventListener('abort', finish);
    if (stream.signal.aborted) finish();
    else check();
  });
}

const wireError = ({ code, message, hint }: PortsupError): Extract<WaitLine, { type: 'error' }>['error'] => ({ code, message, hint });

interface Wanted {
  readonly targets: readonly Target[];
  readonly until: WaitFor;
  readonly ends: Ends;
}

function lookAt({ runtime }: DaemonContext, { targets, until, ends }: Wanted): Look {
  const { apps } = runtime.forest();
  const waitingFor: WaitedFor[] = [];
  const awaited: WaitRow[] = [];
  for (const target of targets) {
    const { app, path } = target;
    const root = apps[app]?.root;
    const node = root && findNode(root, path);
    const seen = until === 'exit' ? (ends.get(target) ?? unended(target, node)) : outlookOf({ app, path, root }, until);
    if (seen instanceof PortsupError) return seen;
    if (seen === 'possible') waitingFor.push({ app, path, state: node ? stateOf(node) : null });
    else awaited.push(seen === 'reached' ? reachedBy(target, node) : seen);
  }
  const places = targets.map(({ app, path, run }) => `${app}:${path}${run === null ? '' : `@${run}`}`);
  return waitingFor.length > 0 ? { type: 'waiting', places, waitingFor } : { type: 'done', awaited };
}

/** Of whom no end is known: it is still to come, unless nobody is there any more who could have one. */
const unended = ({ app, path }: Target, node: Node | undefined): 'possible' | PortsupError =>
  node ? 'possible' : new PortsupError('FAILED', `${path || app} is not there any more`, '"portsup history" tells what became of it');

function reachedBy({ app, path }: Target, node: Node | undefined): WaitRow {
  const run = node?.kind === 'service' && node.run > 0 ? node.run : null;
  return { app: app === '' ? null : app, path, run, exit: null, code: null };
}

/** Of those whose run is over already, how that was. */
async function lookBack(context: DaemonContext, targets: readonly Target[], ends: Ends): Promise<void> {
  const { apps } = context.runtime.forest();
  const past = targets.filter(({ app, path, run }) => {
    const root = apps[app]?.root;
    const node = root && findNode(root, path);
    return run !== null && !(node?.kind === 'service' && isToCome(node, run));
  });
  for (const target of past) {
    const { app, path, run } = target;
    const end = await pastEnd(context, { app, path, run: run ?? 0 });
    if (!ends.has(target)) ends.set(target, end);
  }
}

function targetsOf(context: DaemonContext, query: InputOf<'GET /v1/wait'>, until: WaitFor): readonly Target[] {
  if (query.places.length > 0) return query.places.map(targetAt);
  if (query.names.length === 0) throw new PortsupError('USAGE', 'no service named', 'name one or more services or supervisors');
  const forest = context.runtime.forest();
  const where = whereOf(context, query);
  const placed = until === 'gone' ? query.names.flatMap((name) => oneOrNobody(name)) : resolveNames(forest, query.names, where);
  return placed.map(({ app, path, node }) => ({ app, path, run: until === 'exit' ? runOf(node, path || app) : null }));

  function oneOrNobody(name: string): readonly { readonly app: string; readonly path: string; readonly node: Node | undefined }[] {
    try {
      return resolveNames(forest, [name], where);
    } catch (error) {
      if (!(error instanceof PortsupError) || error.code !== 'NOT_FOUND') throw error;
      return [{ app: '', path: name, node: undefined }];
    }
  }
}

function runOf(node: Node | undefined, name: string): number {
  if (node?.kind === 'service') return runMeant(node);
  const hint = 'wait for it with "--for stopped", or for the services below it by their names';
  throw new PortsupError('USAGE', `${name} is a supervisor, which has no exit code`, hint);
}

/** "app:path", or "app:path@run". */
function targetAt(place: string): Target {
  const [, app = '', path = '', run] = /^([^:]*):(.*?)(?:@(\d+))?$/.exec(place) ?? [];
  return { app, path, run: run === undefined ? null : Number(run) };
}
