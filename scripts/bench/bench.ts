/** `npm run bench`: measures what sessions cost. `-- --help` lists its arguments. */
import { SetupError } from '../setup/setup-error.js';
import { readArguments, SECTIONS, USAGE } from './arguments.ts';
import { build } from './build.ts';
import { peers } from './candidates.ts';
import { writeTables } from './document.ts';

try {
  await main();
} catch (error) {
  const isForPeople = error instanceof SetupError || (error instanceof TypeError && 'code' in error);
  if (!isForPeople) throw error;
  console.error(`bench: ${error.message}`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const { help, short, check, sections } = readArguments(process.argv.slice(2));
  if (help) return console.log(USAGE);
  await peers.install();
  await build();
  const begun = performance.now();
  const complaints: string[] = [];
  for (const name of sections) {
    const say = (line: string): void => console.error(`bench: ${name}: ${line}`);
    const { tables, missed } = await SECTIONS[name](say, short);
    for (const table of tables) console.log(`\n${table}`);
    // Now, so that nothing is lost if a later section fails.
    if (!short) writeTables(tables);
    complaints.push(...missed);
  }
  console.error(`bench: done in ${Math.round((performance.now() - begun) / 1000)} s`);
  for (const complaint of complaints) console.error(`bench: missed: ${complaint}`);
  if (check && complaints.length > 0) process.exitCode = 1;
}
