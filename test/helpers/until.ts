/** Milliseconds between two looks. */
const STEP_MS = 10;

/**
 * Waits for a condition: looks at once, then every 10 ms, and gives back what `probe` found.
 *
 * @param what - the condition in words ("group gone"); it is what the error says.
 * @param probe - gives the awaited thing, or null, undefined or false while it is not there; an error it throws ends the wait.
 * @param limitMs - milliseconds to wait at most; default 5000.
 * @throws Error naming the condition and the last thing the probe gave, when the limit has passed.
 */
export async function until<T>(
  what: string,
  probe: () => T | undefined | false | null | Promise<T | undefined | false | null>,
  limitMs = 5_000,
): Promise<T> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false && found !== null) return found;
    if (performance.now() >= deadline) throw new Error(`waited ${limitMs} ms for: ${what} (the last look gave ${String(found)})`);
    await new Promise((resolve) => {
      setTimeout(resolve, STEP_MS);
    });
  }
}
