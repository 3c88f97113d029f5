import { spawnSync } from 'node:child_process';
import { accessSync, constants, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { failedLately, forgetFailure, noteFailure } from './attempts.js';
import { APT_UPDATE, aptInstall, firstThatWorks, hasApt, thisSystem, unattended } from './install.js';
import { SetupError } from './setup-error.js';

/**
 * @typedef {{
 *   env?: NodeJS.ProcessEnv,
 *   system?: import('./install.js').System,
 *   run?: (command: import('./command.js').Command) => Promise<void>,
 * }} Surroundings the machine as it is by default; a test describes another one
 */

/**
 * The server's program, the first of these that there is. Debian's packages of these names also let it run as a service,
 * from then on and after every start of the system. What is installed instead are the tools: they start nothing, and hold
 * the server under the name of `namesake`. There is one program for both, which goes by the name that it is called by;
 * Debian's redis-server is a link to redis-check-rdb.
 */
const SERVERS = [
  { program: 'redis-server', namesake: 'redis-check-rdb', tools: 'redis-tools' },
  { program: 'valkey-server', namesake: 'valkey-check-rdb', tools: 'valkey-tools' },
];
const ANY = SERVERS.map(({ program }) => program).join(' or ');

/** Longest that one command may take, in ms. The packages are small; what takes long is a mirror that does not answer. */
const LIMIT = 5 * 60_000;

/** What failed attempts are noted under. */
const ATTEMPT = 'redis-server';

/**
 * Why a Redis server has to be looked for. Only looks at the folders of PATH.
 *
 * @param {string} root the project's folder
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string | undefined} undefined if there is one
 */
export function redisServerProblem(root, env = process.env) {
  return findServer(root, env) ? undefined : `there is no ${ANY} on the PATH`;
}

/**
 * Finds or installs a Redis server. Without one a person goes on: all the rest can be tested.
 *
 * @param {string} root the project's folder
 * @param {(line: string) => void} say
 * @param {Surroundings} [surroundings]
 * @throws {SetupError} if there is none in the end and CI is set, where all tests have to run
 */
export async function provideRedisServer(root, say, surroundings = {}) {
  const { env = process.env, system = thisSystem() } = surroundings;
  const { run = unattended(root, { limitMs: LIMIT }) } = surroundings;
  const ci = Boolean(env['CI']);
  const ways = !ci && failedLately(root, ATTEMPT) ? [] : waysToInstall(system);
  const find = () => findServer(root, env) ?? linkServer(root, env);
  const found = find() ?? (await firstThatWorks({ find, ways, run, say }));
  if (found !== undefined) {
    forgetFailure(root, ATTEMPT);
    say(`The tests use ${found}`);
    return;
  }
  const { error, note } = advice(system);
  if (ci) throw new SetupError(error);
  if (ways.length > 0) noteFailure(root, ATTEMPT);
  say(note);
}

/**
 * @param {import('./install.js').System} system
 * @returns {import('./install.js').Way[]} in the order in which to try them
 */
export function waysToInstall({ isRoot, osRelease }) {
  if (!isRoot || !hasApt(osRelease)) return [];
  return SERVERS.map(({ tools }, index) => ({
    title: `Installing the distribution's ${tools}`,
    commands: [...(index === 0 ? [APT_UPDATE] : []), aptInstall(tools)],
  }));
}

/**
 * @param {import('./install.js').System} system
 * @returns {{ error: string, note: string }} what to do without a server: where the tests need one, and where they go on
 */
export function advice({ platform, osRelease }) {
  let command = `install ${ANY}`;
  if (hasApt(osRelease)) command = 'sudo apt-get install redis-server';
  if (platform === 'darwin') command = 'brew install redis';
  return {
    error: `There is no Redis server for the tests of RedisStore, and with CI set they have to run: ${command}`,
    note: `Without a Redis server the tests of RedisStore will be reported as not run. To run them: ${command}`,
  };
}

/**
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 */
function findServer(root, env) {
  // The tests look there too.
  const folders = [...foldersOf(env), binFolder(root)];
  return firstExecutable(SERVERS.flatMap(({ program }) => folders.map((folder) => join(folder, program))));
}

/**
 * Makes a server of a program that is one but for its name. The link goes to node_modules/.bin, so that nothing outside
 * of the project changes.
 *
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 * @returns {string | undefined} undefined if there is no such program
 */
function linkServer(root, env) {
  for (const { program, namesake } of SERVERS) {
    const target = firstExecutable(foldersOf(env).map((folder) => join(folder, namesake)));
    if (target === undefined) continue;
    const link = join(binFolder(root), program);
    mkdirSync(dirname(link), { recursive: true });
    rmSync(link, { force: true });
    symlinkSync(target, link);
    const { stdout } = spawnSync(link, ['--version'], { encoding: 'utf8', timeout: 10_000 });
    if (/server v=/.test(stdout)) return link;
    rmSync(link);
  }
  return undefined;
}

/** @param {NodeJS.ProcessEnv} env */
function foldersOf(env) {
  return (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
}

/** @param {string} root */
function binFolder(root) {
  return join(root, 'node_modules', '.bin');
}

/** @param {string[]} files */
function firstExecutable(files) {
  return files.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
