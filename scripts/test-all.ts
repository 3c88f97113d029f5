// `npm run test:all`: `npm test` with all that it leaves out. What is set already stays as it is.
import { spawnSync } from 'node:child_process';

const FULL = {
  /** All tests in all engines, and all pages in all looks. */
  E2E: 'all',
  CONTENTION_ROUNDS: '250',
  PARITY_RUNS: '10000',
};

const { status } = spawnSync('npm', ['test'], {
  stdio: 'inherit',
  shell: process.platform === 'win32',
  env: { ...FULL, ...process.env },
});
process.exitCode = status ?? 1;
