/** What people and other programs ask of alarms, and set themselves. */
import { PortsupError } from '../../base/errors.js';
import type { AlarmBody } from '../../control/alarm-rows.js';
import type { AlarmCleared, AlarmRow, AlarmSet, InputOf } from '../../control/contract.js';
import { appOfFile } from '../app-registry.js';
import { type DaemonContext, refuseWhileEnding } from '../context.js';
import { resolveApps } from '../select.js';
import type { Placed } from '../view.js';
import { idProblem, isOwn, LONGEST_ID } from './alarm-ids.js';
import type { AlarmStore } from './alarm-store.js';

/** So many alarms outside programs may have set at once. */
const MOST = 1_000;
const LONGEST_TEXT = 1_000;

type Alarms = Pick<AlarmStore, 'all'>;

/** Those of the scope's application and of none, or all; those that began first come first. */
export function listAlarms({ alarms, apps }: DaemonContext, { app, here, all }: InputOf<'GET /v1/alarms'>): readonly AlarmRow[] {
  const isUnscoped = app === undefined && here === undefined;
  const only = app ?? appOfFile(apps, here);
  return alarms.all().filter((alarm) => all || isUnscoped || alarm.app === null || alarm.app === only);
}

/** Those about one node; of a root also what is about its application and none of its nodes. */
export const alarmsAt = (alarms: Alarms, { app, path }: Placed): readonly AlarmRow[] =>
  alarms.all().filter((alarm) => alarm.app === app && (alarm.path ?? '') === path);

/**
 * Sets an outside program's alarm. Set again it only says what it is now.
 *
 * @throws PortsupError `USAGE` for an id or text that is none, `NOT_FOUND` if there is no such application, `FAILED` when there are too many.
 */
export function setAlarm(context: DaemonContext, body: InputOf<'POST /v1/alarms/set'>): AlarmSet {
  refuseWhileEnding(context);
  const id = idIn(body);
  const text = textIn(body.text);
  const app = appIn(context, body);
  const { alarms } = context;
  const outside = alarms.all().filter(({ source }) => source === 'outside');
  if (outside.length >= MOST && !alarms.get(id)) {
    throw new PortsupError(
      'FAILED',
      `${MOST} alarms of other programs are set already`,
      'clear those that are over: "portsup alarm clear ID"',
    );
  }
  const isNew = alarms.set({ id, source: 'outside', app, path: null, text });
  remembered(context);
  const alarm = alarms.get(id);
  if (!alarm) throw new Error(`bug: ${id} was set and is not there`);
  return { alarm, isNew };
}

/**
 * Ends an outside program's alarm. It is no error when it was not set.
 *
 * @throws PortsupError `USAGE` for one of portsup's own, or an id that is none.
 */
export function clearAlarm(context: DaemonContext, body: AlarmBody): AlarmCleared {
  const id = idIn(body);
  const wasSet = context.alarms.clear(id);
  remembered(context);
  return { id, wasSet };
}

/** What is answered must be true also after the death of this daemon. */
function remembered({ outbox }: DaemonContext): void {
  outbox.gather(() => undefined);
}

function idIn({ id, app }: AlarmBody): string {
  if (isOwn(id)) {
    throw new PortsupError('USAGE', `"${id}" is an alarm of portsup itself`, 'it is over by itself when what it is about is well again');
  }
  const whole = app === undefined || id.startsWith(`${app}:`) ? id : `${app}:${id}`;
  const problem = idProblem(whole);
  if (problem !== null) {
    throw new PortsupError(
      'USAGE',
      `"${id}" is no id for an alarm: ${problem}`,
      `for example "backup" or "disk/data", at most ${LONGEST_ID} characters`,
    );
  }
  return whole;
}

/** One line: a program's message may have several. */
function textIn(given: string): string {
  const text = given.replace(/\s+/g, ' ').trim();
  if (text === '')
    throw new PortsupError('USAGE', 'an alarm needs a text', 'say what is wrong: portsup alarm set backup "no backup since Monday"');
  if (text.length <= LONGEST_TEXT) return text;
  throw new PortsupError('USAGE', `the text has ${text.length} characters`, `say it in ${LONGEST_TEXT}`);
}

function appIn({ runtime }: DaemonContext, { app }: AlarmBody): string | null {
  if (app === undefined) return null;
  const [application] = resolveApps(runtime.forest(), { only: app, home: undefined });
  return application?.name ?? null;
}
