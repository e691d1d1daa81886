/** One call in the words that a service understands. */
import type { Answer, Json } from '../../calls/answer.js';
import type { LinePipe } from '../../calls/line-call.js';
import type { ServiceSpec } from '../../supervision/spec.js';
import type { DaemonContext } from '../context.js';
import { isGoingOn, type LiveRun } from './run-end.js';

/** What is asked of which run. */
export interface Speaking {
  readonly live: LiveRun;
  readonly spec: ServiceSpec;
  readonly method: string;
  readonly args: readonly Json[];
  /** Closes the connection; what comes of it then means nothing. */
  readonly signal: AbortSignal;
}

/** Asks, and waits for the answer until `signal` aborts. What speaks is loaded with the first call. */
export async function speak(context: DaemonContext, { live, spec, method, args, signal }: Speaking): Promise<Answer> {
  const { call: how } = spec;
  if (how === null) throw new Error(`bug: ${live.path} is called without a way to call it`);
  const { by, url } = how;
  if (url === null) {
    const { callOverLines } = await import('../../calls/line-call.js');
    return callOverLines(pipeOf(context, live), { method, args }, signal);
  }
  const { callOverHttp } = await import('../../calls/http-call.js');
  return callOverHttp({ by, url }, { method, args }, signal);
}

const pipeOf = (context: DaemonContext, live: LiveRun): LinePipe => ({
  write: async (text, signal) => {
    const fifo = context.ports.inputPath(live.app, live.path);
    if (fifo !== undefined) await context.calls.lines.write({ fifo, text, isFor: () => isGoingOn(context, live), signal });
  },
  watch: (listener) => {
    const capture = context.ports.capture(live.app, live.path);
    if (!capture) return () => undefined;
    return capture.watch(({ run, stream, bytes, end }) => {
      if (run === live.run && stream === 'out') listener({ bytes, isOpen: end === 'next-piece' });
    });
  },
});
