import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { RunningCli } from '../helpers/cli.js';
import { type Project, projectWith } from '../helpers/project.js';
import { until } from '../helpers/until.js';

let project: Project;

afterEach(async () => {
  await project.dispose();
});

/** The texts of `logs ...words`. */
async function texts(...words: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await project.ok('logs', '--json', ...words);
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => (JSON.parse(line) as { readonly text: string }).text);
}

const untilSays = (service: string, text: string): Promise<unknown> =>
  until(`${service} says "${text}"`, async () => (await texts(service, '-n', 'all')).includes(text));

/** The texts that `logs -f --json` prints, up to one of them. */
async function textsUntil(follower: RunningCli, last: string): Promise<readonly string[]> {
  const found: string[] = [];
  while (found.at(-1) !== last) {
    const line = await follower.nextLine();
    if (line === undefined) throw new Error(`it ended before "${last}": ${found.join(', ')}`);
    found.push((JSON.parse(line) as { readonly text: string }).text);
  }
  return found;
}

const SAYS = `name: shop
services:
  web:
    command: >-
      sh -c 'echo "GET /a 200"; echo "GET /b 500"; printf "\\\\033[31mERROR\\\\033[0m disk\\\\n" >&2; echo "put +1 (x)"; echo done; read _'
`;

describe('logs --grep', () => {
  it('shows the lines that match, as they are seen, or those that do not', async () => {
    project = projectWith(SAYS);
    await project.ok('up');
    await untilSays('web', 'done');
    expect(await texts('--grep', 'GET .* 5\\d\\d$')).toEqual(['GET /b 500']);
    expect(await texts('--grep', '^error', '-i')).toEqual(['\u001b[31mERROR\u001b[0m disk']);
    expect(await texts('--grep', 'GET', '-v', '--out')).toEqual(['put +1 (x)', 'done']);
    expect(await texts('--grep', '/a')).toEqual(['GET /a 200']);
    expect(await texts('--grep', 'GET', '-n', '1')).toEqual(['GET /b 500']);
    const { code, stderr } = await project.run('logs', '--grep', '(');
    expect([code, stderr]).toEqual([2, expect.stringContaining('Unterminated group')]);
  });

  it('goes on with -f, and ends an expression that takes for ever while supervision goes on', async () => {
    project = projectWith(`name: shop
services:
  web: { command: "sh -c 'echo ready; while read line; do echo \\"$line\\"; done'" }
`);
    await project.ok('up');
    await untilSays('web', 'ready');
    const follower = project.start('logs', '-f', '--json', '--grep', '^[a-m]+$');
    for (const word of ['abc', 'xyz', 'lll']) await project.ok('send', 'web', word);
    expect(await textsUntil(follower, 'lll')).toEqual(['abc', 'lll']);
    follower.kill('SIGINT');
    await follower.ended;
    const slow = 'a'.repeat(40);
    await project.ok('send', 'web', `${slow}!`);
    await untilSays('web', `${slow}!`);
    const stuck = project.run('logs', '--grep', '^(a+)+$');
    await project.ok('kill', 'web');
    await until('it is back', async () => (await project.service('web')).run === 2);
    const { code, stderr } = await stuck;
    expect([code, stderr]).toEqual([1, expect.stringContaining('takes too long')]);
  });
});

describe('logs of a time or a run', () => {
  it('are those from --since to --until, also as durations', async () => {
    project = projectWith(SAYS.replaceAll('; read _', '; while read line; do echo "$line"; done'));
    await project.ok('up');
    await untilSays('web', 'done');
    const said = Date.now();
    const between = await until('time goes on', () => (Date.now() > said + 20 ? new Date(said + 10) : undefined));
    await project.ok('send', 'web', 'later');
    await untilSays('web', 'later');
    expect(await texts('--since', between.toISOString())).toEqual(['later']);
    const earlier = await texts('--until', between.toISOString());
    expect([earlier.length, earlier.includes('done')]).toEqual([5, true]);
    expect((await texts('--since', '1h')).length).toBe(6);
    expect(await texts('--since', '1h', '-n', '1')).toEqual(['later']);
    expect((await project.run('logs', '--since', 'tomorrow')).code).toBe(2);
  });

  it('are of the newest run with a number, though numbers begin again, and of the last one that has ended', async () => {
    const talk = (word: string): string => `name: shop
services:
  web: { command: "sh -c 'echo ${word}; read _; exit 3'" }
`;
    project = projectWith(talk('before'));
    await project.ok('up');
    await untilSays('web', 'before');
    await project.ok('down');
    project.write({ 'portsup.yaml': talk('after') });
    await project.ok('up');
    await untilSays('web', 'after');
    expect(await texts('web', '-n', 'all')).toEqual(['before', 'after']);
    expect(await texts('web', '--run', '1')).toEqual(['after']);
    expect(await texts('web', '--previous')).toEqual(['before']);
    const follower = project.start('logs', 'web', '-f', '--json', '--run', '1');
    expect(await textsUntil(follower, 'after')).toEqual(['after']);
    follower.kill('SIGINT');
    await follower.ended;
    await project.ok('send', 'web', 'x');
    await until('it is back', async () => (await project.service('web')).run === 2);
    expect(await texts('web', '--previous')).toEqual(['after']);
    expect(await texts('web', '--run', '7')).toEqual([]);
    expect((await project.run('logs', '-f', '--previous')).code).toBe(2);
  });
});

describe('logs of what is not up', () => {
  it('can be read as long as a daemon runs, and are said to be there when none does', async () => {
    project = projectWith(SAYS);
    await project.ok('up');
    await untilSays('web', 'done');
    await project.ok('down');
    const without = await project.run('logs');
    expect([without.code, without.stderr]).toEqual([7, expect.stringContaining(`the logs are in ${project.home.path('logs')}`)]);
    await project.ok('daemon', 'start');
    expect((await texts('-p', 'shop', '--out')).at(-1)).toBe('done');
    expect((await texts('-p', 'shop', 'web', '-n', '1', '--out')).at(-1)).toBe('done');
    expect((await project.run('logs', '-p', 'other')).code).toBe(5);
    expect((await project.run('logs', '-p', '../..', 'web')).code).toBe(5);
    await project.ok('daemon', 'stop');
  });
});

it('logs of what only has the file name of a service are not there, and its own are kept as they were', async () => {
  project = projectWith(`name: shop
services:
  pool: { services: { web: { command: "sh -c 'echo hello; read _'" } } }
`);
  await project.ok('up');
  await untilSays('pool/web', 'hello');
  const { code, stderr } = await project.run('logs', 'pool.web');
  expect([code, stderr]).toEqual([5, expect.stringContaining('pool.web')]);
  const rows = JSON.parse((await project.ok('ps', '--json')).stdout) as readonly { readonly path: string; readonly logBytes: number }[];
  expect(rows.find(({ path }) => path === 'pool/web')?.logBytes).toBeGreaterThan(0);
});

describe('logs of what is there no more', () => {
  it('are found by its name: a service that was removed, an application that is down, instances of a pool that have ended', async () => {
    project = projectWith(`name: shop
services:
  web: { command: "sh -c 'echo web; read _'" }
  gone: { command: "sh -c 'echo gone; read _'" }
  pool: { strategy: simple_one_for_one, template: { command: "sh -c 'echo job $0'", restart: temporary } }
`);
    const other = project.beside('other', 'name: other\nservices: { a: { command: sleep 1000 } }\n');
    await other.ok('up');
    await project.ok('up');
    await project.ok('start', 'pool', '--', '7');
    await untilSays('pool', 'job 7');
    await until('it has ended', async () => (await project.rows()).every(({ path }) => !path.startsWith('pool/')));
    expect(await texts('pool/1')).toEqual(['job 7']);
    expect(await texts('pool')).toEqual(['job 7']);
    project.write({ 'portsup.yaml': 'name: shop\nservices: { web: { command: "sh -c \'echo web; read _\'" } }\n' });
    await untilSays('gone', 'gone');
    await project.ok('up');
    expect(await texts('gone')).toEqual(['gone']);
    await project.ok('down');
    expect(await texts('shop:gone')).toEqual(['gone']);
    expect(await texts('shop:g*')).toEqual(['gone']);
    expect((await project.run('logs', 'shop:never')).code).toBe(5);
  });

  it('have the addresses they had: a path before a last part, and none that may be several', async () => {
    const says = (text: string): string => `{ command: "sh -c 'echo ${text}; read _'" }`;
    project = projectWith(`name: shop
services:
  db: ${says('db')}
  one: { services: { db: ${says('one/db')}, web: ${says('one/web')} } }
  two: { services: { web: ${says('two/web')} } }
`);
    await project.beside('other', 'name: other\nservices: { a: { command: sleep 1000 } }\n').ok('up');
    await project.ok('up');
    await until('all have said it', async () => (await texts()).length === 4);
    await project.ok('down');
    expect(await texts('shop:db')).toEqual(['db']);
    expect(await texts('shop:one/db')).toEqual(['one/db']);
    expect(await project.run('logs', 'shop:web')).toMatchObject({
      code: 2,
      stderr: 'error: "web" may be any of shop:one/web, shop:two/web\nhint: write one of these addresses\n',
    });
  });

  it('go on with -f when the application, or a service that is new, comes up', async () => {
    project = projectWith(`name: shop\nservices: { web: { command: "sh -c 'echo web up; read _'" } }\n`);
    const other = project.beside('other', 'name: other\nservices: { a: { command: "sh -c \'echo other; exec sleep 1000\'" } }\n');
    await other.ok('up');
    await project.ok('up');
    const follower = project.start('logs', '-f', '--json');
    expect(await textsUntil(follower, 'web up')).toEqual(['web up']);
    await project.ok('down');
    project.write({
      // The new one starts after that line.
      'portsup.yaml': `name: shop\nservices: { web: { command: "sh -c 'echo web again; read _'", ready: { log: again } }, new: { command: "sh -c 'echo new; read _'" } }\n`,
    });
    await project.ok('up');
    expect(await textsUntil(follower, 'new')).toEqual(['web again', 'new']);
    follower.kill('SIGINT');
    await follower.ended;
  });
});

describe('logs -f in the folder of an application that is not up', () => {
  it('waits for that one, and shows none that comes up before', async () => {
    project = projectWith(`name: shop\nservices: { web: { command: "sh -c 'echo mine; read _'" } }\n`);
    const says = (text: string): string => `services: { a: { command: "sh -c 'echo ${text}; exec sleep 1000'" } }\n`;
    await project.beside('first', says('first')).ok('up');
    const follower = project.start('logs', '-f', '--json');
    await project.beside('second', says('second')).ok('up');
    await project.ok('up');
    expect(await textsUntil(follower, 'mine')).toEqual(['mine']);
    await project.beside('third', says('third')).ok('up');
    await project.ok('restart', 'web');
    expect(await textsUntil(follower, 'mine')).toEqual(['mine']);
    follower.kill('SIGINT');
    await follower.ended;
  });
});

describe('the files of logs', () => {
  it('are made anew when somebody has removed them', async () => {
    project = projectWith(`name: shop\nservices: { web: { command: "sh -c 'while read line; do echo $line; done'" } }\n`);
    await project.ok('up');
    const file = project.home.path('logs/shop/web.log');
    await project.ok('send', 'web', 'one');
    await untilSays('web', 'one');
    rmSync(dirname(file), { recursive: true });
    let sent = 0;
    await until('it is there again', async () => {
      sent += 1;
      await project.ok('send', 'web', `after ${sent}`);
      return existsSync(file);
    });
    await untilSays('web', `after ${sent}`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('that a program has written itself go like any other once it is gone, and leave the others what is theirs', async () => {
    project = projectWith(`name: shop
logs: { total: 256kb }
services:
  web: { command: "sh -c 'echo web; read _'" }
  big: { command: "sh -c 'head -c 400000 /dev/zero; echo done; exec sleep 1000'", logs: { raw: true } }
`);
    await project.ok('up');
    const folder = project.home.path('logs/shop');
    await until('it is large', () => statSync(`${folder}/big.raw`).size > 400_000);
    await untilSays('web', 'web');
    project.write({ 'portsup.yaml': 'name: shop\nlogs: { total: 256kb }\nservices: { web: { command: "sh -c \'echo web; read _\'" } }\n' });
    await project.ok('up');
    await until('it is gone', () => !readdirSync(folder).some((name) => name.startsWith('big.')));
    expect(await texts('web')).toEqual(['web']);
  });

  it('are in a file of plain lines, too, which may be moved away', async () => {
    project = projectWith(`name: shop
services:
  web: { command: "sh -c 'echo one; while read line; do echo $line; done'", logs: { file: web.txt } }
`);
    const file = `${project.folder}/web.txt`;
    await project.ok('up');
    await until('the first line', () => existsSync(file) && readFileSync(file, 'utf8') === 'one\n');
    renameSync(file, `${file}.1`);
    await project.ok('send', 'web', 'two');
    await untilSays('web', 'two');
    expect(readFileSync(`${file}.1`, 'utf8')).toBe('one\ntwo\n');
    expect((await project.ok('logs', '--reopen')).stdout).toBe('opened 1 file anew\n');
    await project.ok('send', 'web', 'three');
    await until('the third line', () => existsSync(file) && readFileSync(file, 'utf8') === 'three\n');
    // As logrotate's postrotate may have it: to the keeper, whose PID is in the lock.
    renameSync(file, `${file}.2`);
    const { pid, keeperPid } = JSON.parse((await project.ok('daemon', 'status', '--json')).stdout) as Record<'pid' | 'keeperPid', number>;
    for (const target of [keeperPid, pid]) process.kill(target, 'SIGUSR2');
    await until('it is opened anew', async () => {
      await project.ok('send', 'web', 'four');
      return existsSync(file);
    });
    expect((await project.run('logs', '--reopen', '--follow')).code).toBe(2);
  });

  it('are shown in ps, and older parts are deleted by --flush', async () => {
    project = projectWith(`name: shop
logs: { max_size: 8kb, keep: 3, compress: false }
services:
  web: { command: "sh -c 'seq 1 20000; echo done; read _'" }
  api: { command: "sh -c 'seq 1 20000; echo done; read _'" }
`);
    await project.ok('up');
    await untilSays('web', 'done');
    await untilSays('api', 'done');
    const folder = project.home.path('logs/shop');
    const parts = (name: string): readonly string[] => readdirSync(folder).filter((file) => file.startsWith(`${name}.log.`));
    expect([parts('web').length, parts('api').length]).toEqual([3, 3]);
    const bytes = (await project.service('web')).logBytes;
    expect(bytes).toBeGreaterThan(3 * 4_096);
    expect(bytes).toBeLessThanOrEqual(4 * 8_192);
    const flushed = JSON.parse((await project.ok('logs', '--flush', 'web', '--json')).stdout) as { readonly parts: number };
    expect(flushed).toMatchObject({ services: 1, parts: 3 });
    expect([parts('web').length, parts('api').length]).toEqual([0, 3]);
    expect((await texts('web')).at(-1)).toBe('done');
    expect((await project.ok('logs', '--flush')).stdout).toMatch(/^deleted 3 older parts \(.* KB\) of the logs of 2 services\n$/);
    expect(parts('api')).toEqual([]);
  });

  it('follow a program that writes its file itself, and none that keeps nothing', async () => {
    project = projectWith(`name: shop
services:
  raw: { command: "sh -c 'echo one; while read line; do echo $line; done'", logs: { raw: true } }
  none: { command: "sh -c 'echo one; while read line; do echo $line; done'", logs: none }
`);
    await project.ok('up');
    await untilSays('raw', 'one');
    const follower = project.start('logs', '-f', '--json');
    await project.ok('send', 'none', 'nothing');
    for (const word of ['two', 'three']) await project.ok('send', 'raw', word);
    expect(await textsUntil(follower, 'three')).toEqual(['one', 'two', 'three']);
    follower.kill('SIGINT');
    await follower.ended;
    expect(readFileSync(project.home.path('logs/shop/raw.raw'), 'utf8')).toBe('one\ntwo\nthree\n');
    expect(await texts('none')).toEqual([]);
    await project.ok('restart', 'raw');
    await until('both runs', async () => (await texts('raw')).filter((text) => text === 'one').length === 2);
  });
});
