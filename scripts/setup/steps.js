import { join } from 'node:path';
import { browsersProblem, provideBrowsers } from './browsers.js';
import { build, buildProblem } from './build.js';
import { readEnvFile, writeEnvFile } from './env-file.js';
import { withLock } from './lock.js';
import { installModules, modulesProblem } from './modules.js';
import { provideRedisServer, redisServerProblem } from './redis.js';
import { SetupError } from './setup-error.js';

/**
 * What has to be true before the app or its tests can run, and how to make it so.
 * @typedef {{ title: string, problem: () => string | undefined, solve: () => void | Promise<void> }} Step
 *   `problem` is cheap; it says why there is something to do, or undefined if there is not
 */

const MODES = ['start', 'dev', 'unit', 'e2e', 'test', 'build'];

/**
 * Sets the project up for `mode` and reports what stands in the way, if something does, by message and exit code.
 *
 * @param {string | undefined} mode
 * @param {string} root the project's folder
 */
export async function main(mode, root) {
  try {
    await setUp(mode, root);
  } catch (error) {
    const forPeople = error instanceof SetupError || (error instanceof Error && 'syscall' in error);
    if (!forPeople) throw error;
    say(error.message);
    process.exitCode = 1;
  }
}

/**
 * @param {string | undefined} mode
 * @param {string} root
 */
async function setUp(mode, root) {
  if (mode === undefined || !MODES.includes(mode)) {
    throw new SetupError(`The mode is '${mode ?? ''}': give one of ${MODES.join(', ')}`);
  }
  const steps = stepsFor(mode, root);
  // In the order of the steps, since each may look at what the ones before it leave behind.
  if (steps.every((step) => step.problem() === undefined)) {
    // Somebody asked for this one, and silence could mean anything.
    if (mode === 'build') say('dist/ is up to date');
    return;
  }

  const lock = join(root, '.setup-lock');
  const onWait = () => say(`Waiting for another set-up of this folder to end (${lock})`);
  await withLock(
    lock,
    async () => {
      for (const step of steps) {
        const problem = step.problem();
        if (problem === undefined) continue;
        say(`${step.title}: ${problem}`);
        await step.solve();
      }
    },
    { onWait },
  );
}

/**
 * @param {string} mode
 * @param {string} root
 * @returns {Step[]}
 */
function stepsFor(mode, root) {
  const production = (process.env['NODE_ENV']?.trim() || readEnvFile(root)?.['NODE_ENV']) === 'production';
  // Production runs on what was installed for it: neither dev dependencies nor a made-up key may come in behind
  // the operator's back. Tests need both wherever they run.
  const dev = !(production && mode === 'start');
  const dependencies = {
    title: 'Installing the dependencies',
    problem: () => modulesProblem(root, { dev }),
    solve: () => installModules(root, { dev }),
  };
  const envFile = {
    title: 'Writing .env with a fresh key',
    problem: () => (readEnvFile(root) === undefined ? 'there is none yet' : undefined),
    solve: () => writeEnvFile(root),
  };
  const dist = { title: 'Building', problem: () => buildProblem(root), solve: () => build(root) };
  const browsers = {
    title: 'Looking for browsers',
    problem: () => browsersProblem(root),
    solve: () => provideBrowsers(root, say),
  };
  const redisServer = {
    title: 'Looking for a Redis server',
    problem: () => redisServerProblem(root),
    solve: () => provideRedisServer(root, say),
  };
  return [
    dependencies,
    ...(dev && mode !== 'build' ? [envFile] : []),
    ...(mode === 'start' || mode === 'build' ? [dist] : []),
    ...(mode !== 'start' && mode !== 'build' && mode !== 'dev' ? [redisServer] : []),
    ...(mode === 'test' || mode === 'e2e' ? [browsers] : []),
  ];
}

/** @param {string} line */
function say(line) {
  console.error(`setup: ${line}`);
}
