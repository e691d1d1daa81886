// @ts-check
/** Plays: each move takes a block from a tower and puts it on top; the client keeps the towers. What it cannot know it says. */
import { serve } from './lib/serve.js';
import { portOf } from './lib/settings.js';

const TOWER = 54;
const client = `http://127.0.0.1:${portOf('JENGA_CLIENT_PORT')}`;

serve(portOf('JENGA_HANDLER_PORT'), {
  methods: {
    move: async (game) => {
      const moves = (Number(await ask('get', game)) || 0) + 1;
      if (moves > TOWER) throw new Error(`the tower of ${game} has fallen`);
      return ask('put', game, moves);
    },
    moves: async (game) => (await ask('get', game)) ?? 0,
  },
  probes: { live: () => true },
});

/**
 * @param {string} method
 * @param {...unknown} args
 * @returns {Promise<unknown>}
 */
async function ask(method, ...args) {
  const response = await fetch(`${client}/${method}`, { method: 'POST', body: JSON.stringify(args) });
  if (response.status !== 200) throw new Error(await response.text());
  return response.json();
}
