import type { Millis } from './clock.js';

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/;
const DURATION_PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g;

/**
 * Milliseconds of a duration as people write it: `10` (seconds), `"10s"`, `"500ms"`, `"1m30s"`, `"2h"`, `"1d"`.
 * Undefined when it is no duration (negative, empty, unknown unit).
 */
export function parseDuration(value: unknown): Millis | undefined {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? value * 1_000 : undefined;
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text) * 1_000;
  if (!DURATION.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(DURATION_PART)) total += Number(amount) * (UNIT_MS[unit ?? ''] ?? 0);
  return total;
}

/** A duration for eyes: its two largest units, below 10 s with a tenth, "340ms", "1.6s", "12s", "3m 4s", "2h 5m", "6d 1h". */
export function formatDuration(durationMs: Millis): string {
  if (durationMs < 1_000) return `${Math.max(0, Math.floor(durationMs))}ms`;
  // Half of a wait would be lost otherwise.
  if (durationMs < 10_000) return `${Math.round(durationMs / 100) / 10}s`;
  const seconds = Math.floor(durationMs / 1_000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return withRest(`${minutes}m`, seconds % 60, 's');
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return withRest(`${hours}h`, minutes % 60, 'm');
  return withRest(`${Math.floor(hours / 24)}d`, hours % 24, 'h');
}

const withRest = (first: string, amount: number, unit: string): string => (amount === 0 ? first : `${first} ${amount}${unit}`);
