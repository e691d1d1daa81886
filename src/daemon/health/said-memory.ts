/** What runs have said of themselves by sd_notify, which is true of them until they end: remembered for the next daemon, each with its run. */
import type { Clock } from '../../base/clock.js';
import type { NotifyMessage } from '../../health/notify-message.js';
import {
  newSaying,
  nothingSaid,
  type Said,
  type Saying,
  type SayingCommand,
  type SayingEvent,
  stepSaying,
  wakeOfSaying,
} from '../../health/said.js';
import type { Outbox } from '../outbox.js';
import { rememberSoon } from '../remember-soon.js';
import type { RunName } from '../service-environment.js';
import { Machine } from './machine.js';

export interface SaidMemoryOptions {
  readonly clock: Clock;
  readonly outbox: Pick<Outbox, 'remember' | 'gather'>;
}

type Memory = readonly (readonly [key: string, text: string])[];

interface Speaker {
  readonly name: RunName;
  readonly machine: Machine<Saying, SayingEvent, SayingCommand>;
}

/** Knows it of the newest run of each service that has said anything. Owns timers; after `close` there are none. */
export class SaidMemory {
  readonly #options: SaidMemoryOptions;
  readonly #rememberSoon: ReturnType<typeof rememberSoon>;
  readonly #speakers = new Map<string, Speaker>();

  constructor(options: SaidMemoryOptions) {
    this.#options = options;
    this.#rememberSoon = rememberSoon(options);
  }

  /** Goes on with what an earlier daemon has heard, before anything is said or ends. */
  restore(memory: Memory): void {
    for (const [key, text] of memory) {
      if (!key.startsWith(KEY)) continue;
      const { app, path, run, ...said } = JSON.parse(text) as RunName & Said;
      this.#add({ app, path, run }, said);
    }
  }

  /** Forgets the runs that are not there: the daemon before has died before it could, or the machine was started anew. */
  prune(isThere: (name: RunName) => boolean): void {
    for (const { name } of this.#speakers.values()) if (!isThere(name)) this.end(name);
  }

  /** A run has said this. */
  hear({ app, path, run }: RunName, message: Pick<NotifyMessage, 'status' | 'isStopping'>): void {
    if (message.status === null && !message.isStopping) return;
    const name = { app, path, run };
    const { machine } = this.#find(name) ?? this.#add(name, nothingSaid);
    machine.apply({ type: 'heard', message });
  }

  /** What holds of this run. */
  of(name: RunName): Said {
    return this.#find(name)?.machine.state.said ?? nothingSaid;
  }

  /** The run of this service is over, or another one is about to begin: nothing of it holds any more. */
  end(name: Pick<RunName, 'app' | 'path'>): void {
    const key = keyOf(name);
    const speaker = this.#speakers.get(key);
    if (!speaker) return;
    speaker.machine.close();
    this.#speakers.delete(key);
    this.#rememberSoon([[KEY + key, null]]);
  }

  /** Nothing is heard any more; what is still to be remembered goes now. */
  close(): void {
    for (const { machine } of this.#speakers.values()) {
      machine.apply({ type: 'closing' });
      machine.close();
    }
  }

  #find(name: RunName): Speaker | undefined {
    const speaker = this.#speakers.get(keyOf(name));
    return speaker?.name.run === name.run ? speaker : undefined;
  }

  #add(name: RunName, said: Said): Speaker {
    const { clock } = this.#options;
    const machine = new Machine<Saying, SayingEvent, SayingCommand>({
      clock,
      tick: { type: 'tick' },
      state: newSaying(said, clock.now()),
      step: stepSaying,
      wakeOf: wakeOfSaying,
      perform: (command) => this.#rememberSoon([[KEY + keyOf(name), JSON.stringify({ ...name, ...command.said })]]),
    });
    const speaker = { name, machine };
    this.#speakers.set(keyOf(name), speaker);
    return speaker;
  }
}

/** As memory.ts names its entries. */
const KEY = 'said ';

const keyOf = ({ app, path }: Pick<RunName, 'app' | 'path'>): string => `${app}:${path}`;
