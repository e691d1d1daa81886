/**
 * What sets alarms by itself, and ends them: what supervision reports, what its tree says, and the answers of probes. What of it is to be known after
 * the death of a daemon is in the keeper's memory: the alarms, and the times of restarts that may become one.
 */
import type { Clock, Millis } from '../../base/clock.js';
import { isWithin } from '../../base/names.js';
import type { Alarm } from '../../health/alarms.js';
import type { MemoryChange } from '../../keeper/protocol.js';
import { describeCause } from '../../supervision/cause.js';
import type { Report } from '../../supervision/messages.js';
import type { Forest, Supervisor } from '../../supervision/tree.js';
import { placedNodes, serviceAt } from '../view.js';
import { idOf } from './alarm-ids.js';
import type { AlarmStore } from './alarm-store.js';
import { rateText, tooManyUntil, withRestart } from './restart-rate.js';
import { standingOf } from './standing.js';

/** Times are decided by a clock that does not jump, and looked at again this often as a timer may be too long. */
const LONGEST_WAIT_MS: Millis = 3_600_000;

export interface AlarmSourcesOptions {
  readonly clock: Clock;
  readonly store: AlarmStore;
  readonly forest: () => Forest;
  /** All goes down, and will be brought up again as it was: nothing is over. */
  readonly isHalting: () => boolean;
}

/** One answer that counts, of a service whose liveness is asked for, or of a watchdog (then only `app` and that name count). */
export interface ProbeAnswer {
  readonly app: string;
  readonly path: string;
  readonly run: number;
  readonly watchdog: string | null;
  /** `text`: "HTTP 500". */
  readonly answer: { readonly ok: true } | { readonly ok: false; readonly text: string };
}

/** Owns a timer; after `close` there is none. */
export class AlarmSources {
  private readonly options: AlarmSourcesOptions;
  /** Monotonic times of restarts, by the ids of their alarms. */
  private readonly restarts = new Map<string, readonly Millis[]>();
  /** What each application's watchdogs were found to be when that was looked at. */
  private readonly watched = new Map<string, Supervisor['watched']>();
  /** The last bad answer of each watchdog, by the id of its alarm. */
  private readonly answers = new Map<string, string>();
  /** Applications that nobody waits for who would be told that they fail to start. */
  private readonly unattended = new Set<string>();
  private isClosed = false;
  private cancel = (): void => undefined;

  constructor(options: AlarmSourcesOptions) {
    this.options = options;
  }

  /** Goes on with what an earlier daemon has counted, before anything is reported. */
  restore(memory: readonly (readonly [key: string, text: string])[]): void {
    const { clock } = this.options;
    const now = clock.now();
    const toMonotonic = now - clock.wallTime(now).getTime();
    for (const [key, text] of memory) {
      if (!key.startsWith(KEY)) continue;
      const times = JSON.parse(text) as readonly number[];
      this.restarts.set(
        key.slice(KEY.length),
        // A clock that was set back meanwhile makes nothing of it happen later than now.
        times.map((time) => Math.min(now, time + toMonotonic)),
      );
    }
  }

  /** The applications are known: what is set about others is over, what is wrong and not set is set. */
  takeOver(): void {
    const { apps } = this.options.forest();
    const { store } = this.options;
    for (const { id, app } of store.all()) if (app !== null && !apps[app]) store.clear(id, `${app} is down`);
    const places = Object.values(apps).flatMap(placedNodes);
    const known = new Set(places.map(({ app, path }) => idOf('restarts', { app, path })));
    for (const id of this.restarts.keys()) if (!known.has(id)) this.forgetRestarts(id);
    for (const { app, path, node } of places) {
      const { cause, state } = node;
      if (cause?.type !== 'gave_up' || state.phase !== 'ended' || state.how !== 'failed') continue;
      this.set('gave_up', { app, path, at: this.options.clock.now() }, describeCause(cause));
    }
    this.onForest();
  }

  /** These have been brought up again after a reboot, or an orderly end that was none. */
  resumed(apps: readonly string[]): void {
    for (const app of apps) this.unattended.add(app);
  }

  /** Supervision tells what it does. */
  onReport({ event, app, path, cause, at }: Report): void {
    const place = { app, path, at };
    if (event === 'gave_up') this.set('gave_up', place, cause ? describeCause(cause) : 'it gave up');
    if (path === '' && (event === 'started' || event === 'start_failed') && this.unattended.delete(app) && event === 'start_failed')
      this.set('gave_up', place, cause ? describeCause(cause) : 'it failed to start');
    if (event === 'restarted' && cause?.type !== 'cron' && cause?.type !== 'watch') this.count(place);
    if (event !== 'stopping') return;
    if (cause?.type === 'memory_limit') this.set('memory', place, describeCause(cause));
    if (cause?.type === 'unhealthy') this.set('liveness', place, cause.text);
  }

  /** Something in the trees may have changed. It costs nothing where no alarm is set. */
  onForest(): void {
    if (this.isClosed || this.options.isHalting()) return;
    this.followWatchdogs();
    this.review();
  }

  /** A service is about to be forgotten with all below it, or (null) a whole application: while whoever is to be told of it is still there. */
  onForget(app: string, path: string | null, at: Millis): void {
    if (this.options.isHalting()) return;
    const isMeant = (alarm: Alarm): boolean =>
      alarm.app === app && (path === null || (alarm.path !== null && alarm.source !== 'watchdog' && isWithin(alarm.path, path)));
    const why = path === null ? `${app} is down` : 'it is not there any more';
    for (const alarm of this.options.store.all()) if (isMeant(alarm)) this.options.store.clear(alarm.id, why, at);
    const ofApp = belowApp('restarts', app);
    for (const id of this.restarts.keys()) {
      if (id.startsWith(ofApp) && isWithin(id.slice(ofApp.length), path ?? '')) this.forgetRestarts(id);
    }
    if (path !== null) return;
    this.watched.delete(app);
    for (const id of this.answers.keys()) if (id.startsWith(belowApp('watchdog', app))) this.answers.delete(id);
  }

  /** A probe of a running service has answered, or a watchdog; whether that is down is for supervision to say. */
  noteAnswer({ app, path, run, watchdog, answer }: ProbeAnswer): void {
    if (watchdog !== null) return this.noteWatchdog({ app, name: watchdog }, answer);
    const service = serviceAt(this.options.forest(), { app, path });
    if (!service?.spec.alive || service.run !== run) return;
    this.options.store.answered(idOf('liveness', { app, path }), answer.ok, service.spec.alive.clearAfter);
  }

  close(): void {
    this.isClosed = true;
    this.cancel();
  }

  /** Of one that is down the alarm says how it answers now: a daemon that has just begun knows no answer. */
  private noteWatchdog({ app, name }: { readonly app: string; readonly name: string }, answer: ProbeAnswer['answer']): void {
    const { store } = this.options;
    const id = idOf('watchdog', { app, path: name });
    if (answer.ok) return void this.answers.delete(id);
    this.answers.set(id, answer.text);
    if (store.get(id)) store.set({ id, source: 'watchdog', app, path: null, text: answer.text });
  }

  private set(source: 'liveness' | 'gave_up' | 'restarts' | 'memory', { app, path, at }: Happened, text: string): void {
    this.options.store.set({ id: idOf(source, { app, path }), source, app, path, text }, at);
  }

  private count(place: Happened): void {
    const { at } = place;
    const spec = serviceAt(this.options.forest(), place)?.spec.alarm;
    if (!spec) return;
    const id = idOf('restarts', place);
    const times = withRestart(this.restarts.get(id) ?? [], at, spec);
    this.restarts.set(id, times);
    const { clock, store } = this.options;
    store.remember([KEY + id, JSON.stringify(times.map((time) => clock.wallTime(time).getTime()))]);
    if (tooManyUntil(times, at, spec) !== null) this.set('restarts', place, rateText(spec));
  }

  private forgetRestarts(id: string): void {
    const change: MemoryChange = [KEY + id, null];
    this.restarts.delete(id);
    this.options.store.remember(change);
  }

  private followWatchdogs(): void {
    const { apps } = this.options.forest();
    for (const [app, { root }] of Object.entries(apps)) {
      if (this.watched.get(app) === root.watched) continue;
      this.watched.set(app, root.watched);
      for (const [name, state] of Object.entries(root.watched)) this.followWatchdog({ app, name, state });
    }
  }

  private followWatchdog({ app, name, state }: { readonly app: string; readonly name: string; readonly state: 'up' | 'down' }): void {
    const { store } = this.options;
    const id = idOf('watchdog', { app, path: name });
    if (state === 'up') store.clear(id, `${name} is up`);
    else store.set({ id, source: 'watchdog', app, path: null, text: this.answers.get(id) ?? store.get(id)?.text ?? `${name} is down` });
  }

  /** Ends what is over, and comes again when something may be. */
  private review(): void {
    const { clock, store, forest } = this.options;
    const now = clock.now();
    let next: Millis | null = null;
    for (const alarm of store.all()) {
      if (alarm.app === null || alarm.source === 'outside') continue;
      const root = forest().apps[alarm.app]?.root;
      const standing = root && this.standing(alarm, root, now);
      if (standing?.lasts === false) store.clear(alarm.id, standing.why);
      if (standing?.lasts && standing.until !== null) next = Math.min(next ?? standing.until, standing.until);
    }
    this.cancel();
    if (next !== null) this.cancel = clock.after(Math.min(LONGEST_WAIT_MS, Math.ceil(next - now)), () => this.onForest());
  }

  private standing(alarm: Alarm, root: Supervisor, now: Millis): ReturnType<typeof standingOf> {
    const { id, app, path, source } = alarm;
    if (source === 'watchdog') {
      const isThere = root.spec.watchdogs.some(({ name }) => idOf('watchdog', { app: app ?? '', path: name }) === id);
      return isThere ? { lasts: true, until: null } : { lasts: false, why: 'it is not there any more' };
    }
    const standing = standingOf(alarm, root, now);
    const spec = source === 'restarts' && serviceAt(this.options.forest(), { app: app ?? '', path: path ?? '' })?.spec.alarm;
    if (!standing.lasts || !spec) return standing;
    const until = tooManyUntil(this.restarts.get(id) ?? [], now, spec);
    return until === null ? { lasts: false, why: `fewer than ${rateText(spec)}` } : { lasts: true, until };
  }
}

/** Where and when. */
interface Happened {
  readonly app: string;
  readonly path: string;
  readonly at: Millis;
}

/** What the ids of all that is in an application begin with. */
const belowApp = (source: 'restarts' | 'watchdog', app: string): string => `${idOf(source, { app, path: '' })}:`;

/** As memory.ts names its entries. */
const KEY = 'alarm-times ';
