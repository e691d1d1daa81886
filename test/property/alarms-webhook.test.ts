import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  LIMITS,
  newWebhook,
  stepWebhook,
  type WebhookCommand,
  type WebhookEvent,
  wakeOfWebhook,
} from '../../src/daemon/alarms/webhook-state.js';
import { daemonEntry, type JournalEntry } from '../../src/journal/entry.js';

const limits = { ...LIMITS, tries: 3, most: 5 };
const entry = (number: number): JournalEntry => ({ ...daemonEntry('2026-11-20T11:22:33.000Z', 'alarm_set', String(number)), app: 'shop' });
const lostIn = ({ event, cause }: JournalEntry): number => (event === 'entries_lost' ? Number.parseInt(cause ?? '', 10) : 0);

/** A webhook at work, with a server that answers when it is told to. */
class Life {
  state = newWebhook;
  now = 0;
  happened = 0;
  /** Those that were tried, in order, and how each try ended; the last one may be under way. */
  readonly tries: { readonly entry: JournalEntry; isTaken: boolean | null }[] = [];
  readonly told: string[] = [];

  step(event: WebhookEvent): void {
    const [state, commands] = stepWebhook(this.state, event, { at: this.now, limits });
    this.state = state;
    for (const command of commands) this.obey(command);
  }

  happen(): void {
    this.happened += 1;
    this.step({ type: 'happened', entry: entry(this.happened) });
  }

  answer(isTaken: boolean): void {
    const trying = this.tries.at(-1);
    if (!trying || trying.isTaken !== null) return;
    trying.isTaken = isTaken;
    this.step({ type: 'tried', failure: isTaken ? null : 'HTTP 500' });
  }

  pass(ms: number): void {
    const end = this.now + ms;
    for (let wake = wakeOfWebhook(this.state); wake !== null && wake <= end; wake = wakeOfWebhook(this.state)) {
      this.now = Math.max(this.now, wake);
      this.step({ type: 'tick' });
    }
    this.now = end;
  }

  private obey(command: WebhookCommand): void {
    if (command.do === 'tell') this.told.push(command.failure);
    else if (command.do === 'abort') this.tries.splice(-1, 1, { entry: this.tries.at(-1)?.entry ?? entry(0), isTaken: false });
    else {
      expect(this.tries.at(-1)?.isTaken, 'never two tries at once').not.toBe(null);
      this.tries.push({ entry: command.entry, isTaken: null });
    }
  }
}

const anyStep = fc.oneof(
  { weight: 4, arbitrary: fc.constant('happen' as const) },
  { weight: 3, arbitrary: fc.constantFrom('taken' as const, 'refused' as const) },
  { weight: 2, arbitrary: fc.nat(10_000) },
  { weight: 1, arbitrary: fc.constantFrom('left' as const, 'back' as const) },
);

function lived(steps: readonly ('happen' | 'taken' | 'refused' | 'left' | 'back' | number)[]): Life {
  const life = new Life();
  for (const step of steps) {
    if (step === 'happen') life.happen();
    else if (step === 'taken' || step === 'refused') life.answer(step === 'taken');
    else if (typeof step === 'number') life.pass(step);
    else life.step({ type: step });
    expect(life.state.letters.length).toBeLessThanOrEqual(limits.most);
  }
  return life;
}

describe('a webhook', () => {
  it('is told of alarms one after the other, in order, none twice, each at most so many times, and of those that had no room how many', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 80 }), (steps) => {
        const life = lived(steps);
        const tried = life.tries.map(({ entry: { cause } }) => cause);
        const distinct = tried.filter((cause, index) => cause !== tried[index - 1]);
        const numbers = distinct.filter((cause) => /^\d+$/.test(cause ?? '')).map(Number);
        expect(numbers).toEqual([...new Set(numbers)].toSorted((left, right) => left - right));
        for (const cause of new Set(tried)) expect(tried.filter((one) => one === cause).length).toBeLessThanOrEqual(limits.tries);
      }),
    );
  });

  it('loses none without a word: taken, given up, waiting and counted as missing are all that happened', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('happen' as const, 'taken' as const, 'refused' as const, 20_000), { maxLength: 80 }),
        (steps) => {
          const life = lived(steps);
          const over = life.tries.filter(({ isTaken }, index) => {
            const isLast = life.tries[index + 1]?.entry.cause !== life.tries[index]?.entry.cause;
            return isLast && (isTaken === true || (isTaken === false && life.state.letters[0]?.entry !== life.tries[index]?.entry));
          });
          const count = (entries: readonly JournalEntry[]): number => entries.reduce((sum, one) => sum + (lostIn(one) || 1), 0);
          expect(count(over.map((one) => one.entry)) + count(life.state.letters.map((one) => one.entry))).toBe(life.happened);
        },
      ),
    );
  });

  it('of an application that is down is over in time, whatever the server does', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 40 }), (steps) => {
        const life = lived(steps);
        life.step({ type: 'left' });
        life.pass(limits.leaveMs);
        expect(life.state).toMatchObject({ phase: { is: 'idle' }, letters: [] });
      }),
    );
  });

  it('that is tried in vain waits twice as long each time, gives up, tells it once, and goes on with the next', () => {
    const life = new Life();
    life.happen();
    life.happen();
    const waits: number[] = [];
    for (let letter = 1; letter <= 2; letter += 1) {
      for (let attempt = 1; attempt <= limits.tries; attempt += 1) {
        const before = life.now;
        life.answer(false);
        if (attempt === limits.tries) continue;
        life.pass((wakeOfWebhook(life.state) ?? 0) - life.now);
        waits.push(life.now - before);
      }
    }
    expect(waits).toEqual([1_000, 2_000, 1_000, 2_000]);
    expect(life.told).toEqual(['HTTP 500 (3 tries); not told: alarm_set 1']);
    life.happen();
    life.answer(true);
    life.happen();
    for (let attempt = 1; attempt <= limits.tries; attempt += 1) {
      life.answer(false);
      life.pass(5_000);
    }
    expect(life.told).toEqual(['HTTP 500 (3 tries); not told: alarm_set 1', 'HTTP 500 (3 tries); not told: alarm_set 4']);
  });
});
