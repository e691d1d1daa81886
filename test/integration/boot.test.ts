/** `boot enable`, `disable` and `status` against programs that stand in for systemctl, loginctl and launchctl. */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { initOf } from '../../src/cli/boot/init-of.js';
import type { BootJob } from '../../src/cli/boot/job.js';
import { mustBeAllowed } from '../../src/cli/boot/subject.js';
import { disableJob } from '../../src/cli/commands/boot-disable.js';
import { enableJob } from '../../src/cli/commands/boot-enable.js';
import { statusOfJob } from '../../src/cli/commands/boot-status.js';
import { toolsWith } from '../../src/cli/system-service.js';
import { annsJob, contextFor, type FakeInit, fakeInit, INSTALLED, ownJob } from '../helpers/boot.js';
import { portsup, portsupBin } from '../helpers/cli.js';
import { type TestHome, temporaryHome } from '../helpers/home.js';
import { idle, LiveApp } from '../helpers/live-app.js';

let home: TestHome;
let init: FakeInit;
let job: BootJob;

beforeEach(() => {
  home = temporaryHome();
  init = fakeInit(home, 'systemctl', 'loginctl', 'launchctl');
  job = ownJob(home);
  answerAs({ LoadState: 'loaded', UnitFileState: 'enabled', FragmentPath: job.file, ActiveState: 'inactive', MainPID: '0' });
  init.answer('systemctl is-system-running', { out: 'degraded\n', code: 1 });
  init.answer('systemctl --user is-system-running', { out: 'running\n' });
  init.answer('loginctl show-user ann', { out: 'yes\n' });
});

afterEach(() => home.dispose());

function answerAs(properties: Readonly<Record<string, string>>): void {
  const out = Object.entries(properties).map(([key, value]) => `${key}=${value}\n`);
  init.answer('systemctl --user show', { out: out.join('') });
}

type Command = (context: ReturnType<typeof contextFor>['context'], job: BootJob, init: ReturnType<typeof initOf>) => Promise<number>;

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(command: Command, subject: BootJob, ...words: readonly string[]): Promise<Outcome> {
  const { context, out, err } = contextFor(init.env, 'boot', 'status', ...words);
  const code = await command(context, subject, initOf(subject, toolsWith(init.env)));
  return { code, out: out(), err: err() };
}

const enable = (subject = job, ...words: readonly string[]): Promise<Outcome> => run(enableJob, subject, ...words);
const disable = (subject = job, ...words: readonly string[]): Promise<Outcome> => run(disableJob, subject, ...words);
const status = (subject = job, ...words: readonly string[]): Promise<Outcome> => run(statusOfJob, subject, ...words);

/** What is wrong or doubtful, "check: detail (remedy)". */
async function troubles(subject = job): Promise<readonly string[]> {
  const { checks } = JSON.parse((await status(subject, '--json')).out) as {
    readonly checks: readonly Record<'check' | 'state' | 'detail' | 'remedy', string>[];
  };
  return checks
    .filter(({ state, check }) => state !== 'ok' && check !== 'home')
    .map((one) => `${one.check}: ${one.detail} (${one.remedy})`);
}

describe('boot enable', () => {
  it('writes the unit whole, and lets systemd read and enable it', async () => {
    const { code, err } = await enable();
    expect({ code, err }).toMatchObject({
      code: 0,
      err: expect.stringContaining(`created ${job.file}; the next boot brings up what ann had up`),
    });
    expect(readFileSync(job.file, 'utf8')).toContain(`ExecStart="${process.execPath}" "${INSTALLED}" daemon start\n`);
    expect(readdirSync(dirname(job.file))).toEqual([`${job.name}.service`]);
    expect(init.calls()).toEqual([
      'systemctl is-system-running',
      'systemctl --user is-system-running',
      'systemctl --user daemon-reload',
      `systemctl --user enable ${job.name}.service`,
      'loginctl show-user ann --property=Linger --value',
    ]);
  });

  it('changes nothing the second time, and says what it changes when something differs', async () => {
    await enable();
    expect((await enable()).err).toContain(`${job.file} is as it should be`);
    const moved = { ...job, environment: { ...job.environment, PATH: '/opt/bin' }, launcher: INSTALLED };
    expect((await enable(moved)).err).toContain(`changed ${job.file} (Environment); `);
    writeFileSync(job.file, readFileSync(job.file, 'utf8').replace('KillMode=process', 'KillMode=mixed'));
    const { out } = await enable(moved, '--json');
    expect(JSON.parse(out)).toMatchObject({ change: 'changed', settings: ['KillMode'], unit: job.name, user: 'ann' });
    expect(JSON.parse((await enable(moved, '--json')).out)).toMatchObject({ change: 'unchanged', settings: [] });
  });

  it('turns lingering on where it is off', async () => {
    init.answer('loginctl show-user ann', { err: 'Failed to get user: User ID 1000 is not logged in or lingering\n', code: 1 });
    expect(await enable()).toMatchObject({ code: 0 });
    expect(init.calls()).toContain('loginctl --no-ask-password enable-linger ann');
  });

  it('says which command turns lingering on when it may not do so, and ends with 1', async () => {
    init.answer('loginctl show-user ann', { out: 'no\n' });
    init.answer('loginctl --no-ask-password enable-linger', { err: 'Could not enable linger: Access denied\n', code: 1 });
    const { code, err } = await enable();
    expect(code).toBe(1);
    expect(err).toContain('error: ann may not let services run without being logged in (Could not enable linger: Access denied)\n');
    expect(err).toContain('hint: run "sudo loginctl enable-linger ann"\n');
    expect(existsSync(job.file)).toBe(true);
  });

  it('leaves a unit alone that somebody else wrote', async () => {
    mkdirSync(dirname(job.file), { recursive: true });
    writeFileSync(job.file, '[Service]\nExecStart=/bin/true\n');
    await expect(enable()).rejects.toThrow(`${job.file} is there, but was not written by portsup`);
    await expect(disable()).rejects.toThrow('was not written by portsup');
    expect(readFileSync(job.file, 'utf8')).toBe('[Service]\nExecStart=/bin/true\n');
  });

  it.each([
    ['systemctl says nothing', { code: 1 }],
    ['systemd is installed, but not running', { out: 'offline\n', code: 1 }],
  ])('changes nothing where %s, and tells the line for cron', async (_what, answer) => {
    init.answer('systemctl is-system-running', answer);
    const line = `@reboot PORTSUP_HOME=${job.home} ${process.execPath} ${INSTALLED} daemon start`;
    for (const command of [enable, disable, status]) {
      await expect(command()).rejects.toMatchObject({
        code: 'FAILED',
        message: 'this machine was not booted by systemd (a container, or another init)',
        hint: expect.stringContaining(line),
      });
    }
    expect(existsSync(job.file)).toBe(false);
  });

  it("says how to reach the person's systemd when it cannot be reached", async () => {
    init.answer('systemctl --user is-system-running', { err: 'Failed to connect to bus: No medium found\n', code: 1 });
    await expect(enable()).rejects.toMatchObject({
      message: 'the systemd of ann cannot be reached: Failed to connect to bus: No medium found',
      hint: expect.stringMatching(/XDG_RUNTIME_DIR=\/run\/user\/\d+ .*boot enable --user ann$/),
    });
    expect(existsSync(job.file)).toBe(false);
  });

  it('says what systemd says when it refuses', async () => {
    init.answer('systemctl --user enable', { err: `Failed to enable unit: Unit file ${job.file} is masked.\n`, code: 1 });
    await expect(enable()).rejects.toThrow(
      `systemctl --user enable ${job.name}.service: Failed to enable unit: Unit file ${job.file} is masked.`,
    );
  });

  it.each([
    ['a node that is not there', { node: '/nowhere/node' }, 'node: /nowhere/node is not there'],
    ['a node that cannot be executed', { node: portsupBin.replace('bin/portsup.js', 'package.json') }, 'cannot be executed'],
    ['a node by a relative path', { node: 'node' }, 'node: node is no absolute path'],
    ['a launcher that is not there', { launcher: '/nowhere/portsup.js' }, 'launcher: /nowhere/portsup.js is not there'],
    ['a folder as launcher', { launcher: '/usr' }, 'launcher: /usr is no file'],
    ['a home that is a file', { home: '/etc/passwd' }, 'home: /etc/passwd is no folder'],
    ['a line break in a path', { home: '/a\nUser=root' }, 'home has a control character in it: "/a\\nUser=root"'],
    ['a quote in the path of node', { node: '/a"b/node' }, 'systemd starts no program with a quote or a backslash in its path'],
  ] satisfies readonly (readonly [string, Partial<BootJob>, string])[])(
    'refuses %s before it writes anything',
    async (_what, changes, message) => {
      await expect(enable({ ...job, ...changes })).rejects.toMatchObject({ code: 'FAILED', message: expect.stringContaining(message) });
      const orders = init.calls().filter((call) => !call.endsWith('is-system-running'));
      expect({ orders, isThere: existsSync(job.file) }).toEqual({ orders: [], isThere: false });
    },
  );

  it("refuses a home that is open to others, or somebody else's", async () => {
    mkdirSync(job.home, { mode: 0o755 });
    chmodSync(job.home, 0o755);
    await expect(enable()).rejects.toMatchObject({
      message: `home: ${job.home} is open to other users`,
      hint: `run "chmod 700 ${job.home}"`,
    });
    chmodSync(job.home, 0o700);
    const others = { ...job, user: { ...job.user, uid: job.user.uid + 1 } };
    await expect(enable(others)).rejects.toThrow(`home: ${job.home} belongs to user ${job.user.uid}, not to ann`);
  });

  it('refuses a program in a temporary folder', async () => {
    const node = home.path('node');
    writeFileSync(node, '', { mode: 0o755 });
    await expect(enable({ ...job, node })).rejects.toThrow(`node: ${node} is in a temporary folder`);
  });

  it('warns of a second unit for the same home', async () => {
    mkdirSync(dirname(job.otherFile));
    writeFileSync(job.otherFile, 'Written by "portsup boot enable", which writes it anew.');
    expect((await enable()).err).toContain(`warning: ${job.otherFile} starts the same home\n`);
  });

  it.runIf(process.getuid?.() !== 0)('of the machine takes root, and tells the command', () => {
    expect(() => mustBeAllowed('enable', annsJob({ scope: 'system' }))).toThrow('only root may change what this machine starts at boot');
  });
});

describe('boot disable', () => {
  it('removes the unit once systemd has disabled it; a second time there is nothing to do', async () => {
    await enable();
    init.calls();
    const { code, err } = await disable();
    expect({ code, err }).toMatchObject({ code: 0, err: expect.stringContaining(`removed ${job.file}; what runs goes on\n`) });
    expect(existsSync(job.file)).toBe(false);
    expect(init.calls().slice(2)).toEqual([`systemctl --user disable ${job.name}.service`, 'systemctl --user daemon-reload']);
    expect(await disable()).toMatchObject({ code: 0, err: `nothing starts ${job.home} at boot: there is no ${job.file}\n` });
    expect(JSON.parse((await disable(job, '--json')).out)).toMatchObject({ removed: false, file: job.file });
  });
});

describe('boot status', () => {
  it('is 0 when all is well', async () => {
    await enable();
    const { code, out } = await status();
    expect(code).toBe(0);
    expect(out).toContain(`unit:      ok      ${job.file}\n`);
    expect(out).toContain('lingering: ok      on: ');
    expect(out).toContain('keeper:    ok      it does not run now; the next boot brings up what was up\n');
    expect(await troubles()).toEqual([]);
  });

  it('is 4 when there is no unit, and names that of the machine where there is one', async () => {
    expect(await status()).toMatchObject({
      code: 4,
      out: expect.stringContaining(`nothing is started at boot: there is no ${job.file}\n`),
    });
    mkdirSync(dirname(job.otherFile));
    writeFileSync(job.otherFile, 'Written by "portsup boot enable", which writes it anew.');
    expect(await status()).toMatchObject({ code: 4, out: expect.stringContaining('see "portsup boot status --user ann"') });
  });

  it('finds a unit that was edited', async () => {
    await enable();
    writeFileSync(job.file, readFileSync(job.file, 'utf8').replace('Restart=on-failure', 'Restart=always'));
    expect(await status()).toMatchObject({ code: 3 });
    expect(await troubles()).toEqual(['text: not as it would be written now: Restart (run "portsup boot enable")']);
  });

  it('does not mind another PATH, and looks at the node and the portsup of the unit, not at its own', async () => {
    await enable({ ...job, node: '/bin/sh', environment: { ...job.environment, PATH: '/opt/bin' } });
    expect(await troubles()).toEqual([]);
    const other = { ...job, launcher: '/somewhere/else/portsup.js' };
    expect(await troubles(other)).toEqual([
      'launcher: it starts another portsup than this one, /somewhere/else/portsup.js (if that is not wanted, run "portsup boot enable")',
    ]);
  });

  it('finds that node or portsup have gone', async () => {
    await enable();
    const text = readFileSync(job.file, 'utf8').replaceAll(process.execPath, '/gone/node').replaceAll(INSTALLED, '/gone/portsup.js');
    writeFileSync(job.file, text);
    expect(await status()).toMatchObject({ code: 3 });
    expect(await troubles()).toEqual([
      'node: /gone/node is not there (run "portsup boot enable" by the node that is to be used)',
      'launcher: /gone/portsup.js is not there (run "portsup boot enable" by the portsup that is to be used)',
      expect.stringContaining('launcher: it starts another portsup than this one'),
    ]);
  });

  it.each([
    [{ UnitFileState: 'disabled' }, 'the unit is disabled: it is not started at boot (run "systemctl --user enable UNIT")'],
    [{ UnitFileState: 'masked', LoadState: 'masked' }, 'the unit is masked: systemd never starts it (run "systemctl --user unmask UNIT")'],
    [{ LoadState: 'bad-setting' }, 'systemd cannot load the unit (bad-setting) (run "systemctl --user status UNIT")'],
    [{ NeedDaemonReload: 'yes' }, 'systemd has not read the unit since it was changed (run "systemctl --user daemon-reload")'],
    [
      { FragmentPath: '/etc/systemd/user/UNIT' },
      'systemd takes the unit from /etc/systemd/user/UNIT, not from FILE (remove the one that is not wanted)',
    ],
  ])('explains %j', async (properties, detail) => {
    await enable();
    answerAs({ LoadState: 'loaded', UnitFileState: 'enabled', FragmentPath: job.file, ActiveState: 'inactive', ...named(properties) });
    const told = (await troubles()).map((line) => line.replaceAll(job.file, 'FILE').replaceAll(`${job.name}.service`, 'UNIT'));
    expect(told).toEqual([`enabled: ${detail}`]);
    expect(await status()).toMatchObject({ code: 3 });
  });

  it('explains that lingering is off, and that the last start failed', async () => {
    await enable();
    init.answer('loginctl show-user ann', { out: 'no\n' });
    answerAs({ LoadState: 'loaded', UnitFileState: 'enabled', FragmentPath: job.file, ActiveState: 'failed', Result: 'exit-code' });
    expect(await troubles()).toEqual([
      'lingering: off: portsup starts when ann logs in, and is stopped when they log out (run "sudo loginctl enable-linger ann")',
      `start: the last start or stop by systemd failed (exit-code) ("journalctl --user -u ${job.name}.service" says why; "portsup daemon logs" may, too)`,
    ]);
  });

  it('tells who runs now: started by hand', async () => {
    await enable();
    const app = new LiveApp({ home, env: { PORTSUP_HOME: job.home } });
    await app.up({ services: { a: { command: idle } } });
    const { keeperPid: pid } = await app.daemon();
    const { code, out } = await status();
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining(`keeper:    ok      process ${pid}, started by hand: `) });
    expect(out).toContain(`kill ${pid}, and when it has ended "systemctl --user restart ${job.name}.service"`);
    expect(JSON.parse((await status(job, '--json')).out)).toMatchObject({ ok: true, keeperPid: pid });
    await app.do('down');
  });
});

describe('boot on macOS', () => {
  const onMac = (changes: Partial<BootJob> = {}): BootJob => ({ ...ownJob(home, { platform: 'darwin' }), ...changes });

  it('writes the plist, loads nothing, and says that an agent waits for its person', async () => {
    const mac = onMac();
    expect(await enable(mac)).toMatchObject({ code: 0, err: expect.stringContaining('the next login of ann brings up what ann had up') });
    expect(readFileSync(mac.file, 'utf8')).toContain(`<string>${INSTALLED}</string><string>daemon</string><string>start</string>`);
    expect(init.calls()).toEqual([`launchctl enable gui/${mac.user.uid}/${mac.name}`]);
    init.answer('launchctl print-disabled', {
      out: `disabled services = {\n  "${mac.name}x" => disabled\n  "${mac.name}" => enabled\n}\n`,
    });
    expect(await status(mac)).toMatchObject({ code: 0, out: expect.stringContaining('enabled:   ok      launchd starts it at login\n') });
    expect(await disable(mac)).toMatchObject({ code: 0 });
    expect(existsSync(mac.file)).toBe(false);
  });

  it.each(['disabled', 'true'])('finds that launchd leaves it out (=> %s)', async (word) => {
    const mac = onMac();
    await enable(mac);
    init.answer('launchctl print-disabled', { out: `disabled services = {\n\t"${mac.name}" => ${word}\n}\n` });
    expect(await status(mac)).toMatchObject({
      code: 3,
      out: expect.stringContaining(`run "launchctl enable gui/${mac.user.uid}/${mac.name}"`),
    });
  });
});

describe('a program of the init system', () => {
  it('has run with its exit code and what it said, or is not there at all', async () => {
    init.answer('systemctl list', { out: 'some\n', err: 'none\n', code: 3 });
    const tools = toolsWith(init.env);
    expect(await tools('systemctl', 'list', 'a b')).toEqual({ code: 3, stdout: 'some', stderr: 'none' });
    expect(init.calls()).toEqual(['systemctl list a b']);
    expect(await tools('no-such-program')).toBeUndefined();
    writeFileSync(home.path('init', 'machinectl'), '');
    expect(await tools('machinectl')).toEqual({ code: 128, stdout: '', stderr: expect.stringContaining('EACCES') });
  });
});

describe('the command line', () => {
  it('prints the unit with --dry-run, and asks and changes nothing', async () => {
    const { code, stdout, stderr } = await portsup(init.env, home.home, 'boot', 'enable', '--dry-run');
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining(`" "${portsupBin}" daemon start\n`) });
    expect(stderr).toMatch(/^this would be \/.*\/portsup-.*\.service; nothing has been changed\n/);
    expect(init.calls()).toEqual([]);
  });

  it('knows the users of the machine, and only them', async () => {
    const { code, stdout } = await portsup(init.env, home.home, 'boot', 'enable', '--dry-run', '--user', 'root', '--json');
    expect({ code, ...(JSON.parse(stdout) as object) }).toMatchObject({
      code: 0,
      scope: 'system',
      user: 'root',
      text: expect.stringContaining('User=root\n'),
    });
    expect(await portsup(init.env, home.home, 'boot', 'status', '--user', 'no-such-user')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('error: there is no user "no-such-user"\n'),
    });
  });

  it('ends with 4 when nothing is started at boot, and with 1 where there is no systemd', async () => {
    const { code, stdout, stderr } = await portsup(init.env, home.home, 'boot', 'status', '--json');
    expect({ code, stderr, answer: JSON.parse(stdout) as unknown }).toEqual({
      code: 4,
      stderr: '',
      answer: {
        ok: false,
        init: 'systemd',
        scope: process.getuid?.() === 0 ? 'system' : 'user',
        unit: expect.stringMatching(/^portsup-/),
        file: expect.stringMatching(/\.service$/),
        user: expect.any(String),
        home: home.home,
        keeperPid: null,
        checks: [{ check: 'unit', state: 'wrong', detail: expect.any(String), remedy: expect.stringContaining('portsup boot enable') }],
      },
    });
    init.answer('systemctl is-system-running', { out: 'offline\n', code: 1 });
    for (const verb of ['enable', 'disable', 'status'])
      expect(await portsup(init.env, home.home, 'boot', verb)).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringContaining('@reboot '),
      });
  });
});

/** The unit's name in a test's table. */
const named = (properties: object): Readonly<Record<string, string>> =>
  JSON.parse(JSON.stringify(properties).replaceAll('UNIT', `${job.name}.service`)) as Readonly<Record<string, string>>;
