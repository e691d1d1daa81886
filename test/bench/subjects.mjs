/** What is measured: portsup through its command line, and bare Node as the floor. Both have the same shape. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../../bin/portsup.js', import.meta.url));
const bare = fileURLToPath(new URL('./bare-node.mjs', import.meta.url));

/** portsup with all defaults but the budget: hundreds of kills are no reason to give up here. */
export function portsup(world) {
  const folder = join(world.folder, 'app');
  mkdirSync(folder);
  const run = (...words) => world.command([process.execPath, cli, ...words], { cwd: folder });
  return {
    name: 'portsup',
    psCommand: [process.execPath, cli, 'ps', '-A'],
    /** From nothing to `count` running programs: milliseconds until the command returns. */
    up: async (count, fields = {}) => {
      const services = Object.fromEntries(ids(count).map((id) => [`s${id}`, { command: [...world.program, String(id)], ...fields }]));
      writeFileSync(join(folder, 'portsup.json'), JSON.stringify({ name: 'bench', intensity: 1_000_000, period: '1s', services }));
      return (await run('up')).ms;
    },
    down: async () => (await run('down')).ms,
    /** PIDs of what is no service. */
    managers: async () => {
      const { pid, keeperPid } = JSON.parse((await run('daemon', 'status', '--json')).out);
      return [pid, keeperPid];
    },
    servicePids: async () => (await run('ps', '-q')).out.trim().split('\n').map(Number),
  };
}

/** A daemon of a few dozen lines: what Node itself costs. */
export function bareNode(world) {
  const conf = join(world.folder, 'bare.json');
  const run = (verb) => world.command([process.execPath, bare, verb, conf]);
  return {
    name: 'bare Node',
    up: async (count) => {
      writeFileSync(conf, JSON.stringify({ socket: join(world.folder, 'bare.sock'), argv: world.program, count }));
      return (await run('up')).ms;
    },
    down: async () => (await run('down')).ms,
    managers: async () => [Number((await run('pid')).out)],
    servicePids: async () =>
      (await run('ps')).out
        .trim()
        .split('\n')
        .map((row) => Number(row.split(' ')[1])),
  };
}

const ids = (count) => Array.from({ length: count }, (_, id) => id);
