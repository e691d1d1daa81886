/** Everything about one service or supervisor, as "key: value" lines. Pure. */
import { formatDuration } from '../../base/duration.js';
import { formatSize } from '../../base/size.js';
import type { AlarmRow, LastExit, StatusReply } from '../../control/contract.js';
import { exitText } from './history.js';
import { type Paint, paintState } from './paint.js';
import { cpuText, memoryText, stateText, uptimeText } from './ps-table.js';
import { factLines, outputLines } from './run.js';
import { endingText, lastedText } from './run-text.js';
import { escapeControls } from './text.js';
import { budgetText } from './tree.js';

/** How times and colours are shown. */
export interface StatusLook {
  readonly paint: Paint;
  readonly showTime: (iso: string) => string;
}

/** The lines of the block: what it is, how it is, how it was configured, its last exits, and its last output. */
export function renderStatus(status: StatusReply, look: StatusLook): readonly string[] {
  const facts = [...stateFacts(status, look), ...ownFacts(status, look), ...specFacts(status.spec)];
  return [
    ...factLines(facts, look.paint),
    ...alarmFacts(status.alarms, look),
    ...exitLines(status.lastExits, look),
    ...outputLines(status.lastLines, look),
  ];
}

/** An older daemon does not know of them. */
function alarmFacts(alarms: readonly AlarmRow[] = [], { paint, showTime }: StatusLook): readonly string[] {
  if (alarms.length === 0) return [];
  const lines = alarms.map(({ id, since, text }) => `  ${paint.dim(showTime(since))} ${paint.red(id)}: ${escapeControls(text)}`);
  return ['', paint.dim('alarms:'), ...lines];
}

function exitLines(exits: readonly LastExit[], { paint, showTime }: StatusLook): readonly string[] {
  if (exits.length === 0) return [];
  const lines = exits.map((exit) => {
    const head = `  ${paint.dim(exit.endedAt === null ? '-' : showTime(exit.endedAt))} run ${exit.run}`;
    const lasted = exit.durationMs === null ? '' : ` after ${lastedText(exit)}`;
    const cause = exit.cause === null ? '' : `: ${escapeControls(exit.cause)}`;
    return `${head} ${endingText({ ...exit, stoppingAt: null })}${lasted}${cause}`;
  });
  return ['', paint.dim('last exits:'), ...lines];
}

type Fact = readonly [key: string, value: string];

function stateFacts(status: StatusReply, look: StatusLook): readonly Fact[] {
  return [
    ['name', status.path === '' ? status.app : status.path],
    ['app', status.app],
    ['kind', status.kind],
    ['state', paintState(look.paint, status.state)(stateText(status))],
    ['desired', status.desired],
    ['why', escapeControls(status.why ?? '-')],
    ['run', String(status.run)],
    ['restarts', String(status.restarts)],
    ['started', status.startedAt === null ? '-' : look.showTime(status.startedAt)],
    ['uptime', uptimeText(status.uptimeMs)],
    ['logs', formatSize(status.logBytes)],
  ];
}

function ownFacts(status: StatusReply, { showTime }: StatusLook): readonly Fact[] {
  const { budget } = status;
  const left =
    budget === null
      ? '-'
      : `${budget.left} of ${budget.intensity} restarts left in ${formatDuration(budget.periodMs)} (${budget.supervisor === '' ? status.app : budget.supervisor})`;
  if (status.kind === 'supervisor')
    return [
      ['restarting', budgetText(status)],
      ['budget', left],
    ];
  return [
    ['ready', status.ready === null ? 'not configured' : status.ready ? 'yes' : 'no'],
    ...healthFacts(status, showTime),
    ['pid', status.pid === null ? '-' : String(status.pid)],
    ['pids', status.pids.length === 0 ? '-' : status.pids.join(' ')],
    ['cpu', cpuText(status.cpuPercent)],
    ['memory', memoryText(status.memoryBytes)],
    ...(status.nextCron ? [['next at', showTime(status.nextCron)] as const] : []),
    ['last exit', status.exit === null ? '-' : `${exitText(status.exit)} at ${showTime(status.exit.at)}`],
    ['budget', left],
  ];
}

function healthFacts({ says, lastAnswer }: StatusReply, showTime: StatusLook['showTime']): readonly Fact[] {
  return [
    ...(says ? [['says', escapeControls(says)] as const] : []),
    ...(lastAnswer
      ? [['answer', `${lastAnswer.ok ? 'well' : escapeControls(lastAnswer.text)} at ${showTime(lastAnswer.at)}`] as const]
      : []),
  ];
}

/** Every field of a specification in the order in which it is read; "..." stands for what a newer daemon may have besides. */
const SPEC_ORDER = (
  'kind name command cwd env strategy intensity periodMs autoShutdown resetAfterMs restart shutdown significant ' +
  'stopSignal successExitCodes stdin autostart orphans cron watch maxMemoryBytes nice umask limits user group ... template logs logTotalBytes'
).split(' ');

/** In one order, whichever the daemon has them in: one that took over from an older version has new fields first. */
function specFacts(spec: StatusReply['spec']): readonly Fact[] {
  const placeOf = (key: string): number => SPEC_ORDER.indexOf(SPEC_ORDER.includes(key) ? key : '...');
  return Object.entries(spec)
    .sort(([left], [right]) => placeOf(left) - placeOf(right))
    .map(([key, value]) => [`spec.${key}`, escapeControls(typeof value === 'string' ? value : JSON.stringify(value))]);
}
