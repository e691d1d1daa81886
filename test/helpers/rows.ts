import type { ServiceRow, SupervisorRow } from '../../src/control/contract.js';

/** It waits for nothing. */
const AT_EASE = { nextAttempt: null, waitsFor: [] } as const;

/** A running service as `ps` lists it. */
export function serviceRow(path: string, changes: Partial<ServiceRow> = {}): ServiceRow {
  const at = '2026-11-20T10:00:00.000Z';
  const measured = { logBytes: 0, cpuPercent: 1.25, memoryBytes: 4_404_019, processes: 1, nextCron: null };
  const life = { state: 'running', desired: 'up', ready: null, pid: 100, run: 1, restarts: 0, startedAt: at, uptimeMs: 65_000 } as const;
  return { kind: 'service', app: 'example', path, ...life, exit: null, why: null, ...measured, ...AT_EASE, breaker: null, ...changes };
}

/** A running supervisor as `ps` lists it; by default the root. */
export function supervisorRow(path = '', changes: Partial<SupervisorRow> = {}): SupervisorRow {
  const at = '2026-11-20T10:00:00.000Z';
  const rule = { strategy: 'one_for_one', intensity: 2, periodMs: 5_000, restartsInWindow: 1 };
  const life = { state: 'running', desired: 'up', ready: null, pid: null, run: 1, restarts: 0, startedAt: at, uptimeMs: 65_000 } as const;
  const nothing = { logBytes: 0, exit: null, why: null, cpuPercent: null, memoryBytes: null, processes: null, nextCron: null };
  return { kind: 'supervisor', app: 'example', path, ...life, ...nothing, ...AT_EASE, breaker: 'ok', ...rule, ...changes };
}
