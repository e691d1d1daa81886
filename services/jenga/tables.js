// @ts-check
/** Makes the tables that the others rely on, and ends. Doing it twice is doing it once. */
import process from 'node:process';
import { connectDatabase } from './lib/database-connection.js';
import { die } from './lib/settings.js';

try {
  const database = await connectDatabase(die);
  await database.ask({ do: 'create', table: 'games' });
  process.stdout.write('the tables are there\n');
  database.close();
} catch (error) {
  die(error instanceof Error ? error.message : String(error));
}
