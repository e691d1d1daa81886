/** Webhooks against real servers. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/system-clock.js';
import { LIMITS } from '../../src/daemon/alarms/webhook-state.js';
import { Webhooks } from '../../src/daemon/alarms/webhooks.js';
import type { AppRecord } from '../../src/daemon/app-registry.js';
import { createOutbox } from '../../src/daemon/outbox.js';
import { daemonEntry, type JournalEntry } from '../../src/journal/entry.js';
import { until } from '../helpers/until.js';
import { type Answer, WebhookServer } from '../helpers/webhook-server.js';

const SECRET = '/T0/secret?token=x';
const limits = { ...LIMITS, firstWaitMs: 20, leaveMs: 300 };
/** Long enough for an answer on a busy machine. */
const TRY_MS = 2_000;

let server: WebhookServer;
let port: number;
let apps: Map<string, AppRecord>;
let memory: Map<string, string>;
let recorded: JournalEntry[];
let changes: number;
let webhooks: Webhooks;
let next: number;

async function serve(...answers: readonly Answer[]): Promise<void> {
  server = new WebhookServer(answers);
  port = await server.listen();
  apps.set('shop', record(`http://127.0.0.1:${port}${SECRET}`));
}

const record = (webhook: string | null): AppRecord => ({
  name: 'shop',
  file: '/srv/portsup.yaml',
  env: {},
  onAlarm: { command: null, webhook },
});

/** One that has taken over all that there was. */
function daemon(tries?: number): Webhooks {
  const begun = newDaemon(tries);
  begun.takeOver([]);
  return begun;
}

function newDaemon(tries = LIMITS.tries): Webhooks {
  const outbox = createOutbox((order) => {
    if (order.do !== 'batch') return;
    for (const [key, text] of order.remember) {
      if (text === null) memory.delete(key);
      else memory.set(key, text);
    }
  });
  const take = (entry: JournalEntry): void => void recorded.push(entry);
  return new Webhooks({ clock: systemClock, apps, outbox, record: take, limits: { ...limits, tries }, tryMs: TRY_MS }, () => {
    changes += 1;
  });
}

function happen(count = 1): void {
  const shop = apps.get('shop');
  if (!shop) throw new Error('shop is not up');
  for (let one = 0; one < count; one += 1) {
    next += 1;
    webhooks.happened({ ...daemonEntry('2026-11-20T11:22:33.000Z', 'alarm_set', String(next)), app: 'shop' }, shop);
  }
}

const isDone = (): Promise<boolean> => until('nothing is left to be told', () => next > 0 && memory.size === 0 && changes > 0);

beforeEach(() => {
  apps = new Map();
  memory = new Map();
  recorded = [];
  changes = 0;
  next = 0;
  webhooks = daemon();
});

afterEach(async () => {
  webhooks.halt();
  await server.close();
});

describe('a webhook', () => {
  it('gets each alarm as the event is, by POST, one after the other', async () => {
    await serve(200, 204, 299);
    happen(3);
    await until('all are told', () => server.posted.length === 3);
    await isDone();
    expect(server.told).toEqual(['alarm_set 1', 'alarm_set 2', 'alarm_set 3']);
    expect(server.posted[0]).toMatchObject({ url: SECRET, type: 'application/json' });
    expect(server.posted[0]?.entry).toEqual({ ...daemonEntry('2026-11-20T11:22:33.000Z', 'alarm_set', '1'), app: 'shop' });
    expect(server.most).toBe(1);
    expect(recorded).toEqual([]);
  });

  it('is told with the name and password of its URL, also where a % in them stands for itself', async () => {
    await serve(200);
    apps.set('shop', record(`http://me:50%@127.0.0.1:${port}/`));
    happen();
    await until('it is told', () => server.posted.length === 1);
    await isDone();
    expect(server.posted[0]?.authorization).toBe(`Basic ${Buffer.from('me:50%').toString('base64')}`);
    expect(recorded).toEqual([]);
  });

  it('is tried again when it hangs, fails or is not there, until it takes it', async () => {
    await serve('hang', 500, 302, 200);
    webhooks = daemon(1_000);
    const [url] = [apps.get('shop')?.onAlarm?.webhook ?? ''];
    apps.set('shop', record(url.replace(/:\d+/, ':1')));
    happen();
    await until('it was tried in vain', () => memory.size === 1);
    apps.set('shop', record(url));
    await isDone();
    expect(server.told).toEqual(['alarm_set 1', 'alarm_set 1', 'alarm_set 1', 'alarm_set 1']);
    expect(recorded).toEqual([]);
  });

  it('that never takes it is given up, with an event that names its host and no more, once for a series', async () => {
    await serve(503);
    happen(2);
    await until('both are given up', () => server.posted.length === 2 * LIMITS.tries && memory.size === 0);
    expect(recorded.map(({ app, event, cause }) => [app, event, cause])).toEqual([
      ['shop', 'hook_failed', `on_alarm: webhook of 127.0.0.1:${port}: HTTP 503 (5 tries); not told: alarm_set 1`],
    ]);
  });

  it('that is not there is told of in words', async () => {
    await serve();
    apps.set('shop', record('http://127.0.0.1:1/'));
    happen();
    await until('it is given up', () => recorded.length > 0);
    expect(recorded.map(({ cause }) => cause)).toEqual([
      'on_alarm: webhook of 127.0.0.1:1: connection refused (5 tries); not told: alarm_set 1',
    ]);
  });

  it('that answers without end has taken it', async () => {
    await serve('endless');
    happen(2);
    await until('both are told', () => server.posted.length === 2);
    await isDone();
    expect(server.told).toEqual(['alarm_set 1', 'alarm_set 2']);
  });

  it('is told by the next daemon what this one could not, in order, and goes on from there', async () => {
    await serve('hang', 200);
    happen(11);
    await until('it is being told, and the keeper knows', () => server.posted.length === 1 && memory.size === 11);
    webhooks.halt();
    webhooks = newDaemon();
    webhooks.takeOver([...memory]);
    happen();
    await isDone();
    expect(server.told).toEqual([1, ...Array.from({ length: 12 }, (_, index) => index + 1)].map((number) => `alarm_set ${number}`));
  });

  it('that is configured no more is told nothing of what waited', async () => {
    await serve('hang');
    happen(2);
    await until('it is being told', () => server.posted.length === 1);
    apps.set('shop', record(null));
    await isDone();
    expect(server.posted).toHaveLength(1);
    expect(recorded).toEqual([]);
  });

  it('does not hold up the end of its application for long, and says what was not told', async () => {
    await serve('hang');
    happen(3);
    await until('it is being told', () => server.posted.length === 1);
    apps.delete('shop');
    const before = performance.now();
    webhooks.onForest();
    expect(webhooks.isLeaving).toBe(true);
    await until('it is over', () => !webhooks.isLeaving && memory.size === 0);
    expect(performance.now() - before).toBeLessThan(limits.leaveMs + 1_000);
    expect(recorded.map(({ cause }) => cause)).toEqual([expect.stringMatching(/^on_alarm: webhook of .*; not told: alarm_set [123]$/)]);
  });
});
