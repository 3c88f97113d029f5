/**
 * Puts every case of the kit to every session middleware, prints the table, and writes docs/comparison.md.
 * `npm run compare [-- --adapter ./mine.ts] [--only <case|group>] [--verbose]`
 */
import { installPeers } from './peers.ts';

await installPeers();
const { main } = await import('./main.ts');
process.exitCode = await main(process.argv.slice(2));
