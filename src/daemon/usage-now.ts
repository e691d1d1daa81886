import type { Usage, UsageReader } from '../ports/usage.js';
import { type Conditions, canOpenFiles, isOutOfFiles } from './conditions.js';

/** CPU, memory and processes by main PID; of nobody while no file can be opened to read them. */
export async function usageNow(
  { usage, conditions }: { readonly usage: UsageReader; readonly conditions: Conditions },
  pids: readonly number[],
): Promise<ReadonlyMap<number, Usage>> {
  if (pids.length === 0) return new Map();
  try {
    const used = await usage.usageOf(pids);
    canOpenFiles(conditions);
    return used;
  } catch (error) {
    if (!isOutOfFiles(conditions, error)) throw error;
    return new Map();
  }
}
