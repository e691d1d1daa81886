import type { Millis } from '../base/clock.js';
import type { ActionLine } from '../control/contract.js';
import type { LineStream } from '../control/streams.js';
import type { DaemonContext } from './context.js';
import type { Waiting } from './settling.js';

/** How often a waiting client is told how far it is. */
const PROGRESS_MS = 100;

/** What is waited for. */
export interface Wait {
  /** The time at which it is reached if nothing more happens; null: not in sight. Asked after every change. */
  readonly reachedAt: () => Millis | null;
  readonly progress: () => Waiting;
  /** The longest to wait; null: as long as it takes. */
  readonly limitMs: Millis | null;
}

/**
 * Waits for a state of the forest and tells the client how far it is. What was asked for goes on when the wait ends
 * early: "too-late" after the limit, "gone" when the client has left.
 */
export function waitFor(context: DaemonContext, stream: LineStream<ActionLine>, wait: Wait): Promise<'reached' | 'too-late' | 'gone'> {
  const { clock, runtime } = context;
  return new Promise((resolve) => {
    const cancels: (() => void)[] = [tellProgress(context, stream, wait)];
    let cancelProof: (() => void) | undefined;
    const finish = (how: 'reached' | 'too-late' | 'gone'): void => {
      for (const cancel of cancels) cancel();
      cancelProof?.();
      resolve(how);
    };
    const check = (): void => {
      cancelProof?.();
      const at = wait.reachedAt();
      if (at === null) return;
      if (at <= clock.now()) finish('reached');
      else cancelProof = clock.after(at - clock.now(), check);
    };
    const onGone = (): void => {
      finish('gone');
    };
    const onLimit = (): void => {
      finish('too-late');
    };
    stream.signal.addEventListener('abort', onGone, { once: true });
    cancels.push(() => {
      stream.signal.removeEventListener('abort', onGone);
    });
    if (wait.limitMs !== null) cancels.push(clock.after(wait.limitMs, onLimit));
    cancels.push(runtime.onChange(check));
    check();
  });
}

/**
 * Tells the client how far it is, now and then, until the returned function is called. One that does not read (a command
 * line halted by Ctrl-Z, at a stop that may take for ever) is told nothing more until it does.
 */
function tellProgress({ clock }: DaemonContext, stream: LineStream<ActionLine>, wait: Wait): () => void {
  let isReading = true;
  let cancel = clock.after(PROGRESS_MS, tell);
  function tell(): void {
    if (isReading && !stream.write({ type: 'progress', ...wait.progress() })) {
      isReading = false;
      // Never rejects; nobody waits for it.
      void stream.drained().then(() => {
        isReading = true;
      });
    }
    cancel = clock.after(PROGRESS_MS, tell);
  }
  return () => {
    cancel();
  };
}
