// `node scripts/setup/all.js unit|e2e|test`: scripts/setup.js, and then what only the tests of this repository need: a Redis
// server, Firefox and WebKit. A person can go on without them; with CI set, all tests have to run.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const mode = process.argv[2] ?? '';
const setup = fileURLToPath(new URL('../setup.js', import.meta.url));
const { status } = spawnSync(process.execPath, [setup, mode], { stdio: 'inherit' });
process.exitCode = status ?? 1;

if (status === 0) {
  const { provideRedisServer } = await import('./redis.js');
  const { provideEngines } = await import('./engines.js');
  try {
    provideRedisServer();
    if (mode !== 'unit') provideEngines();
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'SetupError') throw error;
    console.error(`setup: ${error.message}`);
    process.exitCode = 1;
  }
}
