/** `npm run bench`: measures what sessions cost. `-- --help` says what it takes. */
import { SetupError } from '../setup/setup-error.js';
import { main } from './main.ts';

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const isForPeople = error instanceof SetupError || (error instanceof TypeError && 'code' in error);
  if (!isForPeople) throw error;
  console.error(`bench: ${error.message}`);
  process.exitCode = 1;
}
