/** Jobs, contexts and init systems for tests of `boot`: nothing of the machine's own is asked or changed. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownHome } from '../../src/base/own-home.js';
import { parseCommandLine } from '../../src/cli/arguments.js';
import { type BootJob, type JobFacts, jobOf } from '../../src/cli/boot/job.js';
import { grammar } from '../../src/cli/command-list.js';
import type { Context } from '../../src/cli/context.js';
import { plain } from '../../src/cli/render/paint.js';
import type { Screen } from '../../src/cli/screen.js';
import type { TestHome } from './home.js';

/** Stands for an installed launcher: a file that is there on every system, and not in a temporary folder as a clone may be. */
export const INSTALLED = '/usr/bin/env';

const ann = { name: 'ann', uid: 1000, folder: '/home/ann' };

/** The facts of somebody called ann on a Linux machine. */
const facts = (changes: Partial<JobFacts> = {}): JobFacts => ({
  platform: 'linux',
  scope: 'user',
  me: ann,
  user: ann,
  env: { PATH: '/usr/bin:/bin' },
  myFolder: '/home/ann',
  node: '/usr/bin/node',
  launcher: '/usr/lib/node_modules/portsup/bin/portsup.js',
  ...changes,
});

/** Ann's job. */
export const annsJob = (changes: Partial<JobFacts> = {}): BootJob => jobOf(facts(changes));

/** A job of this process's user whose files are all below a test's home. */
export function ownJob(home: TestHome, changes: Partial<JobFacts> = {}): BootJob {
  const me = { name: 'ann', uid: process.getuid?.() ?? 0, folder: home.home };
  const env = { PATH: '/usr/bin:/bin', PORTSUP_HOME: home.path('state') };
  const job = jobOf(facts({ me, user: me, env, myFolder: home.home, node: process.execPath, launcher: INSTALLED, ...changes }));
  return { ...job, otherFile: home.path('other', `${job.name}.service`) };
}

/** A context whose outputs are texts. */
export interface Told {
  readonly context: Context;
  readonly out: () => string;
  readonly err: () => string;
}

/** The context of `portsup ...words`. */
export function contextFor(env: Context['env'], ...words: readonly string[]): Told {
  const [out, err] = [screen(), screen()];
  const line = parseCommandLine(words, grammar);
  const flush = (): Promise<void> => Promise.resolve();
  const more = { cwd: '/', keeperProgram: '', json: words.includes('--json'), out: out.screen, err: err.screen, flush };
  return { context: { line, env, layout: ownHome(env), ...more }, out: out.text, err: err.text };
}

function screen(): { readonly screen: Screen; readonly text: () => string } {
  let said = '';
  const write = (text: string): Promise<void> => {
    said += text;
    return Promise.resolve();
  };
  const screenOf: Screen = {
    isTerminal: false,
    hasColour: false,
    width: () => undefined,
    height: () => undefined,
    paint: () => Promise.resolve(plain),
    write,
    print: (lines) => (lines.length === 0 ? Promise.resolve() : write(`${lines.join('\n')}\n`)),
    flush: () => Promise.resolve(),
  };
  return { screen: screenOf, text: () => said };
}

/** What a program answers. */
export interface Answer {
  readonly out?: string;
  readonly err?: string;
  readonly code?: number;
}

/** Programs that stand in PATH for those of an init system: they note how they were called, and answer as they are told. */
export interface FakeInit {
  /** PATH with the programs in front. */
  readonly env: Readonly<Record<string, string>>;
  /** From now on, calls that begin with these words are answered so: "systemctl --user enable". The longest beginning counts. */
  readonly answer: (words: string, answer: Answer) => void;
  /** Every call so far, as "program words"; then forgets them. */
  readonly calls: () => readonly string[];
}

const PROGRAM = `#!/bin/sh
folder=$(dirname "$0")
call="$(basename "$0") $*"
echo "$call" >> "$folder/calls"
while [ -n "$call" ]; do
  answer="$folder/$(echo "$call" | tr ' /' '__')"
  if [ -e "$answer.code" ]; then
    cat "$answer.out"
    cat "$answer.err" >&2
    exit "$(cat "$answer.code")"
  fi
  case "$call" in *' '*) call=\${call% *} ;; *) call= ;; esac
done
`;

/** Makes the programs in a test's home. Without an answer a call succeeds and says nothing. */
export function fakeInit(home: TestHome, ...programs: readonly string[]): FakeInit {
  const folder = home.path('init');
  mkdirSync(folder);
  for (const program of programs) {
    writeFileSync(join(folder, program), PROGRAM);
    chmodSync(join(folder, program), 0o755);
  }
  const log = join(folder, 'calls');
  return {
    env: { ...home.env, PATH: `${folder}:/usr/bin:/bin` },
    answer: (words, { out = '', err = '', code = 0 }) => {
      const name = join(folder, words.replaceAll(/[ /]/g, '_'));
      for (const [ending, text] of Object.entries({ out, err, code: String(code) })) writeFileSync(`${name}.${ending}`, text);
    },
    calls: () => {
      const lines = existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n') : [];
      writeFileSync(log, '');
      return lines.filter(Boolean);
    },
  };
}
