/** Which measures of logs there are, what each has to reach, and how often it is taken. */

const cap = (id, what, target) => ({ id, what, ...target });
const rate = (leastOfFloor) => ({ unit: 'MB/s', leastOfFloor });

/** In the order of the table; targets as in `plan.mjs`. `leastOfFloor`: more is better, and so much of the floor it has to be. */
export const LOG_MEASURES = [
  cap('log-100', 'log of 100-byte lines, one a write (floor: `cat > file`)', rate(0.75)),
  cap('log-100-rotated', 'the same with the default `logs`: rotated', rate(0.75)),
  cap('log-64k', 'log of 100-byte lines, 64 KB a write (floor: `cat > file`)', rate(0.6)),
  cap('log-64k-rotated', 'the same with the default `logs`: rotated', rate(0.6)),
  cap('log-cpu-100', 'CPU seconds of keeper + daemon per GB of log, 100 bytes a write (floor: `cat`)', { unit: 's', reach: 4.5 }),
  cap('log-cpu-64k', 'CPU seconds of keeper + daemon per GB of log, 64 KB a write (floor: `cat`)', { unit: 's', reach: 1.2 }),
  cap('log-memory', "growth of the daemon's peak memory while four services flood", { unit: 'MB', reach: 40 }),
  cap('log-last-words', 'runs that print 500 KB and exit at once: with a line missing', { unit: 'runs', reach: 0 }),
  cap('log-read-last', '`logs -n 50` of 1 GB in one file (floor: `node -e 0`)', { unit: 'ms', reach: 150 }),
  cap('log-read-window', '`logs --since --until`, 300 lines in the middle of it', { unit: 'ms', reach: 150 }),
  cap('log-read-parts-last', '`logs -n 50` of 1 GB in 100 parts, compressed', { unit: 'ms', reach: 150 }),
  cap('log-read-parts-window', '`logs --since --until`, 300 lines in the middle of them', { unit: 'ms', reach: 150 }),
  cap('log-flood-kill-100', 'SIGKILL to new process while another service floods, 100 bytes a write (floor: quiet)', {
    unit: 'ms',
    ofFloor: 2,
  }),
  cap('log-flood-kill-64k', 'the same, 64 KB a write', { unit: 'ms', ofFloor: 2 }),
  cap('log-flood-ps-100', '`ps` while a service floods, 100 bytes a write (floor: quiet)', { unit: 'ms', ofFloor: 2 }),
  cap('log-flood-ps-64k', 'the same, 64 KB a write', { unit: 'ms', ofFloor: 2 }),
];

/** `lines`: printed in each round of `log-100` and `log-64k`. `reads`: how often each command that reads logs. */
export const LOG_FULL = {
  rounds: 7,
  lines: { 100: 3_000_000, '64k': 4_000_000 },
  floodSeconds: 20,
  lastWords: 1_000,
  reads: 15,
};
export const LOG_QUICK = {
  rounds: 3,
  lines: { 100: 1_000_000, '64k': 2_000_000 },
  floodSeconds: 5,
  lastWords: 50,
  reads: 5,
};
