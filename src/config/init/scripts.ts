/** Which scripts of a package.json are programs to keep running, and which are work that ends by itself. By their names: what they run tells little. */

/** A script of package.json. */
export interface Script {
  readonly name: string;
  readonly line: string;
}

/** What becomes of the scripts. */
export interface Choice {
  /** One for each program, with the name of its service. */
  readonly services: readonly (Script & { readonly service: string })[];
  /** Other ways of running the same: `dev` beside `start`. */
  readonly variants: readonly { readonly name: string; readonly instead: string }[];
  /** Those that run other scripts which are services themselves. */
  readonly runners: readonly string[];
  /** Builds, tests and the like. */
  readonly others: readonly string[];
}

/** Words that mean "run it", the most fit for a machine that stays on first. */
const VERBS = ['start', 'serve', 'server', 'up', 'preview', 'dev', 'develop', 'watch'];
/** Words that mean "in this manner", the most fit first. */
const MANNERS = ['prod', 'production', 'cluster', 'staging', 'local', 'dev', 'development', 'debug', 'inspect', 'hot', 'watch'];
/** What keeps running whatever it is called with. */
const NOUNS = [
  'web',
  'api',
  'worker',
  'workers',
  'queue',
  'queues',
  'scheduler',
  'consumer',
  'consumers',
  'bot',
  'daemon',
  'jobs',
  'client',
  'frontend',
  'backend',
  'gateway',
  'proxy',
  'relay',
  'socket',
];
/** What ends by itself, whatever else stands in the name. */
const WORK =
  /^(?:build|compile|bundle|test|tests|e2e|unit|lint|format|fmt|prettier|typecheck|types|check|ci|clean|install|deploy|release|publish|migrate|migrations?|seed|generate|codegen|docs?|coverage|prepare|prepack|postinstall|preinstall|setup|bench|audit|analyze|stop|kill|logs?|down|reset|storybook|cypress|tsc|update|upgrade|version|push|pull|docker|db)$/;
const RUNNERS =
  /(?:^|[\s&|;])(?:npm-run-all2?|run-p|run-s|concurrently|(?:npm|pnpm|yarn|bun)\s+(?:run|start|--parallel)|turbo|nx|lerna)(?:\s|$)/;

interface Reading extends Script {
  /** What it is about; "" is the package itself. */
  readonly subject: string;
  /** The smaller, the fitter. */
  readonly rank: number;
}

/** Chooses among the scripts, in their order. */
export function chooseScripts(scripts: readonly Script[]): Choice {
  const readings = scripts.flatMap((script) => reading(script, scripts) ?? []);
  const subjects = new Set(readings.map(({ subject }) => subject));
  const runners = readings.filter(({ line, subject }) => subjects.size > 1 && subject === '' && RUNNERS.test(line));
  const programs = readings.filter((one) => !runners.includes(one));
  const best = [...new Set(programs.map(({ subject }) => subject))].flatMap((subject) =>
    fittest(programs.filter((one) => one.subject === subject)),
  );
  const taken = new Set(readings.map(({ name }) => name));
  return {
    services: best.map(({ name, line, subject }) => ({ name, line, service: subject === '' ? 'app' : subject })),
    variants: programs
      .filter((one) => !best.includes(one))
      .map(({ name, subject }) => ({ name, instead: best.find((one) => one.subject === subject)?.name ?? '' })),
    runners: runners.map(({ name }) => name),
    others: scripts.map(({ name }) => name).filter((name) => !taken.has(name)),
  };
}

const fittest = (readings: readonly Reading[]): readonly Reading[] =>
  [...readings].sort((left, right) => left.rank - right.rank).slice(0, 1);

/** What a script's name says; undefined: that it ends by itself, or nothing. */
function reading(script: Script, all: readonly Script[]): Reading | undefined {
  const words = script.name
    .toLowerCase()
    .split(/[:._\-/]+/)
    .filter((word) => word !== '');
  if (words.some((word) => WORK.test(word)) || isHook(script.name, all)) return undefined;
  const verb = VERBS.findIndex((word) => words.includes(word));
  const manner = MANNERS.findIndex((word) => words.includes(word));
  if (verb === -1 && !words.some((word) => NOUNS.includes(word))) return undefined;
  const subject = words.filter((word) => !VERBS.includes(word) && !MANNERS.includes(word)).join('-');
  return { ...script, subject, rank: (verb + 1) * 100 + manner + 1 };
}

/** `prestart` belongs to `start`: npm runs it by itself. */
function isHook(name: string, all: readonly Script[]): boolean {
  const [, hooked] = /^(?:pre|post)(.+)$/.exec(name) ?? [];
  return hooked !== undefined && all.some((script) => script.name === hooked);
}
