// `node scripts/setup.js start|dev|build|unit|e2e|test`: the scripts of package.json call it first, so a fresh clone needs
// no other command. They call it themselves because not every package manager runs pre* scripts. It changes nothing that
// is in order, and then takes less than a tenth of a second.
//
// It is plain Node, because it runs before packages are installed. An old Node must be able to parse it, to report that it
// is too old: no syntax newer than Node 14, no top-level await, and no named import that Node 14 lacks.
import { spawn } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import util from 'node:util';

const MODES = ['start', 'dev', 'build', 'unit', 'e2e', 'test'];
const LOCK_FILES = { npm: 'package-lock.json', pnpm: 'pnpm-lock.yaml', yarn: 'yarn.lock', bun: 'bun.lock' };
/** Notes of the set-up: what the modules and dist/ were made from, and how the tests start Chromium. */
const INSTALLED_FROM = 'node_modules/.cache/installed-from';
const BUILT_FROM = 'dist/.built-from';
const CHROMIUM = 'node_modules/.cache/chromium.json';

const COMPILER = 'node_modules/typescript/bin/tsc';
const PLAYWRIGHT = 'node_modules/playwright/cli.js';

const { env, platform, execPath } = process;
const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const at = (/** @type {string} */ file) => path.resolve(root, file);
const has = (/** @type {string} */ file) => fs.existsSync(at(file));
const read = (/** @type {string} */ file) =>
  file && has(file) ? fs.readFileSync(at(file), 'utf8') : undefined;
const parse = (/** @type {string} */ file) => JSON.parse(read(file) || '{}');
const say = (/** @type {string} */ line) => console.error(`setup: ${line}`);
const hash = (/** @type {unknown} */ content) =>
  crypto.createHash('sha256').update(JSON.stringify(content)).digest('hex');
const manifest = parse('package.json');

const envProblem = () => (has('.env') ? undefined : 'it does not exist yet; it gets a fresh key');
const isSource = (/** @type {string} */ name) =>
  /(?<!\.test)\.(ts|json)$/.test(name) && !/(^|[\\/])testing[\\/]/.test(name);

/** Something that a person has to correct. The message says what and how, so no stack is shown with it. */
class Problem extends Error {}

main(process.argv[2] || '').catch((error) => {
  if (!(error instanceof Problem) && !('syscall' in error)) throw error;
  say(error.message);
  process.exitCode = 1;
});

/** @param {string} mode */
async function main(mode) {
  const { node } = manifest.engines;
  const [oldest = ''] = /\d+(\.\d+)*/.exec(node) || [];
  const isOld = process.versions.node.localeCompare(oldest, 'en', { numeric: true }) < 0;
  if (isOld) throw new Problem(`Node ${node} is needed, this is ${process.version}: see https://nodejs.org`);
  if (!MODES.includes(mode)) throw new Problem(`Unknown mode '${mode}': use one of ${MODES.join(', ')}`);

  const inFile = util.parseEnv((read('.env') || '').replace(/^\uFEFF/, ''));
  const isProduction = ((env['NODE_ENV'] || '').trim() || inFile['NODE_ENV']) === 'production';
  // In production the operator decides on packages and keys. Tests need both wherever they run.
  const dev = !(isProduction && mode === 'start');
  // `problem` says cheaply why the step is needed, if it is.
  /** @type {{ title: string; problem: (dev: boolean) => string | undefined; solve: (dev: boolean) => unknown }[]} */
  const steps = [{ title: 'Installing the dependencies', problem: modulesProblem, solve: installModules }];
  if (dev && mode !== 'build') steps.push({ title: 'Writing .env', problem: envProblem, solve: writeEnv });
  if (mode === 'start' || mode === 'build')
    steps.push({ title: 'Building', problem: distProblem, solve: build });
  if (mode === 'e2e' || mode === 'test')
    steps.push({ title: 'Looking for Chromium', problem: chromiumProblem, solve: provideChromium });
  if (steps.every(({ problem }) => problem(dev) === undefined)) {
    // After an explicit `npm run build`, silence would be unclear.
    if (mode === 'build') say('dist/ is up to date');
    return;
  }
  await lockFolder();
  for (const { title, problem, solve } of steps) {
    const found = problem(dev);
    if (found) say(`${title}: ${found}`);
    if (found) await solve(dev);
  }
}

/** Waits until no other set-up works in this folder, then keeps others out until this process ends. */
async function lockFolder() {
  const lock = at('.setup-lock');
  let [seen, unchanged] = [0, 0];
  // Creating a directory is atomic on every file system, including mounts of networks and containers. With `recursive` it
  // would fail when another process removes the directory at the same moment.
  const isTaken = () => fs.promises.mkdir(lock).catch((e) => e.code === 'EEXIST' || Promise.reject(e));
  while (await isTaken()) {
    if (seen === 0) say(`Waiting for another set-up of this folder to end (${lock})`);
    const { mtimeMs } = fs.statSync(lock, { throwIfNoEntry: false }) || { mtimeMs: -1 };
    unchanged = mtimeMs === seen ? unchanged + 1 : 0;
    seen = mtimeMs;
    // The owner touches it every second: 20 s without that mean that it was killed.
    if (unchanged > 100) fs.rmSync(lock, { recursive: true, force: true });
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  setInterval(() => fs.utimes(lock, new Date(), new Date(), () => {}), 1000).unref();
  process.on('exit', () => fs.rmSync(lock, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));
}

/** The one that package.json names; or that of a lock file, preferably the caller; or the caller; or npm. */
function packageManager() {
  // For example 'pnpm/10.0.0 npm/? node/v20.20.2 linux x64'.
  const [caller = '', version = ''] = (env['npm_config_user_agent'] || '').split(/[/ ]/);
  const [named] = (manifest.packageManager || '').split('@');
  const locked = Object.entries(LOCK_FILES).filter(([name, file]) => has(file) && (!named || name === named));
  const [wanted, lockFile] = locked.find(([name]) => name === caller) || locked[0] || [named || caller, ''];
  const name = wanted in LOCK_FILES ? wanted : 'npm';
  const isYarn1 = caller === 'yarn' ? version.startsWith('1.') : !has('.yarnrc.yml');
  return { name, lockFile, isYarn1: name === 'yarn' && isYarn1 };
}

/** @param {boolean} dev whether with the development dependencies */
function modulesProblem(dev) {
  const from = read(INSTALLED_FROM);
  // Development dependencies do no harm in production.
  if (from && (from === installedFrom(dev) || (!dev && from === installedFrom(true)))) return undefined;
  if (from) return 'what they were installed from has changed';
  // They may have been installed by hand, as in an image without a network and a package manager.
  const names = Object.keys(manifest.dependencies || {});
  const hasAll = isFinished() && names.every((name) => has(`node_modules/${name}/package.json`));
  return from === undefined && hasAll && !dev ? undefined : 'node_modules is missing or may be incomplete';
}

/** @param {boolean} dev */
function installedFrom(dev) {
  const { dependencies, devDependencies, optionalDependencies } = manifest;
  const named = [dependencies, devDependencies, optionalDependencies];
  return hash([platform, process.arch, dev, named, read(packageManager().lockFile), isFinished()]);
}

/** False after an interrupted `npm install`: npm writes this file last. */
function isFinished() {
  return packageManager().lockFile !== LOCK_FILES.npm || has('node_modules/.package-lock.json');
}

/**
 * Installs what the lock file says, or else package.json, and asks no question. All arguments are explicit, so personal
 * settings do not matter.
 *
 * @param {boolean} dev
 */
async function installModules(dev) {
  const { name, lockFile, isYarn1 } = packageManager();
  const frozen = lockFile ? '--frozen-lockfile' : '';
  // After an earlier complete installation npm only updates; in CI the lock file must be complete.
  const isUpdate = lockFile && isFinished() && read(INSTALLED_FROM) !== '' && !env['CI'];
  const npm = lockFile && !isUpdate ? 'ci' : 'install';
  /** @type {Record<string, string>} */
  const commands = {
    npm: `${npm} ${isUpdate ? '--no-save' : ''} ${dev ? '--include=dev' : '--omit=dev'} --no-audit --no-fund`,
    // Otherwise pnpm asks before it removes modules that another manager installed.
    pnpm: `install ${frozen} --prod=${!dev} --config.confirmModulesPurge=false`,
    yarn: dev ? `install ${lockFile ? '--immutable' : '--no-immutable'}` : 'workspaces focus --production',
    yarn1: `install ${frozen} --production=${!dev} --non-interactive`,
    bun: `install ${frozen} ${dev ? '' : '--production'}`,
  };
  const args = (commands[isYarn1 ? 'yarn1' : name] || '').split(' ').filter(Boolean);
  // If this is interrupted, the next set-up repeats it.
  write(INSTALLED_FROM, '');
  const failure = await attempt(name, ...args);
  if (failure) {
    const reason = lockFile ? `, since ${lockFile} exists` : '';
    throw new Problem(`${failure}. ${name} is needed${reason}: install it and run this again.`);
  }
  write(INSTALLED_FROM, installedFrom(dev));
}

/** Copies `.env.example` to `.env`, with a key of 256 bits. An existing `.env` is never overwritten. */
function writeEnv() {
  const example = read('.env.example') || '';
  const line = /^SESSION_KEYS=.*$/m;
  if (!line.test(example)) throw new Problem('.env.example has no line SESSION_KEYS=…: restore it');
  const content = example.replace(line, `SESSION_KEYS=${crypto.randomBytes(32).toString('base64url')}`);
  fs.writeFileSync(at('.env'), content, { flag: 'wx', mode: 0o600 });
}

// From here on the packages are installed: the compiler and Playwright do the work.

function distProblem() {
  const isBuilt = has('dist/server.js');
  const canBuild = has(COMPILER);
  if (!isBuilt && !canBuild) throw new Problem('dist/ is missing. Run: npm run build');
  if (!isBuilt) return 'dist/ is missing';
  // Without a compiler, as in production, the shipped dist/ runs.
  return !canBuild || read(BUILT_FROM) === builtFrom() ? undefined : 'the sources have changed';
}

/** From contents, not dates: git, archives and container builds change dates. */
function builtFrom() {
  const names = fs.readdirSync(at('src'), { recursive: true, encoding: 'utf8' });
  const files = names.filter(isSource).map((name) => path.join('src', name));
  return hash([...files, 'tsconfig.json', packageManager().lockFile].map((file) => [file, read(file)]));
}

/** Empties dist/ first, so that no removed file stays. */
async function build() {
  const from = builtFrom();
  fs.rmSync(at('dist'), { recursive: true, force: true });
  const failure = await attempt(execPath, COMPILER, '-p', 'src/tsconfig.build.json');
  if (failure) throw new Problem(failure);
  write(BUILT_FROM, from);
}

function chromiumProblem() {
  const { choice, file } = parse(CHROMIUM);
  if (choice !== chromiumChoice()) return 'it is not known yet which one starts';
  return fs.existsSync(file) ? undefined : `${file} is gone`;
}

/** What the choice of Chromium depends on. */
function chromiumChoice() {
  const { version } = parse('node_modules/playwright/package.json');
  return [version, env['CHROMIUM_PATH'], env['PLAYWRIGHT_BROWSERS_PATH']].join(' ');
}

/** Uses the first Chromium that starts: CHROMIUM_PATH's; or Playwright's own, downloaded if needed; or the system's. */
async function provideChromium() {
  const { chromium } = await import('playwright');
  let defect = '';
  const starts = async (/** @type {string} */ chosen = '', shell = chosen) => {
    const full = chosen ? { executablePath: chosen } : { channel: 'chromium' };
    const launch = shell ? { executablePath: shell } : {};
    try {
      for (const options of [launch, full]) await (await chromium.launch(options)).close();
      const file = chosen || chromium.executablePath();
      write(CHROMIUM, JSON.stringify({ choice: chromiumChoice(), file, full, launch }));
      say(`The end-to-end tests use ${file}`);
      return true;
    } catch (error) {
      defect = String(error).split('\n', 1).join();
      return false;
    }
  };
  const chosen = env['CHROMIUM_PATH'];
  if (await starts(chosen)) return;
  if (chosen) throw new Problem(`CHROMIUM_PATH is '${chosen}': correct it or unset it. ${defect}`);

  const isRoot = process.getuid && process.getuid() === 0;
  const canInstall =
    platform === 'linux' && (isRoot || !(await attempt('sh', '-c', 'sudo -n true 2> /dev/null')));
  // Ubuntu's package only says that a snap should be installed.
  const isDebian = /^ID=debian$/m.test(read('/etc/os-release') || '');
  const install = [execPath, PLAYWRIGHT, 'install', 'chromium'];
  const apt = ['sh', '-c', 'apt-get update && apt-get install -y --no-install-recommends chromium'];
  const commands = [install, ...(isRoot && isDebian ? [apt] : [])];
  if (canInstall) commands.unshift([...install, '--with-deps']);
  const folders = (env['PATH'] || '').split(path.delimiter);
  const onPath = (/** @type {string} */ name) => folders.map((folder) => path.join(folder, name)).filter(has);
  for (const command of commands) {
    const failure = await attempt(...command);
    if (await starts()) return;
    say(failure || defect);
    const [shell] = onPath('chromium-headless-shell');
    const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'];
    for (const file of names.flatMap(onPath)) if (await starts(file, shell)) return;
  }
  throw new Problem(`There is no Chromium for the end-to-end tests, and installing one failed. Do one of these:
  - npx playwright install ${platform === 'linux' ? '--with-deps ' : ''}chromium
  - install Chromium, Chrome or Edge${isDebian ? ': sudo apt-get install chromium' : ''}
  - set CHROMIUM_PATH to the executable of a Chromium elsewhere`);
}

/** Runs a command where its output can be seen. @returns {Promise<string>} what went wrong, or '' */
function attempt(program = '', /** @type {string[]} */ ...args) {
  const shown = [program === execPath ? 'node' : program, ...args].join(' ');
  const child = spawn(program, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { DEBIAN_FRONTEND: 'noninteractive', PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: '10000', ...env },
    // A package manager on Windows is a batch file, which only a shell can run.
    shell: platform === 'win32' && /^\w+$/.test(program),
  });
  process.on('exit', () => child.kill());
  // A browser takes minutes over a slow connection; a dead connection must end some time.
  setTimeout(() => child.kill(), 15 * 60_000).unref();
  return new Promise((resolve) => {
    child.on('error', ({ message }) => resolve(`Cannot run ${shown}: ${message}`));
    child.on('exit', (code, signal) => resolve(code === 0 ? '' : `Failed (${signal || code}): ${shown}`));
  });
}

/** Writes a whole file or none. */
function write(/** @type {string} */ file, /** @type {string} */ content) {
  fs.mkdirSync(path.dirname(at(file)), { recursive: true });
  fs.writeFileSync(at(`${file}.new`), content);
  fs.renameSync(at(`${file}.new`), at(file));
}
