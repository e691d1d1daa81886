import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import type { WriteBytes } from '../../src/base/append-file.js';
import type { Clock } from '../../src/base/clock.js';
import { systemClock } from '../../src/base/system-clock.js';
import { type Capture, openCapture } from '../../src/logs/capture.js';
import { lineJoiner } from '../../src/logs/join.js';
import { type LogPiece, type LogRecord, parseRecord } from '../../src/logs/record.js';
import { makeTestFolder, removeTestFolder } from './run.js';

/** A capture on real FIFOs, held open as the keeper holds them. */
export interface LogRig {
  readonly capture: Capture;
  /** Ends of the service: what is written there is its output. */
  readonly out: number;
  readonly err: number;
  readonly file: string;
  readonly folder: string;
  readonly troubles: string[];
  /** The records in the file: a line that came in pieces is several. */
  readonly records: () => readonly LogPiece[];
  /** The lines in the file, as they are shown. */
  readonly lines: () => readonly LogRecord[];
  /** Closes everything and removes the folder. */
  readonly dispose: () => Promise<void>;
}

/** Opens a capture of service `shop:db`. The caller disposes of it. */
export function logRig(options: { readonly clock?: Clock; readonly writeBytes?: WriteBytes } = {}): LogRig {
  const folder = makeTestFolder();
  const fifos = { out: `${folder}/db.out`, err: `${folder}/db.err` };
  execFileSync('mkfifo', [fifos.out, fifos.err]);
  const out = openSync(fifos.out, 'r+');
  const err = openSync(fifos.err, 'r+');
  const file = `${folder}/logs/shop/db.log`;
  const troubles: string[] = [];
  const onTrouble = (message: string): void => {
    troubles.push(message);
  };
  const capture = openCapture({ app: 'shop', path: 'db', ...fifos, file, clock: systemClock, onTrouble, ...options });
  return {
    capture,
    out,
    err,
    file,
    folder,
    troubles,
    records: () => recordsOf(readFileSync(file)),
    lines: () => linesOf(recordsOf(readFileSync(file))),
    dispose: async () => {
      await capture.close();
      closeSync(out);
      closeSync(err);
      removeTestFolder(folder);
    },
  };
}

/** The records in the bytes of a log file; fails on a line that is none. */
function recordsOf(bytes: Buffer): readonly LogPiece[] {
  const pieces: LogPiece[] = [];
  let start = 0;
  for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, start)) {
    const piece = parseRecord(bytes.subarray(start, end));
    if (!piece) throw new Error(`no record: ${bytes.toString('latin1', start, end)}`);
    pieces.push(piece);
    start = end + 1;
  }
  if (start < bytes.length) throw new Error('the last line is torn');
  return pieces;
}

function linesOf(pieces: readonly LogPiece[]): readonly LogRecord[] {
  const lines: LogRecord[] = [];
  const joiner = lineJoiner({ app: 'shop', path: 'db' }, (line) => lines.push(line));
  for (const piece of pieces) joiner.push(piece);
  joiner.end();
  return lines;
}
