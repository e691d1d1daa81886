import { execFileSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Clock } from '../../src/base/clock.js';
import { systemClock } from '../../src/base/system-clock.js';
import { type Capture, type CaptureOptions, openCapture } from '../../src/logs/capture.js';
import type { LogSource } from '../../src/logs/join.js';
import { openFile } from '../../src/logs/part-files.js';
import { logForward } from '../../src/logs/pieces.js';
import { DEFAULT_POLICY, type LogPolicy } from '../../src/logs/policy.js';
import { readAll } from '../../src/logs/read-all.js';
import type { LogPiece, LogRecord } from '../../src/logs/record.js';
import type { ServiceLog } from '../../src/logs/service-log.js';
import { type Budget, LogStore } from '../../src/logs/store.js';
import { readLast } from '../../src/logs/tail.js';
import { makeTestFolder, removeTestFolder } from './run.js';

/** How the log of a rig is kept and written; the rest is as by default. */
export interface LogRigOptions extends Pick<CaptureOptions, 'writeNow'> {
  readonly clock?: Clock;
  readonly policy?: Partial<LogPolicy>;
  readonly budgets?: readonly Budget[];
}

/** A capture on real FIFOs, held open as the keeper holds them. */
export interface LogRig {
  readonly capture: Capture;
  readonly log: ServiceLog;
  readonly store: LogStore;
  /** Ends of the service: what is written there is its output. */
  readonly out: number;
  readonly err: number;
  /** What is written into now. */
  readonly file: string;
  readonly folder: string;
  readonly troubles: string[];
  /** Each change: lines are dropped from now on (null), or so many were. */
  readonly drops: (number | null)[];
  /** Another capture of the same service, as the next daemon opens it. The caller closes it. */
  readonly next: () => Capture;
  /** So many of its last lines, also those that are not in the file yet. */
  readonly last: (lines: number) => Promise<readonly LogRecord[]>;
  /** The pieces of lines that are in its files. */
  readonly pieces: () => Promise<readonly LogPiece[]>;
  /** The lines that are in its files, as they are shown. */
  readonly lines: () => Promise<readonly LogRecord[]>;
  /** Closes everything and removes the folder. */
  readonly dispose: () => Promise<void>;
}

/** Opens a capture of service `shop:db`. The caller disposes of it. */
export function logRig({ clock = systemClock, policy, budgets = [], writeNow }: LogRigOptions = {}): LogRig {
  const folder = makeTestFolder();
  const fifos = { out: `${folder}/db.out`, err: `${folder}/db.err` };
  execFileSync('mkfifo', [fifos.out, fifos.err]);
  const [out, err] = [openSync(fifos.out, 'r+'), openSync(fifos.err, 'r+')];
  const troubles: string[] = [];
  const drops: (number | null)[] = [];
  const onTrouble = (message: string): void => void troubles.push(message);
  const store = new LogStore({ folder: `${folder}/logs`, clock, onTrouble });
  store.plan('shop', { policies: new Map([['db', { ...DEFAULT_POLICY, ...policy }]]), budgets });
  const log = store.of('shop', 'db');
  const next = (): Capture => openCapture({ ...fifos, log, clock, onTrouble, onDropped: (lines) => void drops.push(lines), writeNow });
  const capture = next();
  return {
    capture,
    log,
    store,
    out,
    err,
    folder,
    troubles,
    drops,
    next,
    file: openFile(log.stem, 'log'),
    last: (lines) => readLast([capture.source()], { lines }),
    pieces: () => piecesOf(log.source()),
    lines: () => linesOf(log.source()),
    dispose: async () => {
      store.close();
      await capture.close();
      closeSync(out);
      closeSync(err);
      removeTestFolder(folder);
    },
  };
}

/** All pieces of a log. */
async function piecesOf(source: LogSource): Promise<readonly LogPiece[]> {
  const pieces: LogPiece[] = [];
  for await (const batch of logForward(source, {}, 256 * 1024)) pieces.push(...batch);
  return pieces;
}

/** All lines of a log. */
export async function linesOf(source: LogSource): Promise<readonly LogRecord[]> {
  const lines: LogRecord[] = [];
  for await (const batch of readAll([source])) lines.push(...batch);
  return lines;
}
