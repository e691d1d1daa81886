import { PortsupError } from '../base/errors.js';
import type { AlarmRow, InputOf, PsRow } from '../control/contract.js';
import { ask } from './call.js';
import type { Context } from './context.js';
import { alarmLines } from './render/alarms.js';

/**
 * What `ps` says of alarms below its table: of those that concern what it shows, without portsup's own, which it tells anyway. It asks for them only
 * where the answer to the table said that there are some.
 */
export async function alarmNotes(context: Context, count: number, shown: Shown): Promise<readonly string[]> {
  if (count === 0) return [];
  try {
    const { app, here, all, names } = shown.query;
    const alarms = await ask(context, 'GET /v1/alarms', { app, here, all });
    const isShown = (alarm: AlarmRow): boolean =>
      names.length === 0 || shown.rows.some((row) => row.app === alarm.app && row.path === alarm.path);
    return alarmLines(alarms.filter((alarm) => alarm.source !== 'portsup' && isShown(alarm)));
  } catch (error) {
    // The table has been answered; a daemon that has gone since then is the next command's trouble.
    if (error instanceof PortsupError) return [];
    throw error;
  }
}

/** What the table shows. */
export interface Shown {
  readonly query: InputOf<'GET /v1/ps'>;
  readonly rows: readonly PsRow[];
}
