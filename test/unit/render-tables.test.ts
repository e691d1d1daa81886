import { describe, expect, it } from 'vitest';
import { type Paint, plain } from '../../src/cli/render/paint.js';
import { renderPs } from '../../src/cli/render/ps-table.js';
import { placeRows } from '../../src/cli/render/row-tree.js';
import { fitHeight } from '../../src/cli/render/screenful.js';
import { cutTo, escapeControls, escapeOutput, widthOf } from '../../src/cli/render/text.js';
import { renderTree } from '../../src/cli/render/tree.js';
import { serviceRow, supervisorRow } from '../helpers/rows.js';

const pipe = { width: undefined, paint: plain };
const why = 'exited: killed by SIGKILL; restarted';
const rows = [
  supervisorRow('', { logBytes: 3_072 }),
  serviceRow('db', { why, logBytes: 3_072 }),
  supervisorRow('backend'),
  serviceRow('backend/api', { pid: 4242 }),
];

describe('the table of ps', () => {
  it('shows the application first and indents what is below a supervisor', () => {
    expect(renderPs(rows, pipe)).toEqual([
      'NAME       STATE     PID  UPTIME  RESTARTS   CPU     MEM  WHY                                     LOGS',
      'example    running     -   1m 5s         0     -       -                                        3.0 KB',
      `  db       running   100   1m 5s         0  1.3%  4.2 MB  ${why}  3.0 KB`,
      '  backend  running     -   1m 5s         0     -       -',
      '    api    running  4242   1m 5s         0  1.3%  4.2 MB',
    ]);
  });

  it('says when cron comes next, in local time, after the last cause', () => {
    const nextCron = new Date(2026, 10, 21, 3).toISOString();
    const [, plainly = '', caused = ''] = renderPs([serviceRow('a', { nextCron }), serviceRow('b', { nextCron, why })], pipe);
    expect(plainly).toMatch(/4\.2 MB {2}next at 2026-11-21 03:00:00$/);
    expect(caused).toContain(`${why}; next at 2026-11-21 03:00:00`);
  });

  it('never is wider than the screen: WHY shrinks, then columns go from the right', () => {
    const titles = (width: number): string => renderPs(rows, { width, paint: plain })[0] ?? '';
    for (let width = 1; width <= 110; width += 1) {
      for (const line of renderPs(rows, { width, paint: plain })) expect(widthOf(line)).toBeLessThanOrEqual(width);
    }
    expect(titles(110)).toContain('WHY');
    expect(renderPs(rows, { width: 75, paint: plain })[2]).toContain('exited: killed b…');
    expect(titles(110)).toContain('LOGS');
    expect(titles(99)).toMatch(/WHY$/);
    expect(titles(60)).toMatch(/MEM$/);
    expect(titles(30)).toMatch(/PID$/);
  });

  it('does not break on names and causes in wide characters or with line ends in them', () => {
    const [, line = ''] = renderPs([serviceRow('a', { why: 'say "日本"\nand\u001b[2J go' })], { width: 70, paint: plain });
    expect(line).toContain('"日本"\\nand');
    expect(line).not.toContain('\u001b');
    expect(widthOf('日本')).toBe(4);
    expect(widthOf(cutTo('日本語', 4))).toBeLessThanOrEqual(4);
  });

  it('colours states, and measures without the colours', () => {
    const tag = (name: string) => (text: string) => `<${name}>${text}</>`;
    const loud: Paint = { ...plain, green: tag('green'), red: tag('red'), dim: (text) => text };
    const [, up, failed] = renderPs([serviceRow('a'), serviceRow('b', { state: 'failed', pid: null })], { width: 60, paint: loud });
    expect(up).toContain('<green>running</>');
    expect(failed).toContain('<red>failed </>');
  });

  it('names rows by their path where the rows above are not shown, with the application where there are several', () => {
    expect(placeRows([serviceRow('backend/api')]).map(({ label }) => label)).toEqual(['backend/api']);
    const both = placeRows([serviceRow('a'), serviceRow('b/c', { app: 'shop' })]);
    expect(both.map(({ label }) => label)).toEqual(['example:a', 'shop:b/c']);
  });

  it('says that a breaker is not closed', () => {
    expect(renderPs([supervisorRow('a', { state: 'stopped', breaker: 'disabled' })], pipe)[1]).toContain('stopped (disabled)');
  });

  it('renders 1000 services in one line each', () => {
    const many = Array.from({ length: 1_000 }, (_, index) => serviceRow(`service_${index}`));
    expect(renderPs([supervisorRow(), ...many], pipe)).toHaveLength(1_002);
  });
});

describe('the tree', () => {
  it('says once that a breaker is open, and what is left of the budget', () => {
    const [line] = renderTree([supervisorRow('', { state: 'stopped', breaker: 'disabled' })], pipe);
    expect(line).toBe('example  stopped (disabled)  one_for_one, 1 of 2 restarts used in 5s');
  });

  it('draws branches, strategies, budgets, states and PIDs', () => {
    const failed = serviceRow('backend/worker', { state: 'failed', pid: null, why: 'gave up' });
    expect(renderTree([...rows, failed, serviceRow('web')], pipe)).toEqual([
      'example  running  one_for_one, 1 of 2 restarts used in 5s',
      '├─ db  running  pid 100',
      '├─ backend  running  one_for_one, 1 of 2 restarts used in 5s',
      '│  ├─ api  running  pid 4242',
      '│  └─ worker  failed  gave up',
      '└─ web  running  pid 100',
    ]);
  });

  it('says of a supervisor that has failed why', () => {
    const gaveUp = { state: 'failed', why: 'gave up: more than 2 restarts in 5s' } as const;
    expect(renderTree([supervisorRow('', gaveUp), supervisorRow('backend', gaveUp), serviceRow('backend/api')], pipe).slice(0, 2)).toEqual([
      'example  failed  one_for_one, 1 of 2 restarts used in 5s  gave up: more than 2 restarts in 5s',
      '└─ backend  failed  one_for_one, 1 of 2 restarts used in 5s  gave up: more than 2 restarts in 5s',
    ]);
    expect(renderTree([supervisorRow('', { why: 'started again' })], pipe)[0]).not.toContain('started again');
  });

  it('is cut to the screen', () => {
    for (const line of renderTree(rows, { width: 20, paint: plain })) expect(widthOf(line)).toBeLessThanOrEqual(20);
  });
});

describe('a screenful', () => {
  it('counts what does not fit', () => {
    const lines = ['a', 'b', 'c', 'd'];
    expect(fitHeight(lines, 4)).toEqual(lines);
    expect(fitHeight(lines, 3)).toEqual(['a', 'b', '... 2 more']);
  });
});

describe('somebody else’s text', () => {
  it('becomes one harmless line', () => {
    expect(escapeControls('a\nb\u001b]0;title\u0007\u009b2J\tc')).toBe('a\\nb\\e]0;title\\a\\x9b2J\tc');
  });

  it('keeps its colours on a terminal, ends them, and loses them where none are wanted', () => {
    expect(escapeOutput('\u001b[31mred\u001b[2J', true)).toBe('\u001b[31mred\\e[2J\u001b[0m');
    expect(escapeOutput('\u001b[31mred\u001b[2J', false)).toBe('red\\e[2J');
    expect(escapeOutput('plain', true)).toBe('plain');
  });
});
