/** One chaos world: a random tree, some rounds of random things that happen to it, and after each what must hold. */
import { cpSync, existsSync, readFileSync, rmSync } from 'node:fs';
import type { PsRow } from '../../src/control/contract.js';
import { describeAction, randomRound } from './action.js';
import { checkBudgets, checkPids, checkStarts, checkTold, countLines, findMissing, unknownStarts, whyNotAtRest } from './checks.js';
import { linesOf, processesOf, startsOf, truthOf } from './facts.js';
import { randomPlan, servicesOf } from './plan.js';
import { createRandom, type Random } from './random.js';
import { Session } from './session.js';
import { untilNothing } from './until-nothing.js';

const LIMIT_MS = 30_000;

/** What a world is made of. */
export interface WorldOptions {
  readonly seed: number;
  readonly rounds: number;
  /** Are keepers killed, too? */
  readonly keeper: boolean;
  /** Have services readiness, liveness, backoff and needs? */
  readonly cared: boolean;
  /** Takes a line for each round that was clean. */
  readonly tell: (line: string) => void;
}

/**
 * Runs a world to its end, when nothing of it is left.
 *
 * @throws Error with all that is needed to understand it, when something does not hold.
 */
export async function runWorld({ seed, rounds, keeper, cared, tell }: WorldOptions): Promise<void> {
  const random = createRandom(seed);
  const session = new Session(randomPlan(random, cared));
  try {
    await session.open();
    let rows = await atRest(session);
    for (let round = 1; round <= rounds; round += 1) {
      const begun = performance.now();
      session.note(`round ${round}`);
      const done = await runRound(session, random, { rows, keeper, round });
      rows = done.rows;
      const took = Math.round(performance.now() - begun);
      tell(`seed ${seed} round ${round}: ${servicesOf(session.expected.plan).length} services, ${took} ms: ${done.what}`);
    }
    await session.close();
  } catch (error) {
    session.note('failed');
    throw new Error(await report(session, { seed, cared }, error), { cause: error });
  } finally {
    await session.app.dispose();
  }
}

interface Round {
  readonly rows: readonly PsRow[];
  readonly keeper: boolean;
  readonly round: number;
}

async function runRound(
  session: Session,
  random: Random,
  { rows, keeper, round }: Round,
): Promise<{ readonly rows: readonly PsRow[]; readonly what: string }> {
  const { expected } = session;
  expected.begin(rows, performance.now());
  const actions = randomRound(random, { plan: expected.plan, keeper, newName: `n${round}x` });
  if (expected.mayFail) await session.perform({ do: 'up', recreate: false, wait: true });
  for (const action of actions) await session.perform(action);
  await session.settle();
  const after = await atRest(session);
  checkPids(rows, after, expected);
  checkStarts(startsOf(session.app).slice(session.startsBefore), linesOf(session.app, 'duplicates'));
  checkTold(linesOf(session.app, 'told'));
  await checkOutput(session);
  const history = await session.history();
  checkBudgets(history, expected.plan);
  const unknown = unknownStarts(history, startsOf(session.app).slice(session.startsBefore));
  const what = [...actions.map(describeAction), ...(unknown.length > 0 ? [`(history lacks ${unknown.length} starts)`] : [])];
  return { rows: after, what: what.join('; ') };
}

/** Waits until nothing is on its way any more, and gives the table. */
async function atRest(session: Session): Promise<readonly PsRow[]> {
  let rows: readonly PsRow[] | undefined;
  await untilNothing(async () => {
    await session.machinery.heal();
    rows = await session.rows();
    const now = { processes: processesOf(session.app), starts: startsOf(session.app) };
    return rows ? whyNotAtRest(rows, now, session.expected) : 'nobody answers';
  }, LIMIT_MS);
  return rows ?? [];
}

/** Every line that was said before we look comes, whole, once and in order. */
async function checkOutput(session: Session): Promise<void> {
  const names = new Set(servicesOf(session.expected.plan).map(({ name }) => name));
  const truth = new Map([...truthOf(session.app, session.machinery.excused)].filter(([, { name }]) => names.has(name)));
  await untilNothing(async () => findMissing(truth, countLines(await session.logs())));
}

/** Everything needed to understand a failure; the home is kept for a closer look. */
async function report(session: Session, { seed, cared }: Pick<WorldOptions, 'seed' | 'cared'>, error: unknown): Promise<string> {
  const { app } = session;
  const kept = `/tmp/portsup-chaos-${seed}`;
  const tail = (name: string): string =>
    existsSync(app.home.path(name)) ? readFileSync(app.home.path(name), 'utf8').split('\n').slice(-60).join('\n') : '';
  const rows = await session.app.run('ps', '--json');
  const processes = processesOf(app).all.map(
    ({ pid, ppid, pgid, state, command }) => `${pid} (parent ${ppid}, group ${pgid}) ${state} ${command}`,
  );
  rmSync(kept, { recursive: true, force: true });
  cpSync(app.home.home, kept, { recursive: true, filter: (path) => !path.includes('/run') });
  return [
    `chaos, seed ${seed}: ${error instanceof Error ? error.stack : String(error)}`,
    `again: npm run chaos -- --seed ${seed}${cared ? ' --cared' : ''}; its home is in ${kept}`,
    `-- what was done (ms)\n${session.log.join('\n')}`,
    `-- plan\n${JSON.stringify(session.expected.plan)}`,
    `-- ps --json\n${rows.stdout}${rows.stderr}`,
    `-- daemon.log\n${tail('daemon.log')}`,
    `-- journal.ndjson\n${tail('journal.ndjson')}`,
    `-- processes\n${processes.join('\n')}`,
  ].join('\n');
}
