import { describe, expect, it } from 'vitest';
import { renderPlan } from '../../src/cli/render/changes.js';
import { renderEvent, renderHistory } from '../../src/cli/render/history.js';
import { type LogLook, logLineRenderer } from '../../src/cli/render/log-line.js';
import { plain } from '../../src/cli/render/paint.js';
import { progressText } from '../../src/cli/render/progress.js';
import { outputLines } from '../../src/cli/render/run.js';
import { renderStatus } from '../../src/cli/render/status.js';
import type { Change, EventLine, LogLine, StatusReply } from '../../src/control/contract.js';
import { serviceRow } from '../helpers/rows.js';

const at = '2026-11-20T10:00:00.000Z';
const look = { paint: plain, width: undefined, showTime: (iso: string) => iso.slice(11, 19), severalApps: false };
const exit = { code: null, signal: 'SIGKILL', coreDumped: false, outOfMemory: false };
const event: EventLine = {
  at,
  app: 'example',
  path: 'a',
  event: 'exited',
  pid: 7,
  run: 2,
  exit,
  cause: 'killed\nby hand',
  by: 'user',
  type: 'child_terminated',
  supervisor: '',
};
const line = (path: string, text: string): LogLine => ({ at, app: 'example', path, run: 1, stream: 'out', text });

describe('history', () => {
  it('is a table with time, name, event, run, PID, exit, cause and who asked', () => {
    expect(
      renderHistory([event, { ...event, app: null, path: null, event: 'daemon_started', pid: null, run: null, exit: null }], look),
    ).toEqual([
      'AT        NAME    EVENT           RUN  PID  EXIT     CAUSE            BY',
      '10:00:00  a       exited            2    7  SIGKILL  killed\\nby hand  user',
      '10:00:00  daemon  daemon_started    -    -  -        killed\\nby hand  user',
    ]);
  });

  it('has one line for each event of the feed', () => {
    expect(renderEvent(event, look)).toBe('10:00:00  child_terminated  a  exited (run 2, pid 7): SIGKILL: killed\\nby hand  by user');
  });
});

describe('log lines', () => {
  const logLook: LogLook = { paint: plain, isTerminal: false, colour: false, prefix: true, names: ['a', 'long_name'], severalApps: false };

  it('have their names in one column, with the time when asked for', () => {
    expect(logLineRenderer(logLook)(line('a', 'x'))).toBe('a         | x');
    expect(logLineRenderer({ ...logLook, prefix: false })(line('a', 'x'))).toBe('x');
    expect(logLineRenderer({ ...logLook, showTime: look.showTime })(line('a', 'x'))).toBe('a         | 10:00:00 x');
  });

  it('are escaped on a terminal only', () => {
    expect(logLineRenderer(logLook)(line('a', '\u0007'))).toContain('\u0007');
    expect(logLineRenderer({ ...logLook, isTerminal: true })(line('a', '\u0007'))).toContain('\\a');
  });
});

describe('log lines with carriage returns', () => {
  const shown = (text: string, isTerminal = true): string =>
    logLineRenderer({ paint: plain, isTerminal, colour: false, prefix: false, names: [], severalApps: false })(line('a', text));

  it('show on a terminal what was seen in the end', () => {
    expect(shown(' 10%\r 50%\r100%')).toBe('100%');
    expect(shown(' 10%\r 50%\r100%\r')).toBe('100%');
    expect(shown('\r')).toBe('');
  });

  it('lose the CR of a CRLF there without a word', () => {
    expect(shown('hello\r')).toBe('hello');
    expect(shown('hello\r\r')).toBe('hello');
  });

  it('are as they were written anywhere else', () => {
    expect(shown(' 10%\r100%\r', false)).toBe(' 10%\r100%\r');
  });
});

describe('progress', () => {
  const waiting = { path: 'web', state: 'stopping', killInMs: 3_500 };

  it('names who is waited for and counts down to SIGKILL', () => {
    const progress = { type: 'progress', done: 0, total: 2, waitingFor: [waiting] } as const;
    expect(progressText('stopping', progress, 0)).toBe('stopping 0/2: waiting for web (stopping, SIGKILL in 4s)');
    expect(progressText('stopping', progress, 2_000)).toContain('SIGKILL in 2s');
    expect(progressText('stopping', progress, 9_000)).toContain('SIGKILL now');
  });

  it('counts the rest where many are waited for', () => {
    const waitingFor = Array.from({ length: 5 }, (_, index) => ({ path: `s${index}`, state: 'starting', killInMs: null }));
    expect(progressText('starting', { type: 'progress', done: 1, total: 9, waitingFor }, 0)).toContain('s2 (starting) and 2 more');
  });
});

describe('status', () => {
  it('is a block of keys and values and the last lines, control characters visible', () => {
    const budget = { supervisor: '', left: 1, intensity: 2, periodMs: 5_000 };
    const status: StatusReply = {
      ...serviceRow('a'),
      exit: { ...exit, at },
      spec: { logs: { keep: 5 }, later: 1, cwd: '/srv', command: ['./a', 'x y'] },
      pids: [100, 101],
      lastExits: [{ run: 1, endedAt: at, durationMs: 3_000, exit, cause: 'signal SIGKILL', state: 'exited' }],
      lastLines: [line('a', '\u001b[2J')],
      alarms: [{ id: 'liveness example:a', source: 'liveness', app: 'example', path: 'a', since: at, text: 'HTTP 500\u001b three times' }],
      budget,
    };
    const lines = renderStatus(status, look);
    expect(lines).toContain('name:         a');
    expect(lines).toContain('pids:         100 101');
    expect(lines).toContain('budget:       1 of 2 restarts left in 5s (example)');
    expect(lines).toContain('last exit:    SIGKILL at 10:00:00');
    expect(lines.filter((text) => text.startsWith('spec.'))).toEqual([
      'spec.command: ["./a","x y"]',
      'spec.cwd:     /srv',
      'spec.later:   1',
      'spec.logs:    {"keep":5}',
    ]);
    expect(lines.slice(-8)).toEqual([
      'alarms:',
      '  10:00:00 liveness example:a: HTTP 500\\e three times',
      '',
      'last exits:',
      '  10:00:00 run 1 SIGKILL after 3s: signal SIGKILL',
      '',
      'last output:',
      '  10:00:00 out \\e[2J',
    ]);
  });
});

describe('last lines of output', () => {
  const shown = (text: string): string => outputLines([line('a', text)], look).at(-1) ?? '';

  it('are cut, with their size, when they are too long to be looked at', () => {
    expect(shown('x'.repeat(1_000))).toBe(`  10:00:00 out ${'x'.repeat(1_000)}`);
    expect(shown('x'.repeat(3 * 1024 * 1024))).toBe(`  10:00:00 out ${'x'.repeat(1_000)}… (3.0 MB)`);
  });

  it('are not cut in the middle of a character', () => {
    expect(shown(`${'x'.repeat(999)}😀`)).toBe(`  10:00:00 out ${'x'.repeat(999)}… (1003 B)`);
  });
});

describe('a plan', () => {
  const change = (path: string, fields: Partial<Change>): Change => ({
    path,
    action: 'unchanged',
    fields: [],
    effect: 'none',
    restarts: false,
    because: null,
    ...fields,
  });

  it('has a line for each change: a sign, the fields, what follows', () => {
    const changes = [
      change('', { action: 'changed', fields: ['intensity'] }),
      change('a', { action: 'added', effect: 'start' }),
      change('off', { action: 'added' }),
      change('bb', { action: 'changed', fields: ['command', 'env.A'], effect: 'restart' }),
      change('c', { effect: 'restart', because: 'bb' }),
      change('d', { effect: 'start' }),
      change('e', { action: 'reordered' }),
      change('f', {}),
      change('old', { action: 'removed', effect: 'stop' }),
    ];
    const steps = [
      ...['old', 'c', 'bb'].map((path) => ({ verb: 'stop', path }) as const),
      ...['a', 'bb', 'c', 'd'].map((path) => ({ verb: 'start', path }) as const),
    ];
    expect(renderPlan(changes, steps, plain)).toEqual([
      '~ application  changed: intensity (without a restart)',
      '+ a            added',
      '+ off          added (not started)',
      '~ bb           changed: command, env.A (will be restarted)',
      '~ c            unchanged (will be restarted, as bb is)',
      '~ d            unchanged (will be started)',
      '~ e            reordered',
      '= f            unchanged',
      '- old          removed',
      'in this order: stop old, c, bb; start a, bb, c, d',
    ]);
  });

  it('does not name a thousand', () => {
    const steps = Array.from({ length: 30 }, (_none, index) => ({ verb: 'start', path: `s${index}` }) as const);
    expect(renderPlan([], steps, plain).at(-1)).toMatch(/^in this order: start s0, .*, s19 and 10 more$/);
  });
});
