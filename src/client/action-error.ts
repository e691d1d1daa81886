import { PortsupError } from '../base/errors.js';
import type { ActionResult } from './options.js';

/**
 * An action that was done in part: `START_FAILED` of `up`, `start` and `restart`, `FAILED` of `stop`, `down` and `stopDaemon`. `result` is what came of it; its `failures` name
 * each service with the cause and its last lines of output.
 */
export class ActionError extends PortsupError {
  readonly result: ActionResult;

  /** @param verb - "start", "stop": what the failures failed to do. */
  constructor(verb: 'start' | 'restart' | 'stop', result: ActionResult) {
    const [first] = result.failures;
    const more = result.failures.length > 1 ? `, and ${result.failures.length - 1} more` : '';
    const message = `${first?.path || 'the application'} failed to ${verb}: ${first?.cause ?? 'nobody knows why'}${more}`;
    super(verb === 'stop' ? 'FAILED' : 'START_FAILED', message, '"portsup history" and "portsup logs" tell more');
    this.result = result;
  }
}
