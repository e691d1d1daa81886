/**
 * How services are, and what services need that is none of ours: readiness, liveness, watchdogs. What no service asks for costs nothing, and is
 * not even loaded.
 */
import type { KeeperNews } from '../../keeper/protocol.js';
import type { RunName } from '../service-environment.js';
import { isServicePlace, pidOf, placedNodes, serviceAt } from '../view.js';
import { ExecProbes } from './exec-probes.js';
import type { HealthOptions, LatestAnswer } from './health-options.js';
import { watchdogSubject } from './probe-name.js';
import type { Probing } from './probing.js';
import type { SaidMemory } from './said-memory.js';

/** Owns all probes; after `close` there are none, and nothing of them holds the process. */
export class Health {
  readonly #options: HealthOptions;
  readonly #commands: ExecProbes;
  #probing: Probing | null = null;
  #isPlanned = false;
  #isClosed = false;

  constructor(options: HealthOptions) {
    this.#options = options;
    this.#commands = new ExecProbes(options);
  }

  /** Services have come or gone, or are configured differently. */
  onSpecs(): void {
    if (this.#isPlanned || this.#isClosed) return;
    this.#isPlanned = true;
    // Once for all that comes of one `up`.
    this.#options.clock.after(0, () => {
      this.#isPlanned = false;
      // It rejects for a bug only, which ends the daemon.
      if (this.#isWanted()) void this.#load();
    });
  }

  /** Takes the keeper's news of a command that asks; false: it is of something else. */
  onNews(news: KeeperNews): boolean {
    return this.#commands.onNews(news);
  }

  /** Goes on with what runs have told an earlier daemon, before any of them ends or begins. */
  restore(memory: Parameters<SaidMemory['restore']>[0]): void {
    this.#options.said.restore(memory);
  }

  /** Goes on where an earlier daemon was. To be called when the applications are known. */
  takeOver(hello: Pick<Extract<KeeperNews, { news: 'hello' }>, 'latest' | 'begun'>): void {
    const { said, runtime } = this.#options;
    said.prune((name) => {
      const service = serviceAt(runtime.forest(), name);
      return service?.run === name.run && pidOf(service) !== null;
    });
    this.#commands.takeOver(hello);
    this.onSpecs();
  }

  /** The newest answer of a service; undefined: nobody has asked. */
  latest(app: string, path: string): LatestAnswer | undefined {
    return this.#probing?.latest({ app, path });
  }

  /** The newest answer of a watchdog; undefined: nobody has asked. */
  latestOfWatchdog(app: string, name: string): LatestAnswer | undefined {
    return this.#probing?.latest(watchdogSubject(app, name));
  }

  /** What a run says of itself (sd_notify: STATUS=); null: nothing. */
  statusText(name: RunName): string | null {
    return this.#options.said.of(name).status;
  }

  /** Resolves when nothing is left of the commands that asked what is not asked any more, after 6.5 s at the latest. */
  settled(): Promise<void> {
    return this.#commands.settled();
  }

  /** Begins no try any more. What the commands leave that are ended with that is cleared away all the same: see `settled`. */
  close(): void {
    this.#isClosed = true;
    this.#probing?.close();
    this.#commands.close();
    this.#options.channels.close();
    this.#options.said.close();
  }

  #isWanted(): boolean {
    if (this.#probing) return false;
    const apps = Object.values(this.#options.runtime.forest().apps);
    const isProbed = apps
      .flatMap(placedNodes)
      .some((place) => isServicePlace(place) && (place.node.spec.ready !== null || place.node.spec.alive !== null));
    return isProbed || apps.some(({ root }) => root.spec.watchdogs.length > 0);
  }

  async #load(): Promise<void> {
    const { Probing: Loaded } = await import('./probing.js');
    if (!this.#isClosed) this.#probing ??= new Loaded({ ...this.#options, commands: this.#commands });
  }
}
