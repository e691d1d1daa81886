/**
 * What a field means when it is left out, written as people write it; the schema shows these to editors and
 * `build.ts` fills them in. OTP's values, except `intensity` (OTP: 1; Elixir: 3).
 */
export const DEFAULTS = {
  strategy: 'one_for_one',
  intensity: 3,
  period: '5s',
  auto_shutdown: 'never',
  restart: 'permanent',
  shutdown: '5s',
  supervisorShutdown: 'infinity',
  stop_signal: 'SIGTERM',
  success_exit_codes: [],
  significant: false,
  stdin: 'pipe',
  autostart: true,
  orphans: 'kill',
  logs: { max_size: '10mb', keep: 5, compress: true, block: '5s', raw: false },
  rootLogTotal: '1gb',
  inherit_env: true,
  shell: false,
  start: 'auto',
  ready: { delay: '0s', interval: '500ms', timeout: '60s' },
  alive: { interval: '10s', timeout: '5s', failures: 3, grace: '0s', clear_after: 3 },
  backoff: { min: '100ms', max: '30s', factor: 2, jitter: 0.1, reset_after: '10s' },
  alarm: { restarts: 3, within: '1h' },
  /** Of one try of a probe. */
  tryTimeout: '5s',
} as const;
