import { until } from '../helpers/until.js';

/**
 * Waits until nothing stands in the way any more. `obstacle` names what does, or gives null; an error it throws ends the wait.
 *
 * @throws Error naming the last obstacle when `limitMs` has passed.
 */
export async function untilNothing(obstacle: () => string | null | Promise<string | null>, limitMs = 15_000): Promise<void> {
  const deadline = performance.now() + limitMs;
  await until(
    'nothing stands in the way',
    async () => {
      const what = await obstacle();
      if (what !== null && performance.now() >= deadline) throw new Error(`still so after ${limitMs} ms: ${what}`);
      return what === null;
    },
    // Never reached: the obstacle is the better error.
    2 * limitMs,
  );
}
