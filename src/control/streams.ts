/** NDJSON as an answer: one JSON value a line, each sent as soon as it is written. */
import type { ServerResponse } from 'node:http';

/** The answer of a stream route, as its handler sees it. */
export interface LineStream<Line> {
  /** Aborted when the client has gone away, or when the server closes and the stream would never end by itself. */
  readonly signal: AbortSignal;
  /** Sends the answer's head now; without it the head goes with the first line, so that an error before it is a plain error answer. */
  open(): void;
  /** Sends one line. False: the client reads more slowly than we write, await `drained()` before the next line. After `signal` has aborted it does nothing. */
  write(line: Line): boolean;
  /** Sends lines that are JSON already, each with its newline: for answers of millions of lines. */
  writeJson(lines: string): boolean;
  /** Resolves when what was written has been taken over by the system, or when `signal` has aborted. */
  drained(): Promise<void>;
}

/** What the server holds of a stream besides what the handler sees. */
export interface OpenStream<Line> extends LineStream<Line> {
  /** Aborts `signal`: the handler is to end the stream. */
  abort(): void;
}

/** Makes the stream of one response. Whoever makes it ends the response. */
export function openStream<Line>(response: ServerResponse): OpenStream<Line> {
  const gone = new AbortController();
  response.once('close', () => {
    gone.abort();
  });
  const send = (text: string): boolean => {
    if (gone.signal.aborted || response.destroyed) return true;
    sendHead(response);
    return response.write(text);
  };
  return {
    signal: gone.signal,
    abort: () => {
      gone.abort();
    },
    open: () => {
      sendHead(response);
      response.flushHeaders();
    },
    write: (line) => send(`${JSON.stringify(line)}\n`),
    writeJson: send,
    drained: async () => {
      await untilDrained(response, gone.signal);
    },
  };
}

function sendHead(response: ServerResponse): void {
  if (!response.headersSent) response.writeHead(200, { 'content-type': 'application/x-ndjson' });
}

function untilDrained(response: ServerResponse, gone: AbortSignal): Promise<void> {
  if (gone.aborted || !response.writableNeedDrain) return Promise.resolve();
  return new Promise((resolve) => {
    const settle = (): void => {
      response.off('drain', settle);
      gone.removeEventListener('abort', settle);
      resolve();
    };
    response.on('drain', settle);
    gone.addEventListener('abort', settle);
  });
}
