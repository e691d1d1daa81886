import type { Answer, Probe } from '../../health/answer.js';
import { type Tries, tryProbe } from '../../health/try.js';

/** Makes one try after the other of one probe, and tells its answers. */
export interface Asking {
  /** To be called when the try before has been answered. */
  readonly ask: () => void;
  /** Nobody wants an answer any more: none comes. */
  readonly close: () => void;
}

/** Asks a probe whenever it is told to. */
export function asking(probe: Probe, tries: Tries, onAnswer: (answer: Answer) => void): Asking {
  const over = new AbortController();
  return {
    ask: () => {
      // It never rejects.
      void tryProbe(probe, tries, over.signal).then((answer) => {
        if (!over.signal.aborted) onAnswer(answer);
      });
    },
    close: () => {
      over.abort();
    },
  };
}
