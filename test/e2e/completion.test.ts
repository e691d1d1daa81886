import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { portsup, portsupBin } from '../helpers/cli.js';
import { temporaryHome } from '../helpers/home.js';
import { halt } from '../helpers/processes.js';
import { type Project, projectWith } from '../helpers/project.js';
import { hasShell, inBash, inFish, inZsh, withPortsup } from '../helpers/shells.js';
import { hasTerminals, plainText } from '../helpers/terminal.js';
import { until } from '../helpers/until.js';

const SHOP = `
name: shop
services:
  web: { command: sleep 1000 }
  backend:
    services:
      db: { command: sleep 1000 }
`;
const BLOG = 'name: blog\nservices:\n  search: { command: sleep 1000 }\n';

const [home, emptyHome] = [temporaryHome(), temporaryHome()];
const env = withPortsup(home);
let shop: Project;
let blog: Project;
/** A folder without a configuration, in the home of the two. */
let bare: Project;
/** The configuration of the shop in a home without a daemon. */
let idle: Project;

beforeAll(async () => {
  shop = projectWith(SHOP, { home, name: 'shop', env });
  blog = projectWith(BLOG, { home, name: 'blog', env });
  bare = { ...shop, folder: home.home };
  idle = projectWith(SHOP, { home: emptyHome, name: 'shop', env: { PATH: env['PATH'] ?? '', TERM: 'dumb' } });
  await shop.ok('up');
  await blog.ok('up');
  shop.write({ 'functions/.keep': '', 'other/portsup': '#!/bin/sh\necho another\n' });
});
afterAll(async () => {
  await shop.dispose();
  await emptyHome.dispose();
});

/** The shop with a portsup that answers every question about words with the same. */
function saying(answer: string): Project {
  const folder = `says${answer.replace(':', '-')}`;
  shop.write({
    [`${folder}/portsup`]: `#!/bin/sh\n[ "$1" = __complete ] && echo ${answer} || exec ${process.execPath} ${portsupBin} "$@"\n`,
  });
  return { ...shop, env: { ...shop.env, PATH: `${shop.folder}/${folder}:${shop.env['PATH'] ?? ''}` } };
}

describe('bash', () => {
  it('completes commands, options and their values', () => {
    expect(inBash(shop, 'portsup ki')).toEqual(['kill']);
    expect(inBash(shop, 'portsup daemon res')).toEqual(['restart']);
    expect(inBash(shop, 'portsup kill -s SIGH')).toEqual(['SIGHUP']);
    expect(inBash(shop, 'portsup ps --js')).toEqual(['--json']);
    expect(inBash(shop, 'portsup completion ')).toEqual(['bash', 'zsh', 'fish']);
    expect(inBash(shop, 'portsup -p ')).toEqual(['shop', 'blog']);
  });

  it('completes what runs, its own application first', () => {
    expect(inBash(shop, 'portsup kill ')).toEqual(['web', 'backend', 'backend/db', 'db', 'shop', 'blog', 'blog:search']);
    expect(inBash(shop, 'portsup kill d')).toEqual(['db']);
    expect(inBash(blog, 'portsup kill ')).toEqual(['search', 'shop', 'blog', 'shop:web', 'shop:backend', 'shop:backend/db']);
    expect(inBash(bare, 'portsup kill ')).toEqual(['shop', 'blog', 'shop:web', 'shop:backend', 'shop:backend/db', 'blog:search']);
    expect(inBash(bare, 'portsup kill d')).toEqual(['db']);
  });

  it('finds the application by -p and by -f, before and after the command', () => {
    expect(inBash(bare, 'portsup -p blog stop ')).toEqual(['search']);
    expect(inBash(bare, 'portsup stop --app=blog ')).toEqual(['search']);
    expect(inBash(bare, 'portsup -f blog/portsup.yaml stop s')).toEqual(['search', 'shop', 'shop:web', 'shop:backend', 'shop:backend/db']);
    expect(inBash(bare, 'portsup -f ~/blog/portsup.yaml up ')).toEqual(['search']);
  });

  it('gives back what bash replaces of a word that it breaks', () => {
    expect(inBash(shop, 'portsup kill shop:backend/')).toEqual(['backend/db']);
    expect(inBash(shop, 'portsup kill blog:')).toEqual(['search']);
    expect(inBash(shop, 'portsup kill blog:s', "COMP_WORDBREAKS=' '")).toEqual(['blog:search']);
    expect(inBash(shop, 'portsup kill --signal=SIGH')).toEqual(['SIGHUP']);
  });

  it('completes what a configuration declares where no daemon runs, and starts none', () => {
    expect(inBash(idle, 'portsup up ')).toEqual(['web', 'backend', 'backend/db', 'db']);
    expect(inBash(idle, 'portsup stop w')).toEqual(['web']);
    expect(inBash(idle, 'portsup -p ')).toEqual(['shop']);
    expect(existsSync(emptyHome.path('lock'))).toBe(false);
  });

  it('has nothing to say of names in a folder without anything', () => {
    const nowhere: Project = { ...idle, folder: emptyHome.home };
    expect(inBash(nowhere, 'portsup kill ')).toEqual([]);
    expect(inBash(nowhere, 'portsup kil')).toEqual(['kill']);
  });

  it('completes files where a file stands, after -f, after "--" and of a redirection', () => {
    for (const line of ['portsup -f po', 'portsup check --file=po', 'portsup start web -- po', 'portsup logs > po'])
      expect(inBash(shop, line)).toEqual(['portsup.yaml']);
  });

  it('takes the word up to the cursor, and needs no more of bash than COMP_WORDS', () => {
    expect(inBash(shop, 'portsup kixx web', 'COMP_POINT=10')).toEqual(['kill']);
    expect(inBash(shop, 'portsup -p blog stop s', 'IFS=: set -u; unset COMP_LINE COMP_POINT')).toEqual(['search']);
  });

  it('asks the portsup that is called, by its path too, and looks for folders and programs itself', () => {
    expect(inBash(saying(':folders'), 'portsup x fun')).toEqual(['functions']);
    expect(new Set(inBash(saying(':programs'), 'portsup x mkfif'))).toEqual(new Set(['mkfifo']));
    const words = inBash(
      shop,
      'portsup ki',
      'COMPREPLY=(); portsup() { echo wrong; }; _portsup ./other/portsup ki; printf "%s\\n" "${COMPREPLY[@]}"',
    );
    expect(words).toEqual(['another', 'kill']);
  });

  it.skipIf(!hasTerminals)('completes on a terminal: names with ":", a space behind what is unique, files in folders', async () => {
    const child = spawn('script', ['-qec', 'bash --noprofile --norc -i', '/dev/null'], {
      cwd: shop.folder,
      env: { ...shop.env, SHELL: '/bin/bash' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let screen = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      screen += text;
    });
    // Ctrl-A is the beginning of the line: it is shown instead of being run.
    const type = async (line: string, shown: string): Promise<void> => {
      child.stdin.write(`${line}\t\u0001echo "GOT[\u0005]"\r`);
      await until(`bash made ${shown} of ${line}`, () => plainText(screen).includes(`GOT[${shown}]`));
    };
    child.stdin.write("PS1='> '; source <(portsup completion bash); complete -p portsup\r");
    await until('the script is read', () => screen.includes('complete -F _portsup portsup'));
    await type('portsup ki', 'portsup kill ');
    await type('portsup kill blog:s', 'portsup kill blog:search ');
    await type('portsup kill --signal=SIGH', 'portsup kill --signal=SIGHUP ');
    await type('portsup -f ../blog/po', 'portsup -f ../blog/portsup.yaml ');
    await type('portsup check --file=../bl', 'portsup check --file=../blog/');
    child.stdin.write('exit\r');
    await once(child, 'close');
  });
});

describe.skipIf(!hasShell('zsh'))('zsh (skipped where it is not installed)', () => {
  it('completes commands, names, values and files', () => {
    expect(inZsh(shop, 'portsup ki').buffer).toBe('portsup kill ');
    expect(inZsh(shop, 'portsup kill blog:').buffer).toBe('portsup kill blog:search ');
    expect(inZsh(shop, 'portsup kill --signal=SIGH').buffer).toBe('portsup kill --signal=SIGHUP ');
    expect(inZsh(shop, 'portsup check --file=po').buffer).toMatch(/^portsup check --file=portsup.yaml ?$/);
    expect(inZsh(idle, 'portsup up w').buffer).toBe('portsup up web ');
  });

  it('looks for folders and programs itself', () => {
    expect(inZsh(saying(':folders'), 'portsup x fun').buffer).toBe('portsup x functions/');
    expect(inZsh(saying(':programs'), 'portsup x mkfif').buffer).toBe('portsup x mkfifo ');
  });

  it('offers all that fits', () => {
    expect(inZsh(shop, 'portsup stop ', '\u0018a').buffer.trim().split(/ +/).toSorted()).toEqual(
      ['portsup', 'stop', 'web', 'backend', 'backend/db', 'db', 'shop', 'blog', 'blog:search'].toSorted(),
    );
  });

  it('shows what each of them is', () => {
    const { screen } = inZsh(shop, 'portsup daemon ');
    expect(screen).toMatch(/status +-- the daemon: PID, version, memory/);
    expect(inZsh(shop, 'portsup kill b').screen).toMatch(/backend +-- supervisor, running/);
  });

  it('reads the script as a file of $fpath, too', async () => {
    const { stdout } = await shop.ok('completion', 'zsh');
    shop.write({ 'functions/_portsup': stdout });
    const setup = 'fpath=(functions $fpath); autoload -Uz compinit && compinit -u -D; print $_comps[portsup]';
    const zsh = spawnSync('zsh', ['-f', '-c', setup], { cwd: shop.folder, env: shop.env, encoding: 'utf8' });
    expect(zsh).toMatchObject({ stdout: '_portsup\n', stderr: '', status: 0 });
  });
});

describe.skipIf(!hasShell('fish'))('fish (skipped where it is not installed)', () => {
  it('completes commands, names, values and files, and says what they are', () => {
    expect(inFish(shop, 'portsup ki')).toEqual(['kill\tcrash services, and see what supervision does about it']);
    expect(inFish(shop, 'portsup kill d')).toContain('db\tbackend/db, service, running');
    expect(inFish(shop, 'portsup kill blog:')).toEqual(['blog:search\tservice, running']);
    expect(inFish(shop, 'portsup kill --signal=SIGH')).toEqual(['--signal=SIGHUP']);
    expect(inFish(shop, 'portsup -f po')).toEqual(['portsup.yaml']);
    expect(inFish(shop, 'portsup check --file=po')).toEqual(['--file=portsup.yaml']);
    expect(inFish(idle, 'portsup up w')).toEqual(['web\tin portsup.yaml']);
  });

  it('looks for folders and programs itself', () => {
    expect(inFish(saying(':folders'), 'portsup x fun')).toEqual([expect.stringMatching(/^functions\//)]);
    expect(inFish(saying(':programs'), 'portsup x mkfif')).toEqual([expect.stringMatching(/^mkfifo\b/)]);
  });
});

describe('the words for a shell', () => {
  const ask = (project: Project, ...words: readonly string[]): ReturnType<typeof portsup> =>
    portsup(project.env, project.folder, '__complete', ...words);

  it('have what is said about each behind a tab', async () => {
    expect(await ask(shop, 'zsh', 'boot', '')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^enable\tstart at boot/),
      stderr: '',
    });
    expect(await ask(shop, 'fish', '-f', '')).toMatchObject({ code: 0, stdout: ':files\n', stderr: '' });
  });

  it('are there while the daemon does not answer; names are those of the configuration then', async () => {
    const own = temporaryHome();
    const stuck = projectWith(SHOP, { home: own });
    try {
      await stuck.ok('up');
      const { pid } = JSON.parse((await stuck.ok('daemon', 'status', '--json')).stdout) as { readonly pid: number };
      await halt(pid);
      // It takes connections all the same, in the kernel. What it would have told the configuration tells.
      expect(await ask(stuck, 'fish', 'kill', 'w')).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('web\tin portsup.yaml'),
        stderr: '',
      });
      expect(await ask(stuck, 'fish', 'ki')).toMatchObject({ code: 0, stdout: expect.stringContaining('kill\t'), stderr: '' });
      process.kill(pid, 'SIGCONT');
    } finally {
      await own.dispose();
    }
  });

  it.each([
    [[]],
    [['fish']],
    [['bash']],
    [['bash', '', '']],
    [['klingon', 'kill', '']],
    [['zsh', '--', '--', '-']],
    [['fish', '--file=/nowhere', 'kill', '']],
  ])('are no error for %j', async (words) => {
    expect(await ask(shop, ...words)).toMatchObject({ code: 0, stderr: '' });
  });

  it('are nothing to a shell that has gone on', async () => {
    const gone = spawnSync('/bin/sh', ['-c', '"$0" "$1" __complete fish "" | true', process.execPath, portsupBin], {
      env: shop.env,
      encoding: 'utf8',
    });
    expect(gone).toMatchObject({ status: 0, stderr: '' });
  });
});

describe('portsup completion', () => {
  it('takes the shell from SHELL', async () => {
    const { stdout } = await shop.ok('completion', 'zsh');
    expect(await portsup({ ...shop.env, SHELL: '/usr/bin/zsh' }, shop.folder, 'completion')).toMatchObject({ code: 0, stdout, stderr: '' });
    expect(stdout).toMatch(/^#compdef portsup\n/);
  });

  it.each([
    ['/bin/tcsh', [], 'your shell (/bin/tcsh) is not one that portsup completes for', 'use one of: portsup completion bash,'],
    ['', [], 'which shell? SHELL is not set', 'use one of: portsup completion bash,'],
    ['/bin/bash', ['bsh'], '"bsh" is not a shell that portsup completes for', 'did you mean "bash"'],
    ['/bin/bash', ['powershell'], '"powershell" is not a shell', 'use one of: portsup completion bash,'],
  ])('with SHELL %j and %j says: %s', async (SHELL, words, message, hint) => {
    const said = await portsup({ ...shop.env, SHELL }, shop.folder, 'completion', ...words);
    expect(said).toMatchObject({ code: 2, stdout: '' });
    expect(said.stderr).toContain(`error: ${message}`);
    expect(said.stderr).toContain(`hint: ${hint}`);
  });

  it('is pure JSON with --json', async () => {
    const { stdout } = await shop.ok('completion', 'fish', '--json');
    expect(JSON.parse(stdout)).toEqual({ shell: 'fish', script: (await shop.ok('completion', 'fish')).stdout });
  });
});
