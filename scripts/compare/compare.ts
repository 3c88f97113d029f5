/**
 * Puts every case of the kit to every session middleware, prints the table, and writes docs/comparison.md.
 * `npm run compare [-- --adapter ./mine.ts] [--only <case|group>]`
 */
import { SetupError } from '../setup/setup-error.js';
import { installPeers } from './peers.ts';

try {
  await installPeers();
  // It loads what was installed.
  const { main } = await import('./main.ts');
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const isForPeople = error instanceof SetupError || (error instanceof TypeError && 'code' in error);
  if (!isForPeople) throw error;
  console.error(`compare: ${error.message}`);
  process.exitCode = 1;
}
