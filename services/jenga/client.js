// @ts-check
/** Holds the one connection to the database, and asks it for others. Without the connection it is of no use, and ends. */
import { connectDatabase } from './lib/database-connection.js';
import { serve } from './lib/serve.js';
import { die, portOf } from './lib/settings.js';

const database = await connected();

serve(portOf('JENGA_CLIENT_PORT'), {
  methods: {
    get: (key) => database.ask({ do: 'get', table: 'games', key }),
    put: (key, value) => database.ask({ do: 'put', table: 'games', key, value }),
  },
  // It listens only once it is connected.
  probes: { ready: () => true, live: () => true },
});

/** @returns {Promise<import('./lib/database-connection.js').Connection>} */
async function connected() {
  try {
    return await connectDatabase(die);
  } catch (error) {
    return die(error instanceof Error ? error.message : String(error));
  }
}
