// `npm run test:all`: `npm test` with everything that it leaves out. Variables that are already set keep their values.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { peersIn } from './peers.ts';

const FULL = {
  /** All tests that an engine can run, in each of them, and all pages in all looks. */
  E2E: 'all',
  CONTENTION_ROUNDS: '250',
  PARITY_RUNS: '10000',
  /** The tests of src/session without each of its optional folders. */
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
// These tests alone need the packages that people use together with sessions.
await peersIn(join(import.meta.dirname, '..', 'e2e', 'packages')).install();
statuses.push(run('npx', 'vitest', 'run', 'e2e/packages/', '--testTimeout=120000', '--hookTimeout=120000'));
process.exitCode = Math.max(...statuses);
