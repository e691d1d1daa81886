/**
 * The floor: the least a Node daemon can be. It spawns programs, spawns them again when they end, and answers on a Unix
 * socket: one process, no tree, no output, no history. `node bare-node.mjs up|ps|down|daemon CONF` with CONF naming a JSON
 * file {socket, argv, count}; program i gets `argv` and i.
 */
import { spawn } from 'node:child_process';
import { closeSync, readFileSync, writeSync } from 'node:fs';
import { connect, createServer } from 'node:net';

/** The daemon says on this descriptor that everything has been spawned. */
const READY_FD = 3;

const [, self, verb, confFile] = process.argv;
const conf = JSON.parse(readFileSync(confFile, 'utf8'));

if (verb === 'up') up();
else if (verb === 'daemon') daemon();
else ask(verb);

function up() {
  const child = spawn(process.execPath, [self, 'daemon', confFile], { detached: true, stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  child.stdio[READY_FD].once('data', () => process.exit(0));
  child.once('exit', () => process.exit(1));
}

function ask(question) {
  const socket = connect(conf.socket, () => socket.write(`${question}\n`));
  let answer = '';
  socket.on('data', (part) => (answer += part));
  socket.on('end', () => process.stdout.write(answer));
}

function daemon() {
  const pids = Array.from({ length: conf.count }, () => 0);
  let leaving = null;
  let live = 0;
  const start = (id) => {
    const child = spawn(conf.argv[0], [...conf.argv.slice(1), String(id)], { stdio: 'ignore', detached: true });
    pids[id] = child.pid;
    live += 1;
    child.once('exit', () => {
      live -= 1;
      if (leaving === null) start(id);
      else if (live === 0) leaving.end(`stopped by ${process.pid}\n`, () => process.exit(0));
    });
  };
  const answers = {
    ps: (socket) => socket.end(pids.map((pid, id) => `s${id} ${pid}\n`).join('')),
    pid: (socket) => socket.end(`${process.pid}\n`),
    down: (socket) => {
      leaving = socket;
      // It removes the socket's file, too.
      server.close();
      for (const pid of pids) process.kill(pid, 'SIGTERM');
    },
  };
  const server = createServer((socket) => socket.on('data', (question) => answers[String(question).trim()]?.(socket)));
  server.listen(conf.socket, () => {
    for (let id = 0; id < conf.count; id += 1) start(id);
    writeSync(READY_FD, 'ready\n');
    closeSync(READY_FD);
  });
}
