/** When something is ready, well, up: pure machines, with plain times and answers. */
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../src/health/answer.js';
import { inARow } from '../../src/health/counted.js';
import { limitText, spanText } from '../../src/health/limit-text.js';
import { type Liveness, newLiveness, stepLiveness } from '../../src/health/liveness.js';
import { readNotify } from '../../src/health/notify-message.js';
import { phaseOf } from '../../src/health/phase.js';
import { newReadiness, type Readiness, stepReadiness, wakeOfReadiness } from '../../src/health/readiness.js';
import { newWatchdog, stepWatchdog, type Watchdog } from '../../src/health/watchdog.js';

const good: Answer = { ok: true };
const bad = (text = 'HTTP 500'): Answer => ({ ok: false, text });
const ours: Answer = { ok: false, text: 'portsup cannot ask: too many open files', isOurs: true };

describe('readiness', () => {
  const times = { delayMs: 100, intervalMs: 50, timeoutMs: 1_000 };
  const begun = newReadiness(times, 5_000, true);
  const trying = stepReadiness(begun, { type: 'tick' }, 5_100)[0];
  const answered = (state: Readiness, answer: Answer, at: number) => stepReadiness(state, { type: 'answered', answer }, at);

  it('is tried once its delay is over, and not before', () => {
    expect(stepReadiness(begun, { type: 'tick' }, 5_099)).toEqual([begun, []]);
    expect(stepReadiness(begun, { type: 'tick' }, 5_100)[1]).toEqual([{ do: 'try' }]);
    expect(wakeOfReadiness(begun)).toBe(5_100);
  });

  it('is not tried again while a try is being made', () => {
    expect(stepReadiness(trying, { type: 'tick' }, 5_500)).toEqual([trying, []]);
    expect(wakeOfReadiness(trying)).toBe(6_000);
  });

  it('is tried again an interval after the end of a try', () => {
    const [state, commands] = answered(trying, bad(), 5_300);
    expect(commands).toEqual([]);
    expect(wakeOfReadiness(state)).toBe(5_350);
    expect(stepReadiness(state, { type: 'tick' }, 5_350)[1]).toEqual([{ do: 'try' }]);
  });

  it('is there with the first good answer, and then nothing more happens', () => {
    const [state, commands] = answered(trying, good, 5_200);
    expect(commands).toEqual([{ do: 'ready' }]);
    expect(wakeOfReadiness(state)).toBeNull();
    expect(stepReadiness(state, { type: 'tick' }, 9_000)).toEqual([state, []]);
  });

  it('that has not come in time is told with the last answer', () => {
    const [state] = answered(trying, bad('HTTP 503'), 5_300);
    expect(stepReadiness(state, { type: 'tick' }, 6_000)[1]).toEqual([{ do: 'not-ready', text: 'not ready within 1s: HTTP 503' }]);
  });

  it('that was never tried is told without an answer', () => {
    expect(stepReadiness(begun, { type: 'tick' }, 6_000)[1]).toEqual([{ do: 'not-ready', text: 'not ready within 1s' }]);
  });

  it('that was never answered is told with how long it has been waited for, whoever tells it late', () => {
    for (const at of [6_000, 6_700])
      expect(stepReadiness(trying, { type: 'tick' }, at)[1]).toEqual([
        { do: 'not-ready', text: 'not ready within 1s: no answer for 900ms' },
      ]);
  });

  it.each([
    [100, 499, 'HTTP 503'],
    [100, 500, 'HTTP 503'],
    [100, 501, 'no answer for 501ms'],
    [100, 3_587, 'no answer for 3.5s'],
    [2_000, 2_000, 'HTTP 503'],
    [2_000, 2_001, 'no answer for 2s'],
  ])('whose last answer took %i ms, with a try of %i ms under way, is told with "%s"', (tookMs, waitedMs, known) => {
    const long = newReadiness({ ...times, delayMs: 0, timeoutMs: 20_000 }, 0, true);
    const begin = 20_000 - waitedMs;
    const [first] = stepReadiness(
      { ...long, tryAt: begin - tookMs - times.intervalMs },
      { type: 'tick' },
      begin - tookMs - times.intervalMs,
    );
    const [waiting] = answered(first, bad('HTTP 503'), begin - times.intervalMs);
    const [second] = stepReadiness(waiting, { type: 'tick' }, begin);
    expect(stepReadiness(second, { type: 'tick' }, 20_000)[1]).toEqual([{ do: 'not-ready', text: `not ready within 20s: ${known}` }]);
  });

  it('is not tried after trouble that no try has met, which is told in the end', () => {
    const [state] = answered(newReadiness(times, 0, false), bad('its lines cannot be looked at'), 100);
    expect(wakeOfReadiness(state)).toBe(1_000);
    expect(stepReadiness(state, { type: 'tick' }, 1_000)[1]).toEqual([
      { do: 'not-ready', text: 'not ready within 1s: its lines cannot be looked at' },
    ]);
  });

  it('that a program tells itself is only waited for', () => {
    const told = newReadiness(times, 0, false);
    expect(wakeOfReadiness(told)).toBe(1_000);
    expect(stepReadiness(told, { type: 'told' }, 700)[1]).toEqual([{ do: 'ready' }]);
    expect(stepReadiness(told, { type: 'tick' }, 1_000)[1]).toEqual([{ do: 'not-ready', text: 'not ready within 1s' }]);
  });

  it('goes on after a restart of the daemon with the deadline of before', () => {
    expect(stepReadiness(begun, { type: 'tick' }, 7_000)[1]).toEqual([{ do: 'not-ready', text: 'not ready within 1s' }]);
  });
});

describe('liveness', () => {
  const times = { intervalMs: 1_000, graceMs: 5_000, failures: 3 };
  const begun = newLiveness(times, 0, 0);
  const after = (answers: readonly Answer[]) => {
    let state: Liveness = begun;
    const told: unknown[] = [];
    for (const answer of answers) {
      const [next, commands] = stepLiveness({ ...state, tryAt: null }, { type: 'answered', answer }, 10_000);
      state = next;
      told.push(...commands.filter((command) => command.do !== 'count'));
    }
    return { state, told };
  };

  it('is asked about for the first time after its grace, and a part of an interval of its own', () => {
    expect(begun.tryAt).toBe(5_000);
    expect(newLiveness(times, 100, 0.25).tryAt).toBe(5_350);
    expect(stepLiveness(begun, { type: 'tick' }, 4_999)[1]).toEqual([]);
    expect(stepLiveness(begun, { type: 'tick' }, 5_000)[1]).toEqual([{ do: 'try' }]);
  });

  it('is asked about an interval after the end of a try, and never while one is being made', () => {
    const [trying] = stepLiveness(begun, { type: 'tick' }, 5_000);
    expect(stepLiveness(trying, { type: 'tick' }, 60_000)).toEqual([trying, []]);
    expect(stepLiveness(trying, { type: 'answered', answer: good }, 5_400)[0].tryAt).toBe(6_400);
  });

  it('is gone after so many bad answers in a row, and is told so again after as many more, as somebody may have kept it', () => {
    expect(after([bad(), bad()]).told).toEqual([]);
    expect(after([bad(), bad(), bad()]).told).toEqual([{ do: 'unhealthy', text: 'HTTP 500 three times' }]);
    expect(after([bad(), bad(), bad(), bad(), bad()]).told).toHaveLength(1);
    expect(after([bad(), bad(), bad(), bad(), bad(), bad()]).told).toHaveLength(2);
  });

  it('is there again with one good answer', () => {
    expect(after([bad(), bad(), good, bad(), bad()]).told).toEqual([]);
  });

  it('tells the last answer where they differ', () => {
    const { told } = after([bad('HTTP 500'), bad('HTTP 500'), bad('HTTP 503')]);
    expect(told).toEqual([{ do: 'unhealthy', text: 'HTTP 503, the last of three bad answers in a row' }]);
  });

  it('counts no try that could not be made for a reason of portsup', () => {
    expect(after([bad(), ours, bad(), ours, ours]).told).toEqual([]);
    expect(after([bad(), ours, bad(), ours, bad()]).told).toHaveLength(1);
  });

  it('counts one good answer in an interval, however many come, and each bad one, for an alarm', () => {
    let state: Liveness = begun;
    const counted = (answer: Answer, at: number) => {
      const [next, commands] = stepLiveness(state, { type: 'answered', answer }, at);
      state = next;
      return commands.flatMap((command) => (command.do === 'count' ? [command.answer] : []));
    };
    expect([100, 200, 300, 1_099].map((at) => counted(good, at))).toEqual([[good], [], [], []]);
    expect(counted(bad(), 2_099)).toEqual([bad()]);
    expect(counted(ours, 2_100)).toEqual([]);
    expect([2_200, 3_199, 3_200].map((at) => counted(good, at))).toEqual([[good], [], [good]]);
  });

  it('begins its interval anew and ends a row with each good answer, also with one that does not count', () => {
    let state = stepLiveness(begun, { type: 'answered', answer: good }, 0)[0];
    for (const answer of [bad(), bad(), good, good]) [state] = stepLiveness(state, { type: 'answered', answer }, 700);
    expect(state).toMatchObject({ bad: 0, tryAt: 1_700 });
  });

  it('is nobody’s concern any more once a program says that it is about to end', () => {
    const [state] = stepLiveness(begun, { type: 'leaving' }, 100);
    expect(stepLiveness(state, { type: 'tick' }, 60_000)).toEqual([state, []]);
  });
});

describe('a watchdog', () => {
  const times = { intervalMs: 1_000, failures: 2, clearAfter: 3 };
  const changes = (status: Watchdog['status'], answers: readonly Answer[]): readonly boolean[] => {
    let state = newWatchdog(times, 0, status);
    return answers.flatMap((answer) => {
      const [next, commands] = stepWatchdog({ ...state, tryAt: null }, { type: 'answered', answer }, 0);
      state = next;
      return commands.flatMap((command) => (command.do === 'changed' ? [command.isUp] : []));
    });
  };

  it('that is not known is up with the first good answer, and down after so many bad ones', () => {
    expect(changes('unknown', [bad(), good])).toEqual([true]);
    expect(changes('unknown', [bad(), bad()])).toEqual([false]);
  });

  it('that is up is down after so many bad answers in a row', () => {
    expect(changes('up', [bad(), good, bad(), good])).toEqual([]);
    expect(changes('up', [bad(), bad(), bad()])).toEqual([false]);
  });

  it('that is down is up again after so many good answers in a row', () => {
    expect(changes('down', [good, good, bad(), good, good])).toEqual([]);
    expect(changes('down', [good, good, good, good])).toEqual([true]);
  });

  it('takes what portsup cannot ask for no answer', () => {
    expect(changes('up', [bad(), ours, bad()])).toEqual([false]);
    expect(changes('up', [ours, ours, ours])).toEqual([]);
    expect(changes('unknown', [ours, ours])).toEqual([]);
  });
});

describe('the words', () => {
  it.each([
    [1, true, 'HTTP 500'],
    [2, true, 'HTTP 500 twice'],
    [12, true, 'HTTP 500 twelve times'],
    [13, true, 'HTTP 500 13 times'],
    [2, false, 'HTTP 500, the last of two bad answers in a row'],
  ])('of %i bad answers, alike: %s', (count, isSame, text) => {
    expect(inARow('HTTP 500', count, isSame)).toBe(text);
  });
});

describe('a limit', () => {
  it.each([
    [250, '250ms'],
    [1_000, '1s'],
    [1_500, '1.5s'],
    [20_000, '20s'],
    [90_000, '1m 30s'],
  ])('of %i ms is %s', (limitMs, text) => {
    expect(limitText(limitMs)).toBe(text);
  });
});

describe('a measured time', () => {
  it.each([
    [3, '3ms'],
    [999.9, '999ms'],
    [1_099, '1s'],
    [3_587.2, '3.5s'],
    [64_900, '1m 4s'],
  ])('of %d ms is %s', (spanMs, text) => {
    expect(spanText(spanMs)).toBe(text);
  });
});

describe('the phase', () => {
  it('spreads names that differ little over the whole interval', () => {
    const tenths = Array.from({ length: 200 }, (_, index) => Math.floor(10 * phaseOf(`shop:worker-${index}`)));
    const counts = Array.from({ length: 10 }, (_, tenth) => tenths.filter((one) => one === tenth).length);
    expect(Math.min(...counts)).toBeGreaterThan(5);
    expect(Math.max(...counts)).toBeLessThan(40);
    expect(phaseOf('shop:a')).toBe(phaseOf('shop:a'));
  });
});

describe('what sd_notify sends', () => {
  it('is read line by line, and what is not known is passed over', () => {
    expect(readNotify('READY=1\nSTATUS=Serving 3 requests \nMAINPID=77\n\nnonsense')).toEqual({
      isReady: true,
      isStopping: false,
      watchdog: null,
      status: 'Serving 3 requests',
    });
    expect(readNotify('STOPPING=1\nWATCHDOG=1')).toMatchObject({ isStopping: true, watchdog: 'well', status: null });
    expect(readNotify('WATCHDOG=trigger').watchdog).toBe('trigger');
    expect(readNotify('READY=0\n=1\nREADY').isReady).toBe(false);
  });

  it('is cut where it is long', () => {
    expect(readNotify(`STATUS=${'x'.repeat(5_000)}`).status).toHaveLength(200);
  });
});
