/** What the help says of a command beside its options: its operands, its exit codes where they are special, its relatives. Pure. */

/** What each word in the operands of a command stands for. */
export const operandTexts: Readonly<Record<string, string>> = {
  NAME:
    'a service or supervisor: its path in the tree (backend/db), a unique last part of it (db), a glob ("web-*"), or one of these after ' +
    "an application's name (shop:db); the application's name alone means all of it",
  ARG: 'added to the command',
  TEXT: 'one line; several words are joined by spaces',
  METHOD: 'what is called, as the service knows it',
  ARGS: 'JSON where they can be read as that (5, true, \'{"a": 1}\'), else text; \'"5"\' is the text 5',
  SIGNAL: 'with or without SIG, or a number: HUP, SIGHUP, 1',
  SHELL: 'bash, zsh or fish; default: that of $SHELL',
  COMMAND: 'a command, with its words',
  ID: 'a letter or digit, then letters, digits and any of _ . / : @ + -; at most 128',
  FILE: 'a file, relative to this folder',
};

/** What the commands mean that can do without a NAME. */
export const WITHOUT_NAME = 'without a NAME: the application of this folder; where there is none: all that is up';

const REACHED = '0 done, 1 it does not run, 5 unknown name, 7 no daemon';
const BROKEN = '0 done, also when it was so already; 2 it is a service, 5 unknown name, 7 no daemon, 124 not stopped in time';
const CLOSED = '0 it is up, 1 something could not be started, 2 it is a service, 5 unknown name, 7 no daemon, 124 not up in time';
const LOOKED = '0 all that should be up is up, 3 something is not, 4 unknown name, or no daemon';

/** Exit codes of commands for which more is to be said than of all of them. */
export const exitTexts: Readonly<Record<string, string>> = {
  up: '0 all is up, 1 something could not be started, 6 the configuration is missing or has mistakes, 124 not up in time',
  down: '0 nothing is left running, also when nothing was',
  ps: `0; with NAMEs: ${LOOKED}`,
  status: LOOKED,
  start: '0 started, also when it was so already; 1 it could not be started, 5 unknown name, 7 no daemon, 124 not up in time',
  stop: '0 stopped, also when it was so already; 5 unknown name, 7 no daemon',
  restart: '0 started, 1 it could not be started, 5 unknown name, 7 no daemon',
  kill: REACHED,
  signal: REACHED,
  send: REACHED,
  wait:
    '0 it is so; 1 it cannot come true any more; 5 unknown name (of gone: 0); 7 no daemon (of stopped and gone: 0); 124 not in time; with --for exit: ' +
    'the exit code, 128 and the number of a signal, or 1 where nobody knows; of several NAMEs the first that is not 0',
  whereis: '0 it has a process, 1 it has none, or no daemon runs; 5 unknown name',
  monitor: '0 ended by Ctrl-C, or as everything was taken down; 5 unknown name, 7 no daemon',
  alarms: '0, also when some are set; 7 no daemon',
  'alarm set': '0 set, also when it was so already; 1 too many are set, 5 unknown application, 7 no daemon',
  'alarm clear': '0 cleared, also when it was not set; 7 no daemon',
  call: '0 an answer, 1 an error as the answer, or the service went down or does not run; 2 it cannot be called, 5 unknown name, 7 no daemon, 124 no answer in time',
  'breaker melt': BROKEN,
  'breaker reset': CLOSED,
  'breaker disable': BROKEN,
  'breaker enable': CLOSED,
  explain: '0; 5 unknown name, 7 no daemon',
  check: '0 valid, 6 missing or with mistakes',
  'boot enable': '0 it comes up at boot, 1 it is written, but something else is wrong, 4 takes root',
  'boot status': '0 all is well, 3 something is wrong, 4 nothing is started at boot, 1 neither systemd nor launchd',
};

/** Exit codes of all commands. */
export const EXIT_CODES =
  'Exit codes: 0 done, 1 failed, 2 wrong usage, 4 not permitted, 5 unknown name, 6 configuration missing or invalid, 7 no daemon, ' +
  '124 timed out, 130 interrupted.';

/** Where to look next. */
export const relatedTo: Readonly<Record<string, readonly string[]>> = {
  up: ['down', 'ps', 'check'],
  down: ['stop', 'daemon stop'],
  ps: ['status', 'tree', 'history'],
  status: ['history', 'logs', 'ps'],
  start: ['stop', 'restart', 'up'],
  stop: ['start', 'down'],
  restart: ['up', 'kill', 'history'],
  kill: ['signal', 'history', 'tree'],
  signal: ['kill', 'send'],
  send: ['signal', 'logs', 'call'],
  call: ['status', 'history', 'send'],
  tree: ['ps', 'check'],
  history: ['logs', 'status', 'events'],
  logs: ['history', 'daemon logs'],
  events: ['history', 'logs'],
  wait: ['status', 'monitor', 'up'],
  whereis: ['ps', 'status'],
  monitor: ['events', 'history', 'wait'],
  explain: ['tree', 'kill', 'history'],
  'breaker melt': ['breaker reset', 'explain'],
  'breaker reset': ['breaker melt', 'start'],
  'breaker disable': ['breaker enable', 'stop'],
  'breaker enable': ['breaker disable', 'start'],
  alarms: ['alarm set', 'events', 'ps'],
  'alarm set': ['alarm clear', 'alarms'],
  'alarm clear': ['alarm set', 'alarms'],
  check: ['up'],
  help: ['completion'],
  completion: ['help'],
  'daemon status': ['ps', 'daemon logs'],
  'daemon start': ['boot enable', 'up'],
  'daemon restart': ['daemon upgrade'],
  'daemon upgrade': ['daemon restart', 'daemon status'],
  'daemon stop': ['down', 'daemon start'],
  'daemon logs': ['daemon status', 'logs'],
  'boot enable': ['boot status', 'daemon start'],
  'boot disable': ['boot enable'],
  'boot status': ['boot enable', 'daemon status'],
};
