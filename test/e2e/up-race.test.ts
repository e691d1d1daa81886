import { rmSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fixture, LiveApp } from '../helpers/live-app.js';
import type { ProcessRow } from '../helpers/process-rows.js';
import { killTogether, processesWith } from '../helpers/processes.js';
import { until } from '../helpers/until.js';

let app: LiveApp;

beforeEach(() => {
  app = new LiveApp();
});
afterEach(async () => {
  await app.dispose();
});

const ours = (command: RegExp): readonly ProcessRow[] => processesWith(app.home.home).filter((row) => command.test(row.command));

const killHard = (rows: readonly ProcessRow[]): Promise<void> => killTogether(...rows.map(({ pid }) => pid));

it('two ups that race 50 times make one keeper, one daemon and each service once: afresh, with services that live on, and without any state', async () => {
  app.configure({ intensity: 1_000, services: { a: { command: [fixture('e2e-once.sh'), app.folder] } } });
  let starts = 0;
  for (let round = 0; round < 50; round += 1) {
    const ups = [app.start('up'), app.start('up')];
    for (const up of ups) expect(await up.ended).toMatchObject({ code: 0 });
    expect(ours(/^portsup-keeper/)).toHaveLength(1);
    expect(ours(/^portsupd/)).toHaveLength(1);
    await until('it runs once', () => ours(/e2e-once\.sh/).length === 1);
    expect(app.read('a.twice')).toBe('');
    if (round % 3 === 0) starts += 1;
    await until('it has said so', () => app.read('a.starts').split('\n').length - 1 === starts);
    await killHard(ours(/^portsup/));
    // After this it lives on; then it has been killed, too; then there is no state of it either.
    if (round % 3 === 2) await killHard(ours(/e2e-once\.sh/));
    if (round % 3 === 2) rmSync(app.home.path('state.ndjson'));
  }
}, 180_000);
