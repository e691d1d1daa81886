import type { Clock, Millis } from '../../base/clock.js';
import type { HomeLayout } from '../../base/home.js';
import type { Answer } from '../../health/answer.js';
import type { LogSource } from '../../logs/join.js';
import type { KeeperClient } from '../../ports/keeper-client.js';
import type { AppRegistry } from '../app-registry.js';
import type { Clearing } from '../clear-run.js';
import type { Outbox } from '../outbox.js';
import type { PortRegistry } from '../port-registry.js';
import type { Runtime } from '../runtime.js';
import type { RunName } from '../service-environment.js';
import type { Channels } from './channels.js';
import type { SaidMemory } from './said-memory.js';

/** An answer that counts, of a service whose liveness is asked for, or of a watchdog (then `path` is "" and `run` 0). */
export interface HealthAnswer extends RunName {
  readonly watchdog: string | null;
  readonly answer: Answer;
}

/** The newest answer of something. */
export interface LatestAnswer {
  readonly ok: boolean;
  /** Empty when it was good. */
  readonly text: string;
  readonly at: Millis;
}

export interface HealthOptions {
  readonly clock: Clock;
  readonly runtime: Pick<Runtime, 'forest' | 'post' | 'onChange'>;
  readonly keeper: Pick<KeeperClient, 'makeFifos' | 'pid' | 'protocol'>;
  readonly outbox: Pick<Outbox, 'order'>;
  readonly layout: Pick<HomeLayout, 'fifos'>;
  readonly ports: Pick<PortRegistry, 'capture'>;
  /** What is said of a service's log when only one run of it is wanted. */
  readonly linesOfRun: (source: LogSource, run: number) => Promise<LogSource>;
  readonly apps: AppRegistry;
  readonly channels: Channels;
  readonly said: SaidMemory;
  /** Of the commands that ask. */
  readonly clearing: Clearing;
  readonly warn: (message: string) => void;
  /** Told of each answer that counts (see `liveness.ts`) of a service that runs, and of each watchdog's. */
  readonly onAnswer: (answer: HealthAnswer) => void;
}
