/** The configuration that a program means. */
import { Worker } from 'node:worker_threads';
import { PortsupError, type WireError } from '../base/errors.js';
import type { ConfigExport } from '../config/define-config.js';
import type { ConfigSearch, LoadedConfig } from '../config/load.js';
import type { ConfigProblem, ConfigProblems } from '../config/problems.js';
import type { Ongoing } from './during.js';
import type { Settings } from './settings.js';

/** What the thread answers. */
export type Loaded = { readonly loaded: LoadedConfig } | { readonly refused: WireError; readonly problems: readonly ConfigProblem[] };

/** Which configuration, and which of its profiles. */
export interface Wanted {
  readonly config: ConfigExport | string | undefined;
  readonly profiles: readonly string[] | undefined;
}

/**
 * Loads a configuration: a value, a file, or by default the client's file or the nearest one.
 *
 * A file is read by a thread of its own: one that is a program may end the process, print, never come to an end or throw where nobody
 * catches it, and the process is not ours.
 *
 * @throws {@link PortsupError} what `loadConfig` throws; `USAGE` when it is of another application than the client's.
 */
export async function configOf(settings: Settings, { config, profiles }: Wanted, call: Ongoing): Promise<LoadedConfig> {
  const { app, cwd, file } = settings;
  const loaded =
    typeof config === 'string' || config === undefined
      ? await loadInThread({ file: config ?? file, cwd, profiles }, call)
      : await (await import('../config/load.js')).loadObject({ config, folder: cwd, app, env: call.env, profiles });
  if (app === undefined || loaded.app === app) return loaded;
  throw new PortsupError(
    'USAGE',
    `${loaded.file} is the application "${loaded.app}", and this client is for "${app}"`,
    'give the client no app, or the same name as the configuration',
  );
}

async function loadInThread(search: ConfigSearch, { env, signal }: Ongoing): Promise<LoadedConfig> {
  const variables = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
  const thread = new Worker(new URL('./load-worker.js', import.meta.url), {
    workerData: search,
    env: variables,
    execArgv: [],
    stdout: true,
  });
  // What a configuration prints is not the host's answer.
  thread.stdout.on('data', (text: Buffer) => process.stderr.write(text));
  try {
    const answer = await answerOf(thread, signal);
    if ('loaded' in answer) return answer.loaded;
    const { code, message, hint } = answer.refused;
    const cause: ConfigProblems = { problems: answer.problems };
    throw new PortsupError(code, message, hint, answer.problems.length === 0 ? {} : { cause });
  } finally {
    await thread.terminate();
  }
}

function answerOf(thread: Worker, signal: AbortSignal): Promise<Loaded> {
  return new Promise((resolve, reject) => {
    thread.once('message', resolve);
    thread.once('error', reject);
    thread.once('exit', () => {
      reject(new PortsupError('FAILED', 'the configuration was not read to its end', 'this is a bug in portsup'));
    });
    // Whoever called has been told by then; this ends the thread.
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error);
    });
  });
}
