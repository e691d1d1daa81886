/**
 * The output of one service on its way to its log file. The life of a line: the program writes it into a FIFO, the
 * event loop reads it (`fifo-reader`), it is cut off at its newline (`lines`), becomes a record with time, run and
 * stream (`record`) and waits for the file (`writer`). When the file is slower than the program, reading pauses, the
 * pipe fills and the program waits: the daemon never grows.
 */
import type { WriteBytes } from '../base/append-file.js';
import type { Clock } from '../base/clock.js';
import { FifoReader } from './fifo-reader.js';
import { type LogOwner, type LogSource, lineJoiner } from './join.js';
import { endLine, giveBeginning, type LineMark, type OpenLine, openLine, takeBytes } from './lines.js';
import { formatRecords, type LogPiece, type LogRecord, type LogStream, parseRecords, recordHead } from './record.js';
import { lastLinesNow } from './tail.js';
import { LogWriter } from './writer.js';

/** One service's output: where it comes from and where it goes. */
export interface CaptureOptions extends LogOwner {
  /** FIFO of its standard output; it exists, and someone holds it open. */
  readonly out: string;
  /** FIFO of its standard error. */
  readonly err: string;
  /** The log file, as `logFile` names it; made (0600, folders 0700) when there is something to write. */
  readonly file: string;
  readonly clock: Clock;
  /** Lines cannot be written, or are lost. Default: nobody is told. */
  readonly onTrouble?: ((message: string) => void) | undefined;
  /** The log file cannot be written, for this error; null: that is over. Once each time that it changes. Default: nobody is told. */
  readonly onFailing?: ((error: unknown) => void) | undefined;
  /** Replaces the system call in tests. */
  readonly writeBytes?: WriteBytes | undefined;
}

/** Begins to read both FIFOs. Lines belong to run 0 until {@link Capture.startRun}. Whoever calls this calls `close`.
 *
 * @throws the system's error when a FIFO cannot be opened. */
export const openCapture = (options: CaptureOptions): Capture => new Capture(options);

/** The output of one service while the daemon holds it. */
export class Capture {
  readonly app: string;
  readonly path: string;
  private readonly options: CaptureOptions;
  private readonly writer: LogWriter;
  private readonly readers: Readonly<Record<LogStream, FifoReader>>;
  private readonly open: Readonly<Record<LogStream, OpenLine>> = { out: openLine(), err: openLine() };
  private currentRun = 0;
  private hasStopped = false;
  /** Null while nobody listens, which is nearly always. */
  private listeners: Set<(piece: LogPiece) => void> | null = null;

  constructor(options: CaptureOptions) {
    this.app = options.app;
    this.path = options.path;
    this.options = options;
    this.writer = new LogWriter({
      file: options.file,
      clock: options.clock,
      writeBytes: options.writeBytes,
      onRoom: () => {
        this.readers.out.resume();
        this.readers.err.resume();
      },
      onTrouble: this.tellTrouble,
      onFailing: options.onFailing,
      lossRecord: (lost, cause) => formatRecords(this.head('err')(''), Buffer.from(`portsup: ${lost} lines are missing here: ${cause}`)),
    });
    const out = this.reader('out', options.out);
    try {
      this.readers = { out, err: this.reader('err', options.err) };
    } catch (error) {
      void out.close(); // Nobody waits for it: closing a FIFO that nothing was read from cannot fail.
      throw error;
    }
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
    endLine(this.open.out, this.sink('out'));
    endLine(this.open.err, this.sink('err'));
  }

  /** The last `count` lines, oldest first, at once; those that wait to be written are among them. */
  lastLines(count: number): readonly LogRecord[] {
    return lastLinesNow(this.source(), count);
  }

  /** Calls `listener` with each line from now on, as soon as it is whole; the returned function ends that. */
  subscribe(listener: (line: LogRecord) => void): () => void {
    const joiner = lineJoiner(this, listener);
    return this.watch((piece) => {
      joiner.push(piece);
    });
  }

  /** As {@link subscribe}, but each record as it stands in the file: what follows exactly on the {@link source} of the same moment. */
  watch(listener: (piece: LogPiece) => void): () => void {
    this.listeners ??= new Set();
    this.listeners.add(listener);
    return () => {
      this.listeners?.delete(listener);
      if (this.listeners?.size === 0) this.listeners = null;
    };
  }

  /** Everything up to this moment, for the functions of `tail`. */
  source(): LogSource {
    return { app: this.app, path: this.path, file: this.options.file, end: this.writer.size, unwritten: this.writer.unwritten };
  }

  /** Resolves when all that was taken up to now is in the file. */
  async flush(): Promise<void> {
    await this.writer.flush();
  }

  /** Stops reading for good and writes what was read, but holds the FIFOs until the process ends. */
  async pause(): Promise<void> {
    this.hasStopped = true;
    this.readers.out.pause();
    this.readers.err.pause();
    await this.writer.close();
  }

  /**
   * Stops reading and writes what was read. What is in the FIFOs stays there for the next reader, and an unfinished line
   * is marked as going on. Reading and writing errors are told by `onTrouble`, never thrown.
   */
  async close(): Promise<void> {
    this.hasStopped = true;
    await Promise.all([this.readers.out.close(), this.readers.err.close()]);
    await this.writer.close();
  }

  private reader(stream: LogStream, path: string): FifoReader {
    const take = (bytes: Buffer): boolean => this.take(stream, bytes);
    return new FifoReader(path, { take, clock: this.options.clock, onTrouble: this.tellTrouble });
  }

  private take(stream: LogStream, bytes: Buffer): boolean {
    const line = this.open[stream];
    const sink = this.sink(stream);
    takeBytes(line, bytes, sink);
    // Also what is no line yet: what is not in the file is lost when we are killed.
    giveBeginning(line, sink);
    return !this.writer.isFull;
  }

  /** Records what it is given, with the time of now. */
  private sink(stream: LogStream): (mark: LineMark, bytes: Buffer) => void {
    const head = this.head(stream);
    return (mark, bytes) => {
      const records = formatRecords(head(mark), bytes);
      this.writer.append(records);
      if (this.listeners) this.tell(this.listeners, records);
    };
  }

  private head(stream: LogStream): (mark: LineMark) => string {
    const { clock } = this.options;
    return recordHead(clock.wallTime(clock.now()).toISOString(), this.currentRun, stream);
  }

  private tell(listeners: ReadonlySet<(piece: LogPiece) => void>, records: string): void {
    for (const piece of parseRecords(records)) {
      for (const listener of listeners) listener(piece);
    }
  }

  private readonly tellTrouble = (message: string): void => {
    this.options.onTrouble?.(message);
  };
}
