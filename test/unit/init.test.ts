import { describe, expect, it } from 'vitest';
import { yamlOf } from '../../src/config/import/write.js';
import { type FolderFacts, HEAD, propose, TAIL } from '../../src/config/init/propose.js';
import { chooseScripts } from '../../src/config/init/scripts.js';
import { readYaml } from '../../src/config/yaml-source.js';
import { someFacts, troublesOf } from '../helpers/import.js';

type Scripts = Readonly<Record<string, string>>;

const folder = (facts: Partial<FolderFacts> & { readonly name?: string; readonly files?: readonly string[] } = {}): FolderFacts => {
  const { name = 'shop', files = [], ...rest } = facts;
  return {
    source: someFacts({ folder: `/srv/${name}`, siblings: new Set(files) }),
    packageJson: undefined,
    procfiles: [],
    binaries: new Set(),
    ...rest,
  };
};

const packageJson = (scripts: Scripts, more: object = {}): FolderFacts['packageJson'] => ({
  name: 'package.json',
  text: JSON.stringify({ scripts, ...more }),
});

/** The proposal, which must pass a check: its fields by service, and its text. */
function proposed(facts: FolderFacts) {
  const { config, from } = propose(facts);
  expect(troublesOf(config)).toEqual([]);
  const text = yamlOf(config, HEAD, TAIL);
  expect(readYaml(text).problems).toEqual([]);
  return { name: config.name, from, text, services: Object.fromEntries(config.children.map((child) => [child.name, child.fields])) };
}

describe('scripts', () => {
  const chosen = (scripts: Scripts) => {
    const { services, variants, runners, others } = chooseScripts(Object.entries(scripts).map(([name, line]) => ({ name, line })));
    return {
      services: services.map(({ name, service }) => `${service}=${name}`),
      variants: variants.map(({ name }) => name),
      runners,
      others,
    };
  };

  it('that build, test or check are left out, and so are hooks', () => {
    const scripts = {
      prestart: 'x',
      start: 'node a',
      build: 'tsc',
      'build:watch': 'tsc -w',
      test: 'vitest',
      'test:watch': 'x',
      lint: 'x',
      'db:migrate': 'x',
      'start:docs': 'x',
      format: 'x',
      postinstall: 'x',
    };
    expect(chosen(scripts)).toMatchObject({
      services: ['app=start'],
      variants: [],
      runners: [],
      others: Object.keys(scripts).filter((name) => name !== 'start'),
    });
  });

  it.each<readonly [Scripts, readonly string[], readonly string[]]>([
    [{ dev: 'x', start: 'x' }, ['app=start'], ['dev']],
    [{ dev: 'x' }, ['app=dev'], []],
    [{ 'start:dev': 'x', 'start:prod': 'x', start: 'x' }, ['app=start'], ['start:dev', 'start:prod']],
    [{ 'start:dev': 'x', 'start:prod': 'x' }, ['app=start:prod'], ['start:dev']],
    [{ start: 'x', worker: 'x', 'worker:dev': 'x' }, ['app=start', 'worker=worker'], ['worker:dev']],
    [{ 'dev:api': 'x', 'start:api': 'x', 'queue-mail': 'x' }, ['api=start:api', 'queue-mail=queue-mail'], ['dev:api']],
    [{ serve: 'x', preview: 'x' }, ['app=serve'], ['preview']],
    [{ hello: 'x' }, [], []],
  ])('%j are %j', (scripts, services, variants) => {
    expect(chosen(scripts)).toMatchObject({ services, variants });
  });

  it('that only run others are left out where the others are there', () => {
    const scripts = { start: 'npm-run-all -p start:*', 'start:api': 'node api', 'start:web': 'node web' };
    expect(chosen(scripts)).toMatchObject({ services: ['api=start:api', 'web=start:web'], runners: ['start'] });
    expect(chosen({ start: 'concurrently "node a" "node b"' })).toMatchObject({ services: ['app=start'], runners: [] });
  });
});

describe('the command for a script', () => {
  const commandOf = (line: string, facts: Partial<FolderFacts> & { readonly files?: readonly string[] } = {}, more: Scripts = {}) =>
    proposed(folder({ packageJson: packageJson({ start: line, ...more }), ...facts })).services['app'];

  it.each<readonly [string, object]>([
    ['node server.js --port 3000', { command: 'node server.js --port 3000' }],
    ['NODE_ENV=production node server.js', { command: 'node server.js', env: { NODE_ENV: 'production' } }],
    ['./bin/www', { command: './bin/www' }],
    ['next start', { command: './node_modules/.bin/next start' }],
    ['tsx "a b.ts"', { command: ['./node_modules/.bin/tsx', 'a b.ts'] }],
    ['nodemon x', { command: 'npm run start' }],
    ['node a && node b', { command: 'npm run start' }],
    ['node a --port $PORT', { command: 'npm run start' }],
  ])('%j is %j', (line, fields) => {
    expect(commandOf(line, { binaries: new Set(['next', 'tsx']) })).toEqual(fields);
  });

  it('is by npm where npm runs something before or after it', () => {
    expect(commandOf('node a', {}, { prestart: 'x' })).toEqual({ command: 'npm run start' });
  });

  it.each([
    [{ packageManager: 'pnpm@9.1.0' }, [], 'pnpm'],
    [{ packageManager: 'yarn@4.0.0+sha256.x' }, ['pnpm-lock.yaml'], 'yarn'],
    [{}, ['pnpm-lock.yaml'], 'pnpm'],
    [{}, ['yarn.lock'], 'yarn'],
    [{}, ['bun.lockb'], 'bun'],
    [{}, ['package-lock.json'], 'npm'],
    [{}, [], 'npm'],
  ] as const)('of %j with %j is by %s', (more, files, runner) => {
    const { services, text } = proposed(folder({ packageJson: packageJson({ start: 'a | b' }, more), files }));
    expect(services['app']).toEqual({ command: `${runner} run start` });
    expect(text).toContain(`by ${runner}, as its line needs a shell`);
  });
});

describe('a proposal', () => {
  it('names what it has left out, and says why a command is as it is', () => {
    const { text } = proposed(folder({ packageJson: packageJson({ start: 'node a', dev: 'node b', build: 'tsc', 'te\nst': 'x' }) }));
    expect(text).toContain('"dev" was left out: it is another way to run what "start" runs.');
    expect(text).toContain('as they seem to end by themselves: "build", "te\\nst".');
    expect(text).toContain("so that the PID is the program's own");
  });

  it('takes the processes of a Procfile before scripts', () => {
    const facts = folder({
      packageJson: packageJson({ start: 'node a' }),
      procfiles: [
        { name: 'Procfile', text: 'web: npm start\n' },
        { name: 'Procfile.dev', text: 'web: x\n' },
      ],
    });
    const { from, services, text } = proposed(facts);
    expect([from, services]).toEqual(['Procfile', { web: { command: 'npm start', env: { PORT: '${PORT:-5000}' } } }]);
    expect(text).toContain('The scripts of package.json were left out, as the Procfile names the programs: "start".');
    expect(text).toContain('Procfile.dev was left out');
  });

  it.each([
    ['shop', 'shop'],
    ['My Shop (2)', 'My-Shop-2-'],
    ['2024', 'app'],
  ])('in the folder %j is of the application %j', (name, app) => {
    const { name: found, text } = proposed(folder({ name }));
    expect(found).toBe(app);
    expect(text).toMatch(new RegExp(`^name: ${app}$`, 'm'));
    expect(text.includes("The folder's name")).toBe(name !== app);
  });

  it.each([
    [undefined, 'There are neither scripts in a package.json nor a Procfile here'],
    [packageJson({ test: 'x' }), 'No script of package.json looks like'],
    [{ name: 'package.json', text: '[]' }, 'There are neither'],
  ])('without anything to run is an example (%#)', (json, why) => {
    const { from, services, text } = proposed(folder({ packageJson: json }));
    expect([from, Object.keys(services)]).toEqual([undefined, ['hello']]);
    expect(text).toContain(why);
  });

  it('is none where package.json is no JSON', () => {
    const facts = folder({ packageJson: { name: 'package.json', text: '{' } });
    expect(() => propose(facts)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining('/srv/shop/package.json: not valid JSON') }),
    );
  });
});
