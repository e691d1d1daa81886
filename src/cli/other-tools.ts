/** What other process managers call what is called otherwise here: for the hint of an unknown command. Pure. */
import type { CommandSpec } from './command-spec.js';

/** Our command line for it (from its first word on), and what that does. */
type Counterpart = readonly [use: string, does: string];

const RELOAD: readonly Counterpart[] = [
  ['restart NAME', 'stops and starts a service'],
  ['up', 'applies a changed configuration, and restarts only what it changes'],
];
const REMOVE: readonly Counterpart[] = [
  ['rm NAME', 'removes what "portsup run" has added'],
  ['stop NAME', 'stops a service, which stays listed'],
  ['down', 'ends the application'],
];
const APPLY: readonly Counterpart[] = [
  ['up', 'reads the configuration again and applies what has changed'],
  ['up --dry-run', 'only says what would change'],
];
const AT_BOOT: readonly Counterpart[] = [['boot enable', 'starts at boot what is up then']];
const NOT_AT_BOOT: readonly Counterpart[] = [['boot disable', 'starts nothing at boot any more']];
const SAVE: readonly Counterpart[] = [
  ['boot enable', 'is enough: what is up is remembered at every moment'],
  ['check --resolved', 'prints the configuration'],
];
const RESURRECT: readonly Counterpart[] = [['daemon start', 'brings up what was up before']];
const MONITOR: readonly Counterpart[] = [['ps -w', 'is a live table with CPU and memory']];
const IS_UP: readonly Counterpart[] = [['status NAME', 'exits with 0 when it is up, with 3 when it is not']];
const ABOUT: readonly Counterpart[] = [['status NAME', 'tells everything about one service']];
const LOGS: readonly Counterpart[] = [['logs NAME', 'shows output; -f goes on with what follows']];
const EXEC: readonly Counterpart[] = [
  ['send NAME TEXT', 'sends a line to the standard input of a service'],
  ['run --once -- COMMAND', 'runs a command as a temporary service'],
];
const RUN: readonly Counterpart[] = [
  ['run -- COMMAND', 'adds a service without a file'],
  ['up', 'starts what a portsup.yaml declares'],
];
const VALIDATE: readonly Counterpart[] = [['check', 'validates the configuration; with --resolved prints it']];
const PIDS: readonly Counterpart[] = [
  ['whereis NAME', 'prints the PID of a service'],
  ['ps -q', 'prints PIDs only'],
];
const SIGNAL: readonly Counterpart[] = [['signal SIGNAL NAME', 'sends a signal']];
const STOP_ALL: readonly Counterpart[] = [
  ['down', 'stops the application'],
  ['daemon stop', 'stops everything, the daemon too'],
];
const POOL: readonly Counterpart[] = [['start POOL', 'starts one more instance of a pool (strategy simple_one_for_one)']];
const FREEZE: readonly Counterpart[] = [
  ['signal STOP NAME', 'holds a service'],
  ['signal CONT NAME', 'lets it go on'],
];
const UPGRADE: readonly Counterpart[] = [['daemon upgrade', 'replaces the daemon by this version under running services']];
const JSON_LIST: readonly Counterpart[] = [['ps --json', 'prints the table as JSON']];
const ADD: readonly Counterpart[] = [['up', 'starts what was added to the configuration'], ...RUN.slice(0, 1)];
const NEW_FILE: readonly Counterpart[] = [['init', 'writes a portsup.yaml']];

// PM2, systemctl, docker compose, supervisorctl, forever.
const WORDS: Readonly<Record<string, readonly Counterpart[]>> = {
  ...eachOf(['delete', 'del', 'remove', 'rm', 'destroy'], REMOVE),
  ...eachOf(['reload', 'gracefulReload', 'try-restart', 'reload-or-restart', 'startOrRestart', 'startOrReload', 'restartall'], RELOAD),
  ...eachOf(['reread', 'daemon-reload', 'apply', 'deploy'], APPLY),
  ...eachOf(['update'], [...APPLY, ...UPGRADE]),
  ...eachOf(['add', 'create'], ADD),
  ...eachOf(['startup', 'enable'], AT_BOOT),
  ...eachOf(['unstartup', 'disable'], NOT_AT_BOOT),
  ...eachOf(['is-enabled'], [['boot status', 'says whether it is going to start at boot']]),
  ...eachOf(['save', 'dump'], SAVE),
  ...eachOf(['resurrect'], RESURRECT),
  ...eachOf(['monit', 'dash', 'dashboard', 'imonit', 'top', 'stats'], MONITOR),
  ...eachOf(['is-active', 'is-failed', 'is-running'], IS_UP),
  ...eachOf(['info', 'inspect', 'env', 'cat'], ABOUT),
  ...eachOf(['tail', 'maintail', 'journal', 'log', 'attach', 'fg'], LOGS),
  ...eachOf(['flush'], [['logs --flush', 'deletes older logs']]),
  ...eachOf(['reloadLogs', 'reopen'], [['logs --reopen', 'opens the files of "logs: {file}" anew']]),
  ...eachOf(['exec'], EXEC),
  ...eachOf(['run'], RUN),
  ...eachOf(['config', 'validate', 'lint', 'test'], VALIDATE),
  ...eachOf(['pid', 'pidof', 'id'], PIDS),
  ...eachOf(['sendSignal'], SIGNAL),
  ...eachOf(['shutdown', 'stopall', 'killall', 'quit', 'exit'], STOP_ALL),
  ...eachOf(['scale'], POOL),
  ...eachOf(['pause', 'unpause'], FREEZE),
  ...eachOf(['jlist', 'prettylist'], JSON_LIST),
  ...eachOf(['ecosystem', 'init'], NEW_FILE),
  ...eachOf(['ping'], [['daemon status', 'says whether there is a daemon']]),
  ...eachOf(['version'], [['--version', 'prints the version']]),
};

/**
 * What the commands that there are do for a word of another tool, in one line; undefined for a word that none of them has.
 *
 * @example hintForOtherTools('monit', commands) // '"portsup ps -w" is a live table with CPU and memory; see --help'
 */
export function hintForOtherTools(word: string, commands: readonly CommandSpec[]): string | undefined {
  const isThere = ([use]: Counterpart): boolean => use.startsWith('--') || commands.some(({ name }) => `${use} `.startsWith(`${name} `));
  const found = (Object.hasOwn(WORDS, word) ? (WORDS[word] ?? []) : []).filter(isThere);
  return found.length === 0 ? undefined : `${found.map(([use, does]) => `"portsup ${use}" ${does}`).join('; ')}; see --help`;
}

/** Every word that has a hint. */
export const wordsOfOtherTools: readonly string[] = Object.keys(WORDS);

function eachOf(words: readonly string[], counterparts: readonly Counterpart[]): Readonly<Record<string, readonly Counterpart[]>> {
  return Object.fromEntries(words.map((word) => [word, counterparts]));
}
