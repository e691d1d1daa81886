import { beforeEach, describe, expect, it } from 'vitest';
import { decodeConditions, encodeConditions } from '../../src/control/conditions-header.js';
import { AlarmStore } from '../../src/daemon/alarms/alarm-store.js';
import { type Conditions, createConditions, isOutOfFiles, watchLogs, writeTrouble } from '../../src/daemon/conditions.js';
import type { JournalEntry } from '../../src/journal/entry.js';
import { type ManualClock, manualClock } from '../helpers/manual-clock.js';

let clock: ManualClock;
let entries: JournalEntry[];
let warnings: string[];
let conditions: Conditions;

beforeEach(() => {
  clock = manualClock();
  entries = [];
  warnings = [];
  const outbox = { remember: () => undefined, gather: () => undefined };
  const alarms = new AlarmStore({ clock, outbox, record: (entry) => entries.push(entry), warn: (message) => warnings.push(message) });
  conditions = createConditions(alarms);
});

const failure = (code: string): Error => Object.assign(new Error(`${code}: it failed, write`), { code });
const events = (): readonly string[] => entries.map(({ event, cause }) => `${event} ${cause}`);

describe('a condition', () => {
  it('is an event when it begins and when it ends, and lasts in between', () => {
    expect(conditions.all()).toEqual([]);
    conditions.raise('journal', 'the disk is full; make room');
    clock.pass(5_000);
    expect(conditions.all()).toEqual([{ id: 'journal', since: '2026-11-20T11:22:33.000Z', text: 'the disk is full; make room' }]);
    conditions.clear('journal');
    expect(conditions.all()).toEqual([]);
    expect(events()).toEqual([
      'alarm_set journal: the disk is full; make room',
      'alarm_cleared journal: over: the disk is full; make room',
    ]);
    expect(entries[1]).toMatchObject({ at: '2026-11-20T11:22:38.000Z', app: null, path: null, by: 'daemon', type: 'info' });
    expect(warnings).toHaveLength(2);
  });

  it('that is raised again is still the same one, as it is now; what is not there cannot end', () => {
    conditions.raise('journal', 'full');
    clock.pass(1_000);
    conditions.raise('journal', 'read-only');
    conditions.raise('files', 'x');
    expect(conditions.all()).toEqual([
      { id: 'journal', since: '2026-11-20T11:22:33.000Z', text: 'read-only' },
      { id: 'files', since: '2026-11-20T11:22:34.000Z', text: 'x' },
    ]);
    conditions.clear('state');
    conditions.clear('journal');
    conditions.clear('journal');
    expect(events()).toEqual(['alarm_set journal: full', 'alarm_set files: x', 'alarm_cleared journal: over: read-only']);
  });

  it('is one for all logs that cannot be written, until the last of them can be', () => {
    const onTrouble = watchLogs(conditions);
    const tell = (name: string, error: unknown, isDropped = false): void => {
      onTrouble({ service: `shop:${name}`, file: `/home/logs/shop/${name}.log`, error, isDropped, isCopy: false });
    };
    tell('web', failure('ENOSPC'));
    tell('db', failure('ENOSPC'));
    tell('db', failure('EROFS'));
    expect(conditions.all().map(({ id, text }) => `${id}: ${text}`)).toEqual([
      'logs: the output of shop:web and 1 more cannot be written and waits: ENOSPC: it failed, write; make room on the disk of /home/logs/shop',
    ]);
    tell('web', null);
    expect(conditions.all()[0]?.text).toContain('the output of shop:db cannot be written and waits: EROFS');
    tell('db', failure('EROFS'), true);
    expect(conditions.all()[0]?.text).toContain('the output of shop:db cannot be written and is dropped, counted: EROFS');
    tell('web', null);
    tell('db', null);
    expect(conditions.all()).toEqual([]);
    expect(entries.map(({ event }) => event)).toEqual(['alarm_set', 'alarm_cleared']);
  });

  it('is another one for files that users have chosen: what they lack the logs have', () => {
    const onTrouble = watchLogs(conditions);
    const trouble = { service: 'shop:web', file: '/home/me/web.txt', isDropped: false, isCopy: true };
    onTrouble({ ...trouble, error: failure('ENOENT') });
    onTrouble({ ...trouble, file: '/home/logs/shop/web.log', isCopy: false, error: failure('ENOSPC') });
    expect(conditions.all().map(({ id, text }) => `${id}: ${text}`)).toEqual([
      'copies: the plain lines of shop:web for /home/me/web.txt cannot be written and wait: ENOENT: it failed, write; make the folder /home/me',
      expect.stringMatching(/^logs: the output of shop:web cannot be written and waits: ENOSPC/),
    ]);
    onTrouble({ ...trouble, error: null });
    expect(conditions.all().map(({ id }) => id)).toEqual(['logs']);
  });

  it('is the lack of open files, and of nothing else', () => {
    expect(isOutOfFiles(conditions, failure('ENOENT'))).toBe(false);
    expect(isOutOfFiles(conditions, failure('ENOMEM'))).toBe(false);
    expect(isOutOfFiles(conditions, new Error('x'))).toBe(false);
    expect(conditions.all()).toEqual([]);
    expect(isOutOfFiles(conditions, failure('EMFILE'))).toBe(true);
    expect(conditions.all()[0]?.text).toContain('ulimit -n');
  });

  it.each([
    ['ENOSPC', 'make room on the disk of /home'],
    ['EROFS', 'make the disk of /home writable again'],
    ['EACCES', 'allow yourself to write in /home'],
    ['EMFILE', 'raise the limit of open files: "ulimit -n" shows it'],
    ['EIO', 'check the disk of /home'],
  ])('says what to do about %s', (code, remedy) => {
    expect(writeTrouble('it cannot be written', failure(code), '/home')).toBe(`it cannot be written: ${code}: it failed, write; ${remedy}`);
  });
});

describe('conditions beside an answer', () => {
  it('survive the header, whatever they say, and are ASCII there', () => {
    const told = [{ id: 'logs', since: '2026-11-20T11:22:33.000Z', text: 'ä "quoted" \\ 日本 \u{1f600}\r\nX: y\u007f' }];
    const header = encodeConditions(told);
    expect(header).toMatch(/^[ -~]+$/);
    expect(decodeConditions(header)).toEqual(told);
  });

  it.each([undefined, '', 'no JSON', '{}', 'null', '[1, null, {"id":"x"}]', '[{"id":"x","since":"y","text":1}]'])(
    'are none where the header says %s',
    (value) => {
      expect(decodeConditions(value)).toEqual([]);
    },
  );
});
