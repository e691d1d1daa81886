/**
 * The webhooks of applications: URLs that are told of alarms. `webhook-state.ts` decides; this carries it out. What has not been taken yet the keeper
 * remembers, so that an alarm whose daemon is killed is told by the next one; it may be told twice then.
 */
import type { Clock, Millis } from '../../base/clock.js';
import { daemonEntry, formatEntry, type JournalEntry } from '../../journal/entry.js';
import type { MemoryChange } from '../../keeper/protocol.js';
import type { AppRecord, AppRegistry } from '../app-registry.js';
import type { Outbox } from '../outbox.js';
import { rememberSoon } from '../remember-soon.js';
import { post } from './post.js';
import {
  isWebhookOver,
  type Letter,
  LIMITS,
  newWebhook,
  stepWebhook,
  type WebhookCommand,
  type WebhookEvent,
  type WebhookLimits,
  wakeOfWebhook,
} from './webhook-state.js';

/** So long one try may take. */
const TRY_MS: Millis = 5_000;

export interface WebhooksOptions {
  readonly clock: Clock;
  readonly apps: AppRegistry;
  readonly outbox: Pick<Outbox, 'remember' | 'gather'>;
  /** Writes an entry to the journal and publishes it. */
  readonly record: (entry: JournalEntry) => void;
  /** Default: {@link LIMITS}. */
  readonly limits?: WebhookLimits;
  /** Default: 5 s. */
  readonly tryMs?: Millis;
}

type Memory = readonly (readonly [key: string, text: string])[];

/** Owns those of all applications; after `halt` nothing is sent any more. */
export class Webhooks {
  private readonly options: WebhooksOptions;
  private readonly onChange: () => void;
  private readonly webhooks = new Map<string, Webhook>();

  constructor(options: WebhooksOptions, onChange: () => void) {
    this.options = options;
    this.onChange = onChange;
  }

  /** Is one of an application that is down still being told? */
  get isLeaving(): boolean {
    return [...this.webhooks.values()].some((webhook) => webhook.isLeaving);
  }

  /** An alarm, for an application that may have a webhook. */
  happened(entry: JournalEntry, record: AppRecord): void {
    if (!record.onAlarm?.webhook) return;
    this.of(record).apply({ type: 'happened', entry });
  }

  /** Applications may have gone. */
  onForest(): void {
    for (const [app, webhook] of this.webhooks) if (!this.options.apps.has(app)) webhook.leave();
  }

  /** Goes on with what an earlier daemon could not do. To be called once, when the applications are known, and before anything has happened. */
  takeOver(memory: Memory): void {
    const { apps, outbox } = this.options;
    const found = memory.flatMap(([key, text]) => {
      const [, app, number] = KEY.exec(key) ?? [];
      return app === undefined ? [] : [{ key, record: apps.get(app), letter: { ...(JSON.parse(text) as Letter), number: Number(number) } }];
    });
    for (const { key, record, letter } of found.toSorted((left, right) => left.letter.number - right.letter.number)) {
      if (record?.onAlarm?.webhook) this.of(record).apply({ type: 'found', letter });
      else outbox.remember([[key, null]]);
    }
    outbox.gather(() => undefined);
  }

  /** All applications are down. */
  leave(): void {
    for (const webhook of this.webhooks.values()) webhook.leave();
  }

  /** Nothing is sent any more; what has not been taken is left to the next daemon. */
  halt(): void {
    for (const webhook of this.webhooks.values()) webhook.halt();
  }

  private of(record: AppRecord): Webhook {
    const { name } = record;
    const known = this.webhooks.get(name);
    known?.heard(record);
    if (known) return known;
    const webhook = new Webhook(record, this.options, () => {
      if (webhook.isOver) this.webhooks.delete(name);
      this.onChange();
    });
    this.webhooks.set(name, webhook);
    return webhook;
  }
}

class Webhook {
  private readonly options: WebhooksOptions;
  private readonly onChange: () => void;
  private readonly rememberSoon: ReturnType<typeof rememberSoon>;
  /** As its newest alarm found it. */
  private record: AppRecord;
  private state = newWebhook;
  private trying: AbortController | null = null;
  private isHalted = false;
  private cancelWake = (): void => undefined;

  constructor(record: AppRecord, options: WebhooksOptions, onChange: () => void) {
    this.record = record;
    this.options = options;
    this.onChange = onChange;
    this.rememberSoon = rememberSoon(options);
  }

  get isLeaving(): boolean {
    return this.state.leaveBy !== null;
  }

  get isOver(): boolean {
    return isWebhookOver(this.state);
  }

  /** Its application is up, and this is what is to be told from now on. */
  heard(record: AppRecord): void {
    this.record = record;
    if (this.isLeaving) this.apply({ type: 'back' });
  }

  leave(): void {
    if (!this.isLeaving) this.apply({ type: 'left' });
  }

  halt(): void {
    this.isHalted = true;
    this.cancelWake();
    this.trying?.abort();
  }

  apply(event: WebhookEvent): void {
    if (this.isHalted) return;
    const { clock, limits = LIMITS } = this.options;
    const before = this.state.letters;
    const [state, commands] = stepWebhook(this.state, event, { at: clock.now(), limits });
    this.state = state;
    this.remember(before, event.type === 'found');
    this.cancelWake();
    for (const command of commands) this.perform(command);
    const wake = wakeOfWebhook(this.state);
    if (wake !== null) this.cancelWake = clock.after(Math.ceil(wake - clock.now()), () => this.apply({ type: 'tick' }));
    this.onChange();
  }

  private perform(command: WebhookCommand): void {
    switch (command.do) {
      case 'post':
        // It never rejects.
        void this.post(command.entry);
        return;
      case 'abort':
        return this.trying?.abort();
      case 'tell':
        return this.tell(command.failure);
      default:
        return command satisfies never;
    }
  }

  private async post(entry: JournalEntry): Promise<void> {
    const trying = new AbortController();
    this.trying = trying;
    const { clock, tryMs: limitMs = TRY_MS } = this.options;
    // It may have been taken out of the configuration meanwhile.
    const url = this.urlNow();
    // As any program of Node has it that is started where the application was brought up.
    const caFile = this.recordNow().env['NODE_EXTRA_CA_CERTS'];
    const body = formatEntry(entry).trimEnd();
    const failure = await (url === null ? null : post({ url, body, caFile, clock, limitMs, signal: trying.signal }));
    if (this.trying !== trying || trying.signal.aborted) return;
    this.trying = null;
    this.apply({ type: 'tried', failure });
  }

  private recordNow(): AppRecord {
    return this.options.apps.get(this.record.name) ?? this.record;
  }

  private urlNow(): string | null {
    return this.recordNow().onAlarm?.webhook ?? null;
  }

  /** Goes with what follows from the same event, or soon. */
  private remember(before: readonly Letter[], isKnown: boolean): void {
    const { letters } = this.state;
    if (letters === before || isKnown) return;
    const keyOf = ({ number }: Letter): string => `webhook ${this.record.name}:${number}`;
    const changes: readonly MemoryChange[] = [
      ...before.filter((letter) => !letters.includes(letter)).map((letter): MemoryChange => [keyOf(letter), null]),
      ...letters.filter((letter) => !before.includes(letter)).map((letter): MemoryChange => [keyOf(letter), JSON.stringify(letter)]),
    ];
    this.rememberSoon(changes);
  }

  private tell(failure: string): void {
    const { record, clock } = this.options;
    const cause = `on_alarm: webhook of ${hostOf(this.urlNow())}: ${failure}`;
    record({ ...daemonEntry(clock.wallTime(clock.now()).toISOString(), 'hook_failed', cause), app: this.record.name });
  }
}

/** As memory.ts names its entries. */
const KEY = /^webhook ([^:]*):(\d+)$/;

/** Is this what the keeper remembers of an alarm that a webhook has not been told yet? */
export const isLetter = (key: string): boolean => KEY.test(key);

/** Path and query of a webhook are what keeps others from using it. */
const hostOf = (url: string | null): string => (url !== null && URL.canParse(url) ? new URL(url).host : 'nowhere');
