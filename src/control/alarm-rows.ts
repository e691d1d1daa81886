/** What `alarms` tells, and what sets and clears them, as it goes over the wire. */

/** One object of `alarms --json`: something wrong that lasts. At most one of an id. */
export interface AlarmRow {
  /** The same for as long as it lasts, and the next time. */
  readonly id: string;
  /** Who sets it: `portsup` of its own surroundings, `outside` are other programs. */
  readonly source: 'liveness' | 'watchdog' | 'gave_up' | 'restarts' | 'memory' | 'log_budget' | 'portsup' | 'outside';
  /** Null: it is of no application. */
  readonly app: string | null;
  /** The service or supervisor that it is about; null: none. */
  readonly path: string | null;
  readonly since: string;
  readonly text: string;
}

/** What `alarm set` did. */
export interface AlarmSet {
  readonly alarm: AlarmRow;
  /** Was it not set before? */
  readonly isNew: boolean;
}

/** What `alarm clear` did. */
export interface AlarmCleared {
  readonly id: string;
  readonly wasSet: boolean;
}

/** An alarm of an outside program. With `app` it is that application's, and its id begins with "app:". */
export interface AlarmBody {
  readonly id: string;
  readonly app?: string | undefined;
}
