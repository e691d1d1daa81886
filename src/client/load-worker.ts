/** The thread that reads a configuration for a program: see client/load.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { PortsupError } from '../base/errors.js';
import { type ConfigSearch, loadConfig } from '../config/load.js';
import { problemsOf } from '../config/problems.js';
import type { Loaded } from './load.js';

async function load(): Promise<Loaded> {
  try {
    return { loaded: await loadConfig(workerData as ConfigSearch) };
  } catch (error) {
    if (!(error instanceof PortsupError)) throw error;
    const { code, message, hint } = error;
    return { refused: { code, message, hint }, problems: problemsOf(error) };
  }
}

const answer = await load();
// What a configuration has printed is taken before the answer, as the thread ends with that.
process.stdout.write('', () => {
  parentPort?.postMessage(answer, []);
});
