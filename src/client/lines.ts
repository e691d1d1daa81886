import { endingOf } from './ending.js';
import type { AbortSignalLike, Lines } from './options.js';

/** How the lines of a reader are opened; `onOpen` is told when the daemon has let it in. */
export type OpenLines<T> = (signal: AbortSignal, onOpen: () => void) => Promise<AsyncGenerator<T, void, void>>;

/**
 * Lines that are read as they are asked for. Nothing is opened before the first, and leaving closes what was opened, also while a line is
 * waited for (an async generator alone would wait for that line first).
 *
 * @param signal - ends them: the next one throws its reason.
 * @param open - gets a signal that also aborts when the reader leaves.
 */
export function linesOf<T>(signal: AbortSignalLike | undefined, open: OpenLines<T>): Lines<T> {
  const leaving = new AbortController();
  let onOpen = (): void => undefined;
  const isOpen = new Promise<void>((resolve) => {
    onOpen = resolve;
  });
  const lines = linesUntil(signal, leaving.signal, (ended) => open(ended, onOpen));
  let first: Promise<IteratorResult<T, void>> | undefined;
  let isTaken = false;
  const begin = (): Promise<IteratorResult<T, void>> => (first ??= lines.next());
  const next = (): Promise<IteratorResult<T, void>> => {
    if (isTaken) return lines.next();
    isTaken = true;
    return begin();
  };
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    opened: async () => {
      await Promise.race([isOpen, begin()]);
    },
    next: async () => (await next()) as IteratorResult<T, undefined>,
    return: async () => {
      leaving.abort();
      await lines.return();
      return { done: true, value: undefined };
    },
  };
}

async function* linesUntil<T>(
  signal: AbortSignalLike | undefined,
  left: AbortSignal,
  open: (signal: AbortSignal) => Promise<AsyncGenerator<T, void, void>>,
): AsyncGenerator<T, void, void> {
  const { controller, release } = endingOf(signal);
  const leave = (): void => {
    controller.abort();
  };
  left.addEventListener('abort', leave);
  try {
    yield* await open(controller.signal);
  } catch (error) {
    if (!left.aborted) throw error;
  } finally {
    release();
  }
}
