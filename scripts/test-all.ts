// `npm run test:all`: `npm test` with all that it leaves out. What is set to something already stays as it is.
import { spawnSync } from 'node:child_process';

const FULL = {
  /** In each engine all tests that it can run, and all pages in all looks. */
  E2E: 'all',
  CONTENTION_ROUNDS: '250',
  PARITY_RUNS: '10000',
  /** Without each optional folder of src/session, the tests of the rest. */
  LEFT_OUT: 'all',
};

const given = Object.entries(process.env).filter(([, value]) => value !== '');
const { status } = spawnSync('npm', ['test'], {
  stdio: 'inherit',
  shell: process.platform === 'win32',
  env: { ...FULL, ...Object.fromEntries(given) },
});
process.exitCode = status ?? 1;
