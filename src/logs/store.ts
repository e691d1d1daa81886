import { readdirSync } from 'node:fs';
import type { Clock, Millis } from '../base/clock.js';
import { errnoOf, messageOf } from '../base/errors.js';
import { fileStem, isName, isWithin } from '../base/names.js';
import { compressFile } from './gzip-part.js';
import { findLogs, logStem, type PartFile, removeFile, UNFINISHED } from './part-files.js';
import { DEFAULT_POLICY, LEAST_PART_BYTES, type LogPolicy } from './policy.js';
import { MAX_UNIT_BYTES } from './record.js';
import { ServiceLog } from './service-log.js';

/** A closed part is compressed when it has been closed for so long: of a flood only what is kept is worth the work. */
const COMPRESS_AFTER_MS: Millis = 10_000;

/** Of a service that is in no plan any more: what it said goes only when a budget is exceeded. */
const GONE_POLICY: LogPolicy = { ...DEFAULT_POLICY, keep: Infinity };

/** So much the logs of all services at and below a path may take on disk. */
export interface Budget {
  /** "": the whole application. */
  readonly path: string;
  readonly bytes: number;
}

/** How the logs of an application are kept. */
export interface LogPlan {
  /** By the path of the service. */
  readonly policies: ReadonlyMap<string, LogPolicy>;
  readonly budgets: readonly Budget[];
}

/** Where the logs are, and whom it tells. */
export interface LogStoreOptions {
  /** The folder of all logs. */
  readonly folder: string;
  readonly clock: Clock;
  /** A part cannot be compressed, a folder cannot be read. */
  readonly onTrouble: (message: string) => void;
}

/** A budget that does not hold. */
export interface Exceeded extends Budget {
  /** The service that writes most of what cannot go while it runs, its raw file; null: what could go cannot be removed. */
  readonly raw: string | null;
  /** The folder of the application's logs. */
  readonly folder: string;
}

/** A budget with what it is spent on. */
interface Account extends Budget {
  used: number;
  readonly logs: Set<ServiceLog>;
  /** Services that are configured to spend it. */
  readonly services: number;
}

interface AppLogs {
  readonly logs: Map<string, ServiceLog>;
  /** Null: none is known yet, so nothing may go. */
  plan: LogPlan | null;
  accounts: readonly Account[];
}

/**
 * The logs of all services: who has which files, how large they are, and what has to go. Budgets hold at every moment: what is written is counted
 * as it is written, and the oldest closed part goes first. Whoever made it calls `close`.
 */
export class LogStore {
  readonly #options: LogStoreOptions;
  readonly #apps = new Map<string, AppLogs>();
  readonly #closing = new AbortController();
  /** When a part is to be compressed. Not a queue: of a flood nearly all are dropped before that. */
  readonly #due = new WeakMap<PartFile, Millis>();
  #isCompressing = false;

  constructor(options: LogStoreOptions) {
    this.#options = options;
  }

  /** The log of a service, which need not have been written yet. */
  of(app: string, path: string): ServiceLog {
    const logs = this.#app(app);
    const known = logs.logs.get(fileStem(path));
    // Of a name that was too long for a file only a part was found.
    if (known && known.path !== path) this.#enter(logs, known.rename(path));
    return known ?? this.#add(logs, new ServiceLog({ app, path, stem: logStem(this.#options.folder, app, path) }, undefined, this));
  }

  /** The same, of a service that may never have been; undefined: nothing is known of it. */
  find(app: string, path: string): ServiceLog | undefined {
    return this.#app(app).logs.has(fileStem(path)) ? this.of(app, path) : undefined;
  }

  /** The logs of an application, also of services that are there no more. */
  all(app: string): readonly ServiceLog[] {
    return [...this.#app(app).logs.values()];
  }

  /** How the logs of an application are kept from now on; applies at once. */
  plan(app: string, plan: LogPlan): void {
    const logs = this.#app(app);
    logs.plan = plan;
    logs.accounts = plan.budgets.map((budget) => ({ ...budget, used: 0, logs: new Set(), services: servicesIn(plan, budget) }));
    for (const log of logs.logs.values()) this.#enter(logs, log);
    for (const account of logs.accounts) this.#enforce(account);
  }

  /** How the log of one more service is kept: an instance of a pool, of which there may be thousands. */
  keep(app: string, path: string, policy: LogPolicy): void {
    const log = this.of(app, path);
    log.policy = policy;
    const { accounts, plan } = this.#app(app);
    limitSize(log, accounts, (account) => account.services + instancesIn(account, plan));
  }

  /** Bytes on disk of the logs at and below a path ("": of the application). */
  bytes(app: string, path: string): number {
    return this.bytesBelow(app).get(path) ?? 0;
  }

  /** The same for all paths at which or below which there is a log: in one go, as `ps` asks for all of them. */
  bytesBelow(app: string): ReadonlyMap<string, number> {
    const sums = new Map<string, number>();
    for (const log of this.#app(app).logs.values()) {
      if (log.policy.mode === 'raw') log.measureRaw();
      const { bytes } = log;
      const names = log.path.split('/');
      for (let depth = names.length; depth >= 0; depth -= 1) {
        const path = names.slice(0, depth).join('/');
        sums.set(path, (sums.get(path) ?? 0) + bytes);
      }
    }
    return sums;
  }

  /** Bytes on disk of all logs, also of applications that are down. */
  total(): number {
    return appsIn(this.#options.folder).reduce((sum, app) => sum + this.bytes(app, ''), 0);
  }

  /** The budgets of an application that do not hold, as only those can that have to do with files which may not go. Looks how large raw files are. */
  exceeded(app: string): readonly Exceeded[] {
    const { logs, accounts } = this.#app(app);
    // Also where `raw` has been taken out of the configuration: the program that runs writes on.
    for (const log of logs.values()) if (log.policy.mode === 'raw' || log.rawBytes > 0) log.measureRaw();
    return accounts
      .filter(({ used, bytes }) => used > bytes)
      .map(({ path, bytes, logs: spenders }) => {
        const [most] = [...spenders].filter(({ rawBytes }) => rawBytes > 0).sort((left, right) => right.rawBytes - left.rawBytes);
        return { path, bytes, raw: most?.path ?? null, folder: `${this.#options.folder}/${app}` };
      });
  }

  /** Deletes the closed parts of some logs. Returns how many, and how many bytes. */
  flush(logs: readonly ServiceLog[]): { readonly parts: number; readonly bytes: number } {
    const parts = logs.flatMap((log) => log.parts);
    for (const log of logs) log.dropBeyond(0);
    const left = new Set(logs.flatMap((log) => log.parts));
    const gone = parts.filter((part) => !left.has(part));
    return { parts: gone.length, bytes: gone.reduce((sum, { bytes }) => sum + bytes, 0) };
  }

  /** Begins nothing any more. */
  close(): void {
    this.#closing.abort();
  }

  /** See {@link Accountant}. */
  grew(log: ServiceLog, bytes: number): void {
    for (const account of this.#app(log.app).accounts) {
      if (!account.logs.has(log)) continue;
      account.used += bytes;
      if (bytes > 0) this.#enforce(account);
    }
  }

  /** See {@link Accountant}. */
  closed(log: ServiceLog, part: PartFile): void {
    this.#compressLater(log, part);
    for (const account of this.#app(log.app).accounts) if (account.logs.has(log)) this.#enforce(account);
  }

  #app(name: string): AppLogs {
    const known = this.#apps.get(name);
    if (known) return known;
    const app: AppLogs = { logs: new Map(), plan: null, accounts: [] };
    this.#apps.set(name, app);
    const { folder, onTrouble } = this.#options;
    try {
      for (const [stem, found] of findLogs(`${folder}/${name}`)) {
        const owner = { app: name, path: stem.replaceAll('.', '/'), stem: `${folder}/${name}/${stem}` };
        this.#add(app, new ServiceLog(owner, found, this));
      }
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      onTrouble(`cannot look through the logs of ${name}: ${messageOf(error)}`);
    }
    return app;
  }

  #add(app: AppLogs, log: ServiceLog): ServiceLog {
    app.logs.set(fileStem(log.path), log);
    this.#enter(app, log);
    return log;
  }

  /** Makes a log subject to the plan. */
  #enter(logs: AppLogs, log: ServiceLog): void {
    const { plan, accounts } = logs;
    if (plan === null) return;
    log.policy = plan.policies.get(log.path) ?? GONE_POLICY;
    log.dropBeyond(log.policy.keep);
    for (const account of accounts) {
      if (!isWithin(log.path, account.path) || account.logs.has(log)) continue;
      account.logs.add(log);
      account.used += log.bytes;
    }
    limitSize(log, accounts, ({ services }) => services);
    for (const part of log.parts) this.#compressLater(log, part);
  }

  #enforce(account: Account): void {
    // What is written is counted when it is there: so much less than the budget is what makes it hold all the same.
    const usual = account.bytes - Math.min(MAX_UNIT_BYTES, account.bytes / 8);
    if (account.used <= usual) return;
    // What programs write themselves stays while they run, however large: half of the budget is the others' all the same.
    const raw = [...account.logs].reduce((sum, log) => sum + log.rawBytes, 0);
    const limit = usual + Math.max(0, raw - account.bytes / 2);
    while (account.used > limit) {
      const oldest = oldestOf(account.logs);
      if (oldest?.dropOldest()) continue;
      // What is written into now is too much already: the largest that can be is closed, to be dropped next.
      const now = this.#options.clock.wallTime(this.#options.clock.now()).getTime();
      const largest = [...account.logs].filter((log) => log.writtenBytes > 0).sort((left, right) => right.writtenBytes - left.writtenBytes);
      if (oldest || !largest.some((log) => log.closeWritten(now))) return;
    }
  }

  #compressLater(log: ServiceLog, part: PartFile): void {
    if (!log.policy.compress || part.isCompressed || this.#due.has(part)) return;
    this.#due.set(part, this.#options.clock.now() + COMPRESS_AFTER_MS);
    this.#compressNext();
  }

  #compressNext(): void {
    if (this.#isCompressing || this.#closing.signal.aborted) return;
    const next = this.#nextToCompress();
    if (!next) return;
    this.#isCompressing = true;
    this.#options.clock.after(Math.max(0, next.due - this.#options.clock.now()), () => {
      // It never rejects but for a bug, which ends the daemon.
      void this.#compress(next.log, next.part).then(() => {
        this.#isCompressing = false;
        this.#compressNext();
      });
    });
  }

  #nextToCompress(): { readonly log: ServiceLog; readonly part: PartFile; readonly due: Millis } | undefined {
    let next: { readonly log: ServiceLog; readonly part: PartFile; readonly due: Millis } | undefined;
    for (const { logs } of this.#apps.values()) {
      for (const log of logs.values()) {
        for (const part of log.policy.compress ? log.parts : []) {
          const due = part.isCompressed ? undefined : this.#due.get(part);
          if (due !== undefined && due < (next?.due ?? Infinity)) next = { log, part, due };
        }
      }
    }
    return next;
  }

  async #compress(log: ServiceLog, part: PartFile): Promise<void> {
    const { signal } = this.#closing;
    if (signal.aborted || !log.parts.includes(part) || !log.policy.compress) return;
    // Once: one that cannot be compressed stays as it is until the next daemon.
    this.#due.set(part, Infinity);
    try {
      const compressed = await compressFile(part.path, { signal, onGrowth: (bytes) => log.setUnfinishedBytes(bytes) });
      log.setUnfinishedBytes(0);
      const isReplaced = log.replace(part, { ...part, ...compressed, isCompressed: true });
      // Dropped meanwhile, by a budget: then neither of them is wanted.
      const left = isReplaced ? part.path : compressed.path;
      if (!removeFile(left)) this.#options.onTrouble(`cannot remove ${left}`);
    } catch (error) {
      log.setUnfinishedBytes(0);
      removeFile(`${part.path}.gz${UNFINISHED}`);
      if (!signal.aborted && errnoOf(error) !== 'ENOENT') this.#options.onTrouble(`cannot compress ${part.path}: ${messageOf(error)}`);
    }
  }
}

const servicesIn = (plan: LogPlan, { path }: Budget): number =>
  [...plan.policies.keys()].filter((service) => isWithin(service, path)).length;

/** Instances that have come since the plan was made. Who is there no more writes nothing. */
const instancesIn = ({ logs }: Account, plan: LogPlan | null): number =>
  [...logs].filter(({ makeRoom, path }) => makeRoom !== null && !plan?.policies.has(path)).length;

/**
 * Before what is written into grows beyond its share of a budget it is closed: of all writers together it may be half of that, so that there is always
 * something older to drop.
 */
function limitSize(log: ServiceLog, accounts: readonly Account[], writersOf: (account: Account) => number): void {
  const shares = accounts
    .filter(({ logs }) => logs.has(log))
    .map((account) => Math.max(LEAST_PART_BYTES, Math.floor(account.bytes / (2 * Math.max(1, writersOf(account))))));
  log.maxBytes = Math.min(log.policy.maxBytes, ...shares);
}

function appsIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter(isName);
  } catch (error) {
    // ENOENT: nobody has said anything yet. EACCES, EMFILE: what cannot be looked at is not counted.
    if (errnoOf(error) === undefined) throw error;
    return [];
  }
}

function oldestOf(logs: ReadonlySet<ServiceLog>): ServiceLog | undefined {
  let oldest: ServiceLog | undefined;
  for (const log of logs) {
    const endedAt = log.parts[0]?.endedAt;
    if (endedAt !== undefined && endedAt < (oldest?.parts[0]?.endedAt ?? Infinity)) oldest = log;
  }
  return oldest;
}
