import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { idle, LiveApp } from '../helpers/live-app.js';

let app: LiveApp;

beforeAll(async () => {
  app = new LiveApp();
  await app.up({ services: { web: { command: idle }, quiet: { command: 'sleep 1000' }, later: { command: idle, autostart: false } } });
  await app.untilSays('web', /ready/);
});

afterAll(async () => {
  await app.dispose();
});

describe('what finds nothing', () => {
  it.each([
    ['logs of who has said nothing', ['logs', 'quiet'], 'nothing has been printed yet, or nothing is kept ("logs: none")'],
    ['logs that a filter leaves nothing of', ['logs', 'web', '--grep', 'error'], 'no line fits'],
    ['logs of one stream', ['logs', '--err'], 'no line fits'],
    ['logs of a time', ['logs', '--until', 'yesterday'], 'no line fits'],
    ['history of a name that nobody knows', ['history', 'nope', 'none'], 'nothing is known of "nope" or "none"'],
    ['history of who never ran', ['history', 'later'], 'nothing is known of "later"'],
    ['entries of a name that nobody knows', ['history', 'nope', '--events'], 'nothing is known of "nope"'],
    ['history where nothing failed', ['history', 'web', '--failed'], 'nothing that happened fits'],
  ])('says so on standard error, and ends well: %s', async (_what, words, why) => {
    const { code, stdout, stderr } = await app.run(...words);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: `note: nothing to show; ${why}\n` });
  });

  it.each([
    ['no line was asked for', ['logs', '-n', '0'], ''],
    ['the answer is JSON', ['logs', 'quiet', '--json'], ''],
    ['the history is JSON', ['history', 'nope', '--json'], '[]\n'],
  ])('says nothing where %s', async (_what, words, stdout) => {
    expect(await app.run(...words)).toMatchObject({ code: 0, stdout, stderr: '' });
  });
});

describe('logs that cannot be asked for', () => {
  it.each([
    [['-f', '--until', '1m'], 'leave out one of the two'],
    [['-i'], 'add --grep REGEX, or leave out --ignore-case'],
    [['-v', 'web'], 'add --grep REGEX, or leave out --invert-match'],
    [['--run', '1', '--previous'], 'leave out one of the two'],
    [['--since', '5m', '--until', '10m'], 'swap them: --since "10m" --until "5m"'],
  ])('%j', async (words, remedy) => {
    const { code, stdout, stderr } = await app.run('logs', ...words);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`hint: ${remedy}\n`);
  });
});
