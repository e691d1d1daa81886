/** `breaker`: the circuit breakers of supervisors by hand (fuse: melt/1, reset/1, circuit_disable/1, circuit_enable/1). */
import type { Millis } from '../base/clock.js';
import { PortsupError } from '../base/errors.js';
import { parentPath } from '../base/names.js';
import type { ActionLine, InputOf } from '../control/contract.js';
import type { LineStream } from '../control/streams.js';
import { below, commonApp, refreshed, startLimit, targetsOf, untilStarted } from './by-hand.js';
import { type DaemonContext, refuseWhileEnding } from './context.js';
import { refuseDisabled } from './refuse-disabled.js';
import { resultLine, tooLate } from './results.js';
import { allProvedAt, stopProgress } from './settling.js';
import { isServicePlace, type Placed } from './view.js';
import { waitFor } from './waiting.js';

/** Does it to all of them, and waits for what is started or stopped by it. Nothing is done unless all of them are supervisors. */
export async function breaker(context: DaemonContext, body: InputOf<'POST /v1/breaker'>, stream: LineStream<ActionLine>): Promise<void> {
  const { verb, timeoutMs } = body;
  const mayStart = verb === 'reset' || verb === 'enable';
  if (mayStart) refuseWhileEnding(context);
  const targets = targetsOf(context, body);
  for (const target of targets) if (target.node.kind === 'service') throw ofService(target, verb);
  if (mayStart) for (const target of targets) refuseBelowDisabled(context, target, verb);
  if (!context.asked.has(body.token)) {
    const events = targets.map(({ app, path }) => ({ type: 'breaker-asked', app, path, verb }) as const);
    context.asked.post(body.token, events);
  }
  if (mayStart) return untilStarted(context, targets, { limitMs: timeoutMs ?? startLimit(below(targets)), stream });
  return untilSettled(context, targets, { limitMs: timeoutMs ?? null, stream });
}

/** What is blown is stopped, and may be started again by the supervisor above it. */
async function untilSettled(
  context: DaemonContext,
  targets: readonly Placed[],
  { limitMs, stream }: { readonly limitMs: Millis | null; readonly stream: LineStream<ActionLine> },
): Promise<void> {
  const now = (): readonly Placed[] => below(refreshed(context, targets));
  const progress = (): ReturnType<typeof stopProgress> => stopProgress(now().filter(isServicePlace), context.clock.now());
  const reachedAt = (): Millis | null => allProvedAt(context.runtime.forest(), targets);
  const reached = await waitFor(context, stream, { reachedAt, progress, limitMs });
  if (reached === 'too-late') throw tooLate('what follows from it', progress().waitingFor);
  stream.write(await resultLine(context, { app: commonApp(targets), placed: now() }));
}

function ofService({ app, path }: Placed, verb: string): PortsupError {
  const name = parentPath(path) || app;
  return new PortsupError(
    'USAGE',
    `${path} is a service, and only supervisors have a circuit breaker; its supervisor is ${name}`,
    `"portsup breaker ${verb} ${name}" is about that one`,
  );
}

/** A supervisor is started with those above it, and they must not be. */
function refuseBelowDisabled(context: DaemonContext, { app, path }: Placed, verb: string): void {
  if (path !== '') refuseDisabled(context, { app, path: parentPath(path) }, `breaker ${verb}`);
}
