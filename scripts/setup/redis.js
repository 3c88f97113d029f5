import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { aptInstall, filesIn, installIfMissing, pathFolders, thisMachine } from './install.js';

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

/**
 * Finds or installs a Redis server. Without one a person goes on: all the rest can be tested.
 *
 * @throws {import('./setup-error.js').SetupError} if there is none in the end and CI is set
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
 * Makes a server of a program that is one but for its name. The link goes to node_modules/.bin, so that nothing outside
 * of the project changes.
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
