// `npm run test:all`: `npm test` with all that it leaves out. What is set to something already stays as it is.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { peersIn } from './peers.ts';

const FULL = {
  /** In each engine all tests that it can run, and all pages in all looks. */
  E2E: 'all',
  CONTENTION_ROUNDS: '250',
  PARITY_RUNS: '10000',
  /** Without each optional folder of src/session, the tests of the rest. */
  LEFT_OUT: 'all',
};

const given = Object.entries(process.env).filter(([, value]) => value !== '');

function run(program: string, ...args: string[]): number {
  const { status } = spawnSync(program, args, {
    stdio: 'inherit',
    shell: process.platform === 'win32',
    env: { ...FULL, ...Object.fromEntries(given) },
  });
  return status ?? 1;
}

const statuses = [run('npm', 'test')];
// The sessions under packages that people use with them: nothing else needs those.
await peersIn(join(import.meta.dirname, '..', 'e2e', 'packages')).install();
statuses.push(run('npx', 'vitest', 'run', 'e2e/packages/', '--testTimeout=120000', '--hookTimeout=120000'));
process.exitCode = Math.max(...statuses);
