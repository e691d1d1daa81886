/** Resolves after `ms` milliseconds, or at once when `ended` aborts. */
export function pause(ms: number, ended: AbortSignal | undefined): Promise<void> {
  if (ended?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const settle = (): void => {
      clearTimeout(timer);
      ended?.removeEventListener('abort', settle);
      resolve();
    };
    const timer = setTimeout(settle, ms);
    ended?.addEventListener('abort', settle);
  });
}
