/**
 * `monitor`: the end of every run, once each. Who asks the next daemon is told from the journal what has ended since: the moment at which the journal is
 * read is the moment from which entries are listened to, so there is neither a gap nor an overlap.
 */
import { PortsupError } from '../base/errors.js';
import { isWithin } from '../base/names.js';
import type { InputOf } from '../control/contract.js';
import type { DownLine, MonitoredService, MonitorLine } from '../control/registry-rows.js';
import type { LineStream } from '../control/streams.js';
import type { JournalEntry } from '../journal/entry.js';
import { findNode, type Service } from '../supervision/tree.js';
import { below } from './by-hand.js';
import type { DaemonContext } from './context.js';
import { type EndEntry, hasRun, isEndOfRun } from './run-end.js';
import { resolveNames } from './select.js';
import { exitFactsOf, isServicePlace, type Placed } from './view.js';
import { whereaboutsOf, whereOf } from './whereis.js';

/** Lines that may wait for a client that reads slowly. One that has more to read is cut off: it asks again, and the journal has it all. */
const MAX_WAITING_LINES = 1_000;

/** A service, or a supervisor with all below it, also what comes later. */
interface Place {
  readonly app: string;
  readonly path: string;
}

/** Tells of ends until the client leaves; see `MonitorLine`. */
export async function monitor(context: DaemonContext, query: InputOf<'GET /v1/monitor'>, stream: LineStream<MonitorLine>): Promise<void> {
  const places = placesOf(context, query);
  const lines = linesFrom(context, places, stream.signal);
  try {
    const watching = watchingNow(context, places);
    if (query.since !== undefined) for (const down of await endsSince(context, places, query.since)) await tell(stream, down);
    await tell(stream, watching);
    for (let line = await lines.next(); line; line = await lines.next()) await tell(stream, line);
  } finally {
    lines.close();
  }
}

/** Lines from now on, one after another; undefined: nobody listens any more. */
interface Coming {
  readonly next: () => Promise<MonitorLine | undefined>;
  readonly close: () => void;
}

function linesFrom({ feed }: DaemonContext, places: readonly Place[], signal: AbortSignal): Coming {
  const waiting: MonitorLine[] = [];
  let isOverrun = false;
  let wake = (): void => undefined;
  const unsubscribe = feed.subscribe((entry) => {
    const line = isOverrun || !isMeant(entry, places) ? undefined : lineOf(entry);
    if (!line) return;
    isOverrun = waiting.push(line) > MAX_WAITING_LINES;
    if (isOverrun) waiting.length = 0;
    wake();
  });
  const onAbort = (): void => wake();
  signal.addEventListener('abort', onAbort);
  return {
    next: async () => {
      while (!signal.aborted) {
        if (isOverrun) throw new PortsupError('FAILED', 'a monitor reads too slowly, and has to ask again', '');
        const line = waiting.shift();
        if (line) return line;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return undefined;
    },
    close: () => {
      signal.removeEventListener('abort', onAbort);
      unsubscribe();
    },
  };
}

async function tell(stream: LineStream<MonitorLine>, line: MonitorLine): Promise<void> {
  if (!stream.write(line)) await stream.drained();
}

function watchingNow(context: DaemonContext, places: readonly Place[]): MonitorLine {
  const { apps } = context.runtime.forest();
  const services = places.flatMap(({ app, path }) => {
    const root = apps[app]?.root;
    const node = root && findNode(root, path);
    return node ? below([{ app, path, node }]).filter(isServicePlace) : [];
  });
  const at = context.clock.wallTime(context.clock.now()).toISOString();
  const seen = new Map(services.map((place) => [`${place.app}:${place.path}`, serviceNow(context, place)]));
  return { type: 'watching', at, places: places.map(({ app, path }) => `${app}:${path}`), services: [...seen.values()] };
}

function serviceNow(context: DaemonContext, place: Placed<Service>): MonitoredService {
  const { node } = place;
  return { ...whereaboutsOf(context, place), isLive: hasRun(node), lastExit: node.lastExit && exitFactsOf(node.lastExit) };
}

/** What the journal knows, oldest first. */
async function endsSince({ journal }: DaemonContext, places: readonly Place[], since: string): Promise<readonly MonitorLine[]> {
  const found: MonitorLine[] = [];
  await journal.scan({ since }, (entry) => {
    if (isMeant(entry, places) && isEndOfRun(entry)) found.push({ type: 'down', down: downOf(entry) });
    return false;
  });
  return found.reverse();
}

const isMeant = (entry: JournalEntry, places: readonly Place[]): boolean =>
  places.some(({ app, path }) => entry.app === app && entry.path !== null && isWithin(entry.path, path));

/** Undefined: it is neither the beginning nor the end of a run. */
function lineOf(entry: JournalEntry): MonitorLine | undefined {
  if (isEndOfRun(entry)) return { type: 'down', down: downOf(entry) };
  const { event, app, path, pid, run } = entry;
  const isBeginning = (event === 'started' || event === 'restarted') && app !== null && path !== null && pid !== null && run !== null;
  return isBeginning ? { type: 'up', app, path, pid, run } : undefined;
}

const downOf = ({ at, app, path, pid, run, exit, cause, by }: EndEntry): DownLine => ({
  at,
  app,
  path,
  pid,
  run,
  exit,
  cause: cause ?? 'it has ended',
  by,
});

function placesOf(context: DaemonContext, query: InputOf<'GET /v1/monitor'>): readonly Place[] {
  if (query.places.length > 0) {
    return query.places.map((place) => {
      const colon = place.indexOf(':');
      return { app: place.slice(0, colon), path: place.slice(colon + 1) };
    });
  }
  if (query.names.length === 0) throw new PortsupError('USAGE', 'no service named', 'name one or more services or supervisors');
  return resolveNames(context.runtime.forest(), query.names, whereOf(context, query)).map(({ app, path }) => ({ app, path }));
}
