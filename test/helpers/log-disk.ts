import { writeSync } from 'node:fs';
import { messageOf } from '../../src/base/errors.js';
import { LogFile } from '../../src/logs/log-file.js';
import { DEFAULT_POLICY, type LogPolicy } from '../../src/logs/policy.js';
import type { Chunk } from '../../src/logs/record.js';
import type { ServiceLog } from '../../src/logs/service-log.js';
import { type Budget, LogStore } from '../../src/logs/store.js';
import { LogWriter, type WriteNow } from '../../src/logs/writer.js';
import { type ManualClock, manualClock } from './manual-clock.js';

/** A disk that can be full: then nothing is written, or only so many bytes. */
export interface FakeDisk {
  room: number;
  tries: number;
  readonly writeNow: WriteNow;
}

/** A disk with room for so many bytes; default: none. */
export function fakeDisk(room = 0): FakeDisk {
  const disk: FakeDisk = {
    room,
    tries: 0,
    writeNow: (fd, bytes) => {
      disk.tries += 1;
      if (disk.room === 0) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
      const written = writeSync(fd, bytes, 0, Math.min(bytes.length, disk.room));
      disk.room -= written;
      return written;
    },
  };
  return disk;
}

/** A writer into the log of a service, and all that it has told. */
export interface WriterRig {
  readonly log: ServiceLog;
  readonly file: LogFile;
  readonly writer: LogWriter;
  readonly troubles: string[];
  /** Each change: what it fails with, null when that is over. */
  readonly failures: (string | null)[];
  /** Each change: lines are dropped from now on (null), or so many were. */
  readonly drops: (number | null)[];
  readonly rooms: { count: number };
  /** All that was said. */
  readonly put: Chunk[];
  /** Takes text as read from a stream now, less the newline at its end. */
  readonly say: (bytes: string | Buffer, more?: Partial<Chunk>) => void;
}

/** Opens a writer into a service's log; on a disk that works unless told otherwise. The caller closes it. */
export function writerRig(log: ServiceLog, clock: ManualClock, writeNow?: WriteNow): WriterRig {
  const troubles: string[] = [];
  const failures: (string | null)[] = [];
  const drops: (number | null)[] = [];
  const rooms = { count: 0 };
  const put: Chunk[] = [];
  const onTrouble = (message: string): void => void troubles.push(message);
  const file = new LogFile(log, { clock, onTrouble, writeNow });
  const head = (): Pick<Chunk, 'stamp' | 'run'> => ({ stamp: clock.wallTime(clock.now()).toISOString(), run: 1 });
  const writer = new LogWriter({
    target: file,
    clock,
    blockMs: () => log.policy.blockMs,
    onRoom: () => {
      rooms.count += 1;
    },
    onTrouble,
    onFailing: (error, isDropped) => void failures.push(error === null ? null : isDropped ? 'dropped' : messageOf(error)),
    onDropped: (lines) => void drops.push(lines),
    lossChunk: (lost, cause) => ({ ...head(), stream: 'err', mark: '', bytes: Buffer.from(`LOST ${lost} ${cause}`) }),
  });
  log.makeRoom = () => {
    if (writer.unwritten.length === 0) file.closePart();
  };
  const say: WriterRig['say'] = (bytes, more) => {
    const chunk: Chunk = { ...head(), stream: 'out', mark: '', bytes: Buffer.from(bytes as string), ...more };
    put.push(chunk);
    writer.add(chunk);
  };
  return { log, file, writer, troubles, failures, drops, rooms, put, say };
}

/** How the logs of application `shop` are kept in a test. */
export interface StoreRigOptions {
  readonly clock?: ManualClock;
  readonly policies?: Readonly<Record<string, Partial<LogPolicy>>>;
  readonly budgets?: readonly Budget[];
}

/** The logs in a folder, of the application `shop`. The caller closes it. */
export function openStore(folder: string, { clock = manualClock(), policies = {}, budgets = [] }: StoreRigOptions = {}): LogStore {
  const store = new LogStore({
    folder,
    clock,
    onTrouble: (message) => {
      throw new Error(message);
    },
  });
  store.plan('shop', planOf({ policies, budgets }));
  return store;
}

/** A plan of application `shop`; what a policy does not say is as by default. */
export const planOf = ({ policies = {}, budgets = [] }: StoreRigOptions): Parameters<LogStore['plan']>[1] => ({
  policies: new Map(Object.entries(policies).map(([path, policy]) => [path, { ...DEFAULT_POLICY, ...policy }])),
  budgets,
});
