/**
 * The output of one service on its way to its log. The life of a line: the program writes it into a FIFO, the event loop reads it
 * (`fifo-reader`), and together with all that was read with it it is written into the log (`writer`, `log-file`) with time, run and stream,
 * and looked at no further. When the log cannot be written, reading pauses, the pipe fills and the program waits: the daemon never grows.
 */
import type { Clock } from '../base/clock.js';
import { FifoReader } from './fifo-reader.js';
import type { LogOwner, LogSource } from './join.js';
import { LogFile } from './log-file.js';
import { openFile } from './part-files.js';
import { PlainFile } from './plain-file.js';
import { tailRaw } from './raw-tail.js';
import { type Chunk, type LogMark, type LogPiece, type LogStream, piecesOfChunk } from './record.js';
import type { ServiceLog } from './service-log.js';
import { LogWriter, tellOf, type WriteNow } from './writer.js';

/** One service's output: where it comes from and where it goes. */
export interface CaptureOptions {
  /** FIFO of its standard output; it exists, and someone holds it open. */
  readonly out: string;
  /** FIFO of its standard error. */
  readonly err: string;
  /** Where it goes, and by which policy. */
  readonly log: ServiceLog;
  readonly clock: Clock;
  /** Lines cannot be written, or are lost. Default: nobody is told. */
  readonly onTrouble?: ((message: string) => void) | undefined;
  /** A file cannot be written, for this error; null: that is over. Once each time that it changes. Default: nobody is told. */
  readonly onFailing?:
    | ((failure: { readonly file: string; readonly error: unknown; readonly isDropped: boolean; readonly isCopy: boolean }) => void)
    | undefined;
  /** Lines are dropped from now on (null), or so many were. Default: nobody is told. */
  readonly onDropped?: ((lines: number | null, cause: string) => void) | undefined;
  /** Replaces the system call in tests. */
  readonly writeNow?: WriteNow | undefined;
}

/** Begins to read both FIFOs. Lines belong to run 0 until {@link Capture.startRun}. Whoever calls this calls `close`.
 *
 * @throws the system's error when a FIFO cannot be opened. */
export const openCapture = (options: CaptureOptions): Capture => new Capture(options);

const NEWLINE = 0x0a;
const NOTHING = Buffer.alloc(0);

/** The output of one service while the daemon holds it. */
export class Capture implements LogOwner {
  readonly app: string;
  readonly path: string;
  private readonly options: CaptureOptions;
  private readonly file: LogFile;
  private readonly writer: LogWriter;
  /** The file of the user's choice, as long as one is configured. */
  private copy: { readonly file: PlainFile; readonly writer: LogWriter } | null = null;
  private readonly readers: Readonly<Record<LogStream, FifoReader>>;
  /** Is a stream in the middle of a line? */
  private readonly isOpen: Record<LogStream, boolean> = { out: false, err: false };
  private currentRun = 0;
  private hasStopped = false;
  /** Null while nobody listens, which is nearly always. */
  private listeners: Set<(piece: LogPiece) => void> | null = null;

  constructor(options: CaptureOptions) {
    const { log } = options;
    this.app = log.app;
    this.path = log.path;
    this.options = options;
    this.file = new LogFile(log, { clock: options.clock, onTrouble: this.tellTrouble, writeNow: options.writeNow });
    this.writer = this.newWriter(this.file);
    const out = this.reader('out', options.out);
    try {
      this.readers = { out, err: this.reader('err', options.err) };
    } catch (error) {
      void out.close(); // Nobody waits for it: closing a FIFO that nothing was read from cannot fail.
      throw error;
    }
    log.makeRoom = () => {
      if (this.writer.waitingBytes === 0) this.file.closePart();
    };
    this.applyPolicy();
  }

  /** The log's policy may have changed. */
  applyPolicy(): void {
    const { policy } = this.options.log;
    const path = policy.mode === 'capture' ? policy.file : null;
    if (this.copy?.file.path === (path ?? undefined)) return;
    this.copy?.writer.close();
    const file = path === null ? null : new PlainFile(path);
    this.copy = file && { file, writer: this.newWriter(file) };
  }

  /** What the user's own file gets from now on goes to the file that is at its path then. False: there is none. */
  reopen(): boolean {
    const { copy } = this;
    if (copy) tellOf(() => copy.file.reopen(), `closing ${copy.file.path}`, this.tellTrouble);
    return copy !== null;
  }

  /** What comes from now on belongs to `run`. Call it before the run is spawned. */
  startRun(run: number): void {
    this.currentRun = run;
  }

  /** The run that what comes now belongs to. */
  get run(): number {
    return this.currentRun;
  }

  /**
   * The run's process has ended: takes all its last words out of the FIFOs, now, and ends its unfinished lines.
   * When this returns, nothing of the run is outside; what comes later is not its own. Does nothing once reading has stopped: then its
   * last words are in the FIFOs, for the next reader, and so is the rest of its lines.
   */
  endRun(): void {
    if (this.hasStopped) return;
    this.readers.out.drain();
    this.readers.err.drain();
    for (const stream of ['out', 'err'] as const) {
      if (this.isOpen[stream]) this.give(stream, '-.', NOTHING);
      this.isOpen[stream] = false;
    }
  }

  /** Calls `listener` with each piece of a line from now on, as it stands in the log: what follows exactly on the {@link source} of the same moment. */
  watch(listener: (piece: LogPiece) => void): () => void {
    this.listeners ??= new Set();
    this.listeners.add(listener);
    // Each its own: one that is shared may be behind what is in the source.
    const endRawTail = this.options.log.policy.mode === 'raw' ? this.tailRaw(listener) : undefined;
    return () => {
      endRawTail?.();
      this.listeners?.delete(listener);
      if (this.listeners?.size === 0) this.listeners = null;
    };
  }

  /** Everything up to this moment, for the functions that read logs. */
  source(): LogSource {
    const { log } = this.options;
    if (!this.hasStopped) this.file.mend();
    if (log.policy.mode === 'raw') log.measureRaw();
    return log.source({ end: this.file.size, unwritten: this.writer.unwritten });
  }

  /** Stops reading for good and writes what was read, but holds the FIFOs until the process ends. */
  pause(): void {
    this.hasStopped = true;
    this.readers.out.pause();
    this.readers.err.pause();
    this.closeFiles();
  }

  /**
   * Stops reading and writes what was read. What is in the FIFOs stays there for the next reader, and an unfinished line
   * is marked as going on. Reading and writing errors are told by `onTrouble`, never thrown.
   */
  async close(): Promise<void> {
    this.hasStopped = true;
    await Promise.all([this.readers.out.close(), this.readers.err.close()]);
    this.closeFiles();
  }

  private closeFiles(): void {
    this.options.log.makeRoom = null;
    this.writer.close();
    this.copy?.writer.close();
    this.copy = null;
  }

  private newWriter(target: LogFile | PlainFile): LogWriter {
    const { clock, log, onFailing, onDropped } = this.options;
    const isCopy = target instanceof PlainFile;
    return new LogWriter({
      target,
      clock,
      // For a copy nobody is held.
      blockMs: () => (isCopy ? 0 : log.policy.blockMs),
      onRoom: () => {
        if (this.isFull) return;
        this.readers.out.resume();
        this.readers.err.resume();
      },
      onTrouble: this.tellTrouble,
      onFailing: (error, isDropped) => onFailing?.({ file: target.path, error, isDropped, isCopy }),
      onDropped: isCopy ? undefined : onDropped,
      lossChunk: (lost, cause) => ({
        ...this.head('err'),
        mark: '',
        bytes: Buffer.from(`portsup: ${lost} lines are missing here: ${cause}`),
      }),
    });
  }

  private get isFull(): boolean {
    const isLogFull = this.writer.isFull;
    return (this.copy?.writer.isFull ?? false) || isLogFull;
  }

  private reader(stream: LogStream, path: string): FifoReader {
    const take = (bytes: Buffer): boolean => this.take(stream, bytes);
    return new FifoReader(path, { take, clock: this.options.clock, onTrouble: this.tellTrouble });
  }

  private take(stream: LogStream, bytes: Buffer): boolean {
    const limit = this.file.largestChunk();
    for (let start = 0; start < bytes.length; ) {
      const end = bytes.length - start <= limit ? bytes.length : endOfLines(bytes, start, limit);
      this.takeSome(stream, bytes.subarray(start, end));
      start = end;
    }
    return !this.isFull;
  }

  /** All of it, also what is no line yet: what is not in the file is lost when we are killed. */
  private takeSome(stream: LogStream, bytes: Buffer): void {
    const isEnded = bytes.at(-1) === NEWLINE;
    const begin = this.isOpen[stream] ? '-' : '';
    this.isOpen[stream] = !isEnded;
    this.give(stream, `${begin}${isEnded ? '' : '+'}`, isEnded ? bytes.subarray(0, -1) : bytes);
  }

  private give(stream: LogStream, mark: LogMark, bytes: Buffer): void {
    // It may have been configured after this run was given pipes.
    if (this.options.log.policy.mode === 'none') return;
    const chunk: Chunk = { ...this.head(stream), mark, bytes };
    this.writer.add(chunk);
    this.copy?.writer.add(chunk);
    if (this.listeners) this.tell(this.listeners, chunk);
  }

  private head(stream: LogStream): Pick<Chunk, 'stamp' | 'run' | 'stream'> {
    const { clock } = this.options;
    return { stamp: clock.wallTime(clock.now()).toISOString(), run: this.currentRun, stream };
  }

  private tell(listeners: Iterable<(piece: LogPiece) => void>, chunk: Chunk): void {
    // A copy: what was read is about to be overwritten.
    for (const piece of piecesOfChunk({ ...chunk, bytes: Buffer.from(chunk.bytes) })) {
      for (const listener of listeners) listener(piece);
    }
  }

  /** What a program writes itself has no time and no run; it is told with those of the moment at which it is seen. */
  private tailRaw(listener: (piece: LogPiece) => void): () => void {
    const { clock, log } = this.options;
    return tailRaw(openFile(log.stem, 'raw'), clock, (bytes) => {
      this.tell([listener], { ...this.head('out'), mark: '', bytes });
    });
  }

  private readonly tellTrouble = (message: string): void => {
    this.options.onTrouble?.(message);
  };
}

/** Where to cut bytes that are more than `limit`: behind a line if one ends there. */
function endOfLines(bytes: Buffer, start: number, limit: number): number {
  const newline = bytes.lastIndexOf(NEWLINE, start + limit - 1);
  return newline > start ? newline + 1 : start + limit;
}
