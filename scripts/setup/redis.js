import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { aptInstall, filesIn, installIfMissing, pathFolders, thisMachine } from './install.js';

/**
 * The programs of the server, the best first. Debian's packages of these names also start it as a service with the system.
 * The packages of the tools start nothing, and contain the server as `namesake`: it is one program, which acts as the name
 * by which it is called. Debian's redis-server is a link to redis-check-rdb.
 */
const SERVERS = [
  { program: 'redis-server', namesake: 'redis-check-rdb', tools: 'redis-tools' },
  { program: 'valkey-server', namesake: 'valkey-check-rdb', tools: 'valkey-tools' },
];

/**
 * Finds or installs a Redis server. A person can go on without one and test the rest.
 *
 * @throws {import('./setup-error.js').SetupError} if it is still missing and CI is set
 */
export function provideRedisServer(machine = thisMachine) {
  const bin = join(machine.root, 'node_modules', '.bin');
  const names = SERVERS.map(({ program }) => program);
  // The tests look in both.
  const isMissing = () => filesIn(names, [...pathFolders(machine.env), bin]).length === 0;
  if (!isMissing()) return;
  const install = 'install redis-server or valkey-server (Debian: sudo apt-get install redis-server)';
  installIfMissing(machine, {
    name: 'a Redis server',
    commands: () => SERVERS.flatMap(({ tools }) => aptInstall(machine, [tools])),
    missing: () => isMissing() && !linkServer(bin, machine.env),
    error: `There is no Redis server for the tests of RedisStore, and with CI set they have to run: ${install}`,
    note: `Without a Redis server the tests of RedisStore will be reported as not run. To run them: ${install}`,
  });
}

/**
 * Links a program that is a server under another name. The link is in node_modules/.bin, so nothing outside the project
 * changes.
 *
 * @param {string} bin
 * @param {NodeJS.ProcessEnv} env
 */
function linkServer(bin, env) {
  for (const { program, namesake } of SERVERS) {
    const [target] = filesIn([namesake], pathFolders(env));
    if (target === undefined) continue;
    const link = join(bin, program);
    mkdirSync(dirname(link), { recursive: true });
    rmSync(link, { force: true });
    symlinkSync(target, link);
    const { stdout } = spawnSync(link, ['--version'], { encoding: 'utf8', timeout: 10_000 });
    if (/server v=/.test(stdout)) return true;
    rmSync(link);
  }
  return false;
}
