// @ts-check
/** service_b: crunches numbers, and has service_a do the sums. */
import { Agent } from 'node:http';
import { callMethod, NoAnswer } from './rpc-client.js';
import { endProcess, runService } from './service.js';
import { portOf } from './settings.js';
import { Fault } from './xmlrpc-values.js';

/** @typedef {import('./xmlrpc-values.js').Value} Value */

await runService('service_b', 'SERVICE_B_PORT', new Map([['crunch', crunch]]));

/**
 * `crunch(n, m)` is n + 0 + 1 + ... + (m - 1), in m calls of service_a's `add`. With m below 1 it does what a broken
 * program does: it ends the process, in the middle of the call. That is what the example is there to show.
 *
 * @param {readonly Value[]} params
 * @param {AbortSignal} signal
 * @returns {Promise<Value>}
 */
async function crunch(params, signal) {
  const [n, m] = params;
  if (params.length !== 2 || typeof n !== 'bigint' || typeof m !== 'bigint') throw new Fault('crunch takes two integers');
  if (m < 1n) {
    endProcess('m must be positive');
    return new Promise(() => {
      // Never settled, so never answered: the caller loses the connection with the process.
    });
  }
  const port = portOf('SERVICE_A_PORT');
  // One connection for the whole call and none beyond it: a service_a that was restarted meanwhile is simply called anew.
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    /** @type {Value} */
    let sum = n;
    for (let y = 0n; y < m; y += 1n) sum = await callMethod({ port, agent, signal }, 'add', [sum, y]);
    return sum;
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    throw new Fault(`no answer from service_a at http://localhost:${port}: ${error.message}`);
  } finally {
    agent.destroy();
  }
}
