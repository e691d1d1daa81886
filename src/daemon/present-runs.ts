/** What the forest adds to the runs of the journal: which of them run, which codes are a success, and what the journal has forgotten. */
import { type Growing, type Run, runOf } from '../journal/runs.js';
import { isInScope, type JournalScope } from '../journal/search.js';
import { describeCause } from '../supervision/cause.js';
import { type Forest, isLive, type Service } from '../supervision/tree.js';
import { isServicePlace, type Moment, type Placed, pidOf, placedNodes, serviceAt } from './view.js';

/** The runs of one moment. */
export interface PresentRuns {
  /** A run of the journal as it is: one that does not run, and whose end the journal does not know, is lost. */
  seen(growing: Growing): Run;
  /** All that run, as the forest knows them. */
  all(scope: JournalScope): readonly Run[];
}

/** What runs at a moment. */
export function presentRuns(forest: Forest, moment: Moment): PresentRuns {
  return {
    seen: (growing) => {
      const service = serviceAt(forest, growing);
      const run = runOf(growing, (code) => code === 0 || service?.spec.successExitCodes.includes(code) === true);
      if (run.state !== 'running') return run;
      const isPresent =
        service !== undefined && service.run === run.run && pidOf(service) === (run.pid ?? pidOf(service)) && isLive(service);
      return isPresent ? { ...run, durationMs: lasted(run, moment) } : { ...run, state: 'lost' };
    },
    all: (scope) =>
      Object.values(forest.apps)
        .flatMap(placedNodes)
        .filter(isServicePlace)
        .filter((place) => pidOf(place.node) !== null && isInScope(place, scope))
        .map((place) => runNow(place, moment)),
  };
}

const lasted = ({ startedAt }: Pick<Run, 'startedAt'>, { now, wallTime }: Moment): number | null =>
  startedAt === null ? null : Math.max(0, wallTime(now).getTime() - Date.parse(startedAt));

/** A run that the journal has forgotten, as far as it is known; of one that is being stopped the start is not. */
function runNow({ app, path, node }: Placed<Service>, moment: Moment): Run {
  const { state } = node;
  const cause = node.cause && describeCause(node.cause);
  const isStopping = state.phase === 'stopping';
  const since = 'since' in state ? moment.wallTime(state.since).toISOString() : null;
  const startedAt = isStopping ? null : since;
  return {
    app,
    path,
    run: node.run,
    pid: pidOf(node),
    startedAt,
    startedBy: isStopping ? null : cause === null ? 'user' : 'supervisor',
    startCause: isStopping ? null : cause,
    stoppingAt: isStopping ? since : null,
    endedAt: null,
    durationMs: lasted({ startedAt }, moment),
    exit: null,
    cause: isStopping ? cause : null,
    endedBy: isStopping ? state.by : null,
    state: 'running',
    isFailed: false,
  };
}
