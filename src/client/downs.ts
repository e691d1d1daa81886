/** What is to be told of the lines of `monitor`, over several daemons: each end once, and none left out. Pure. */
import type { DownLine, MonitoredService, MonitorLine } from '../control/registry-rows.js';

/** So far back the journal is asked again for what a daemon may not have told any more; a clock that was set back by no more loses nothing. */
const OVERLAP_MS = 60_000;
/** Beyond so many ends the old ones are forgotten: they are none that a daemon tells again. */
const MOST_TOLD = 10_000;

/** What has been told of a monitor so far. */
export interface Downs {
  /** Takes a line, and gives what is to be told of it. */
  take(line: MonitorLine): readonly DownLine[];
  /** How to go on with the next daemon; undefined: nothing has been heard yet. */
  again(): { readonly places: readonly string[]; readonly since: string } | undefined;
}

type Run = Pick<DownLine, 'app' | 'path' | 'pid' | 'run'>;

/** Begins with nothing. */
export function openDowns(): Downs {
  /** Runs by their service whose end is to come. */
  const live = new Map<string, Run>();
  const told = new Set<string>();
  const lastTold = new Map<string, DownLine>();
  let begun: { readonly at: string; readonly places: readonly string[] } | undefined;
  let newest = '';

  const tell = (down: DownLine): readonly DownLine[] => {
    if (told.has(keyOf(down))) return [];
    told.add(keyOf(down));
    if (told.size > MOST_TOLD) for (const key of [...told].slice(0, MOST_TOLD / 2)) told.delete(key);
    const last = lastTold.get(nameOf(down));
    // A run that ended before it was ready has two entries of one moment: it ended, and so its start has failed.
    if (down.pid === null && last?.run === down.run && last.at === down.at) return [];
    lastTold.set(nameOf(down), down);
    if (live.get(nameOf(down))?.run === down.run) live.delete(nameOf(down));
    if (down.at > newest) newest = down.at;
    return [down];
  };
  return {
    take: (line) => {
      if (line.type === 'down') return tell(line.down);
      if (line.type === 'up') {
        live.set(nameOf(line), line);
        return [];
      }
      const lost = begun
        ? unseen(line, live).flatMap(tell)
        : line.services.filter(({ isLive }) => !isLive).map((one) => noProcess(one, line.at));
      begun ??= line;
      live.clear();
      for (const service of line.services) if (service.isLive) live.set(nameOf(service), service);
      return lost;
    },
    again: () => begun && { places: begun.places, since: later(begun.at, before(newest)) },
  };
}

const nameOf = ({ app, path }: Pick<Run, 'app' | 'path'>): string => `${app}:${path}`;
/** What could not be started has no PID: then its time tells it from another one of its number. */
const keyOf = ({ app, path, run, pid, at }: DownLine): string => `${app}:${path} ${run} ${pid ?? at}`;

/** Ends of which there is no entry: the daemon was killed before it could write it. They show in that something else is there now. */
function unseen({ at, services }: Extract<MonitorLine, { type: 'watching' }>, live: ReadonlyMap<string, Run>): readonly DownLine[] {
  const now = new Map(services.map((service) => [nameOf(service), service]));
  return [...live].flatMap(([name, { app, path, run, pid }]) => {
    const service = now.get(name);
    if (service?.isLive && service.run === run && (pid === null || service.pid === null || service.pid === pid)) return [];
    // It ended last, if it was the last one, or the one before that which goes on.
    const isLast = service !== undefined && run !== null && service.run === (service.isLive ? run + 1 : run);
    const exit = isLast ? service.lastExit : null;
    return [{ at, app, path, pid, run, exit, cause: causeOf(exit), by: 'daemon' as const }];
  });
}

function causeOf(exit: DownLine['exit']): string {
  if (!exit || (exit.code === null && exit.signal === null)) return 'exit status unknown';
  return exit.signal === null ? `exit code ${exit.code}` : `signal ${exit.signal}`;
}

const noProcess = ({ app, path }: MonitoredService, at: string): DownLine => ({
  at,
  app,
  path,
  pid: null,
  run: null,
  exit: null,
  cause: 'noproc',
  by: 'daemon',
});

const later = (one: string, other: string): string => (one > other ? one : other);
const before = (at: string): string => (at === '' ? '' : new Date(Date.parse(at) - OVERLAP_MS).toISOString());
