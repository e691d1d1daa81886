/** A process's environment as `process.env` gives it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Describe one terminal, one shell or one process, and would be wrong in any other. */
const PERSONAL = new Set(['SHLVL', 'PWD', 'OLDPWD', '_', 'WINDOWID', 'INIT_CWD']);
const PERSONAL_PREFIXES = ['TERM_', 'SSH_', 'npm_', 'NODE_CHANNEL_'] as const;
/** Meant for the Node that runs portsup itself, or for the service of another run that called us. */
const OURS = new Set(['NODE_OPTIONS', 'PORTSUP_APP', 'PORTSUP_SERVICE', 'PORTSUP_RUN']);

/**
 * What a service inherits of the environment of the person who ran `up`: all of it, except what only describes
 * that terminal or a package runner.
 *
 * - Left out always: SHLVL, PWD, OLDPWD, `_`, TERM_*, SSH_*, WINDOWID, npm_*, INIT_CWD, NODE_CHANNEL_*; NODE_OPTIONS
 *   (it configures the Node that runs portsup; a service that needs it declares it under `env`); PORTSUP_APP,
 *   PORTSUP_SERVICE and PORTSUP_RUN (each service gets its own). TERM, LANG, HOME, PORTSUP_HOME and all else stay.
 * - Left out when npm or its like ran us (npm_execpath or npm_lifecycle_event is set): NODE where it is
 *   npm_node_execpath (npm sets both), COLOR (npm overwrites it in any case), EDITOR where it is npm's fallback `vi`,
 *   and the entries that were put in front of PATH: the service finds the same programs as without npx.
 */
export function inheritedEnvironment(env: Environment): Record<string, string> {
  const byRunner = env['npm_execpath'] !== undefined || env['npm_lifecycle_event'] !== undefined;
  const inherited: [string, string][] = [];
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || isPersonal(name) || OURS.has(name)) continue;
    if (!byRunner) inherited.push([name, value]);
    else if (name === 'PATH') inherited.push([name, pathWithoutRunner(value)]);
    else if (!isSetByRunner(name, value, env)) inherited.push([name, value]);
  }
  return Object.fromEntries(inherited);
}

const isPersonal = (name: string): boolean => PERSONAL.has(name) || PERSONAL_PREFIXES.some((prefix) => name.startsWith(prefix));

function isSetByRunner(name: string, value: string, env: Environment): boolean {
  if (name === 'NODE') return value === env['npm_node_execpath'];
  // npm sets EDITOR to its own setting, which is the person's EDITOR or VISUAL, else "vi".
  return name === 'COLOR' || (name === 'EDITOR' && value === 'vi');
}

/**
 * npm, pnpm and yarn put blocks in front of PATH: `node_modules/.bin` of each folder upwards, then their own
 * node-gyp-bin. What stands behind the last node-gyp-bin of the leading run is the person's own, even if it is
 * another `node_modules/.bin`; a runner that adds no node-gyp-bin (bun) loses the whole leading run.
 */
function pathWithoutRunner(path: string): string {
  const entries = path.split(':');
  const leading = entries.findIndex((entry) => !isRunnerEntry(entry));
  const run = leading === -1 ? entries : entries.slice(0, leading);
  const lastGyp = run.findLastIndex((entry) => entry.includes('node-gyp-bin'));
  const rest = entries.slice(lastGyp === -1 ? run.length : lastGyp + 1);
  // With nothing left the path was never a person's; an empty PATH would mean "the current folder".
  return rest.length === 0 ? path : rest.join(':');
}

const isRunnerEntry = (entry: string): boolean => /(?:^|\/)node_modules\/\.bin\/?$/.test(entry) || entry.includes('node-gyp-bin');
