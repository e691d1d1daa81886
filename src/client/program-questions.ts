/** What a program asks: the methods of `PortsupClient` that have one answer. */
import type { Api, InputOf, ReplyRoute, Scope } from '../control/contract.js';
import type { WaitRow } from '../control/registry-rows.js';
import { ask } from './call.js';
import { during, type Limits } from './during.js';
import { namesOf } from './names.js';
import type { HistoryOptions, RunsOptions, WaitOptions } from './options.js';
import { lastOf, timeOf } from './question-values.js';
import { scopeOf } from './scope.js';
import type { Settings } from './settings.js';
import { waitUntil } from './wait.js';

/** Who waits or calls keeps to the time itself, and says what came of it; so much later it is clear that it does not. */
const ANSWER_MS = 1_000;

/** A question; `input` is made when it is asked, and looks for the application only if it has to. */
export interface Asked<R extends ReplyRoute> {
  readonly route: R;
  readonly options: Limits;
  readonly input: (scope: () => Scope) => InputOf<R>;
  /** See `CallOptions` of control/client.ts. */
  readonly unknown?: string | undefined;
}

/** Asks for one value. */
export function answer<R extends ReplyRoute>(settings: Settings, { route, options, input, unknown }: Asked<R>): Promise<Api[R]['reply']> {
  return during(settings, options, (call) =>
    ask(
      call,
      { route, signal: call.signal, unknown },
      input(() => scopeOf(settings)),
    ),
  );
}

/** See `PortsupClient.wait`. */
export function wait(settings: Settings, names: string | readonly string[], options: WaitOptions): Promise<readonly WaitRow[]> {
  const { for: until = 'ready', timeoutMs } = options;
  return during(settings, { ...options, answerMs: ANSWER_MS }, async (call) => {
    const waiting = { scope: scopeOf(settings), names: namesOf(names), until, limitMs: timeoutMs, signal: call.signal };
    const rows = await waitUntil(call, { ...waiting, onWaiting: () => undefined });
    if (rows) return rows;
    throw call.signal.reason;
  });
}

/** See `PortsupClient.history`. */
export const history = (settings: Settings, options: HistoryOptions): Promise<Api['GET /v1/history']['reply']> =>
  answer(settings, { route: 'GET /v1/history', options, input: (scope) => pastOf(scope, options) });

/** See `PortsupClient.runs`. */
export function runs(settings: Settings, options: RunsOptions): Promise<Api['GET /v1/runs']['reply']> {
  const { run, failed = false, others = false } = options;
  return answer(settings, { route: 'GET /v1/runs', options, input: (scope) => ({ ...pastOf(scope, options), run, failed, others }) });
}

function pastOf(scope: () => Scope, { names = [], all = false, lines, since }: HistoryOptions): InputOf<'GET /v1/history'> {
  return { ...(all ? {} : scope()), names: namesOf(names), lines: lastOf(lines, since), since: timeOf('since', since) };
}
