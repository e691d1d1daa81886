/** What a datagram of systemd's sd_notify protocol says, as far as it concerns us. Pure. */

export interface NotifyMessage {
  /** READY=1 */
  readonly isReady: boolean;
  /** STOPPING=1 */
  readonly isStopping: boolean;
  /** WATCHDOG=1: it is well; WATCHDOG=trigger: it has found out that it is not. */
  readonly watchdog: 'well' | 'trigger' | null;
  /** STATUS=...; null: it says nothing of that. */
  readonly status: string | null;
}

/** Of a status so much is kept. */
const MOST_CHARACTERS = 200;

/** What is not known is passed over: the protocol grows. */
export function readNotify(text: string): NotifyMessage {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const end = line.indexOf('=');
    if (end > 0) values.set(line.slice(0, end), line.slice(end + 1));
  }
  const watchdog = values.get('WATCHDOG');
  return {
    isReady: values.get('READY') === '1',
    isStopping: values.get('STOPPING') === '1',
    watchdog: watchdog === '1' ? 'well' : watchdog === 'trigger' ? 'trigger' : null,
    status: values.get('STATUS')?.trim().slice(0, MOST_CHARACTERS) ?? null,
  };
}
