import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transformSync } from 'esbuild';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

// The set-up runs as it does in a clone, in a separate project. All programs that it starts are replaced: they note how
// they were called, and do only what matters here.

const SETUP = join(import.meta.dirname, 'setup.js');

/** Acts as the program by whose name it is called. */
const PROGRAM = `#!${process.execPath}
const fs = require('node:fs');
const { basename } = require('node:path');
const [, file, ...args] = process.argv;
const name = basename(file);
fs.appendFileSync('commands', [name, ...args].join(' ') + '\\n');
const plan = JSON.parse(process.env.PLAN ?? '{}');
if (plan.hangs === name) {
  fs.writeFileSync('hanging', '');
  setInterval(() => {}, 1000);
} else if (plan.fails?.includes(name)) {
  process.exitCode = 1;
} else if (name === 'apt-get') {
  if (args[0] === 'install') fs.writeFileSync(plan.bin + '/chromium', 'starts');
} else if (name !== 'sudo') {
  const production = /--omit=dev|--prod=true|--production(=true)?$/.test(args.join(' '));
  fs.rmSync('node_modules/typescript', { recursive: true, force: true });
  for (const one of production ? ['lib'] : ['lib', 'typescript', 'playwright']) {
    fs.cpSync('packages/' + one, 'node_modules/' + one, { recursive: true });
  }
  if (name === 'npm') fs.writeFileSync('node_modules/.package-lock.json', '{}');
}
`;

const COMPILER = `
import fs from 'node:fs';
fs.mkdirSync('dist');
fs.appendFileSync('builds', '.');
const source = fs.readFileSync('src/server.ts', 'utf8');
fs.writeFileSync('dist/server.js', source);
process.exitCode = source === 'wrong' ? 2 : 0;
`;

/** A browser is a file that says 'starts'. */
const PLAYWRIGHT = `
const fs = require('node:fs');
const own = process.cwd() + '/own-chromium';
exports.chromium = {
  executablePath: () => own,
  launch: async ({ executablePath = own }) => {
    if (!fs.existsSync(executablePath)) throw new Error('There is no ' + executablePath);
    if (fs.readFileSync(executablePath, 'utf8') !== 'starts') throw new Error('libnss3.so is missing\\nA trace');
    return { close: async () => {} };
  },
};
`;

const PLAYWRIGHT_CLI = `
const fs = require('node:fs');
const args = process.argv.slice(2).join(' ');
fs.appendFileSync('commands', 'playwright ' + args + '\\n');
const plan = JSON.parse(process.env.PLAN ?? '{}');
if (plan.download === undefined || !args.endsWith(plan.download)) process.exit(1);
fs.writeFileSync('own-chromium', plan.downloaded ?? 'starts');
`;

/** Makes the process believe that it runs on another machine. */
const ELSEWHERE = `
import fs from 'node:fs';
const { isRoot = false, os = 'fedora', isHasty } = JSON.parse(process.env.PLAN ?? '{}');
process.getuid = () => (isRoot ? 0 : 1000);
Object.defineProperty(process, 'platform', { value: 'linux' });
const { readFileSync, existsSync } = fs;
fs.existsSync = (file) => file === '/etc/os-release' || existsSync(file);
fs.readFileSync = (file, ...rest) => (file === '/etc/os-release' ? 'ID=' + os + '\\n' : readFileSync(file, ...rest));
const { setTimeout: wait, setInterval: repeat } = globalThis;
if (isHasty) {
  globalThis.setTimeout = (callback, ms) => wait(callback, ms / 10);
  globalThis.setInterval = (callback, ms) => repeat(callback, ms / 200);
}
`;

interface Plan {
  /** The arguments with which Playwright downloads: with others it fails. */
  download?: string;
  /** What it downloads. @default 'starts' */
  downloaded?: string;
  fails?: string[];
  hangs?: string;
  isRoot?: boolean;
  os?: string;
  /** Whether it waits a tenth of the time for others, and touches its lock even more often. */
  isHasty?: boolean;
}

let root: string;
let bin: string;
const at = (...path: string[]) => join(root, ...path);
const text = (file: string) => readFileSync(at(file), 'utf8');
const write = (file: string, content: unknown) => {
  mkdirSync(join(at(file), '..'), { recursive: true });
  writeFileSync(at(file), typeof content === 'string' ? content : JSON.stringify(content));
};
const commands = () => (existsSync(at('commands')) ? text('commands').trim().split('\n') : []);

/** What the set-up notes about Chromium for the tests. */
const noted = () => JSON.parse(text('node_modules/.cache/chromium.json')) as Record<string, unknown>;
const addBrowser = (name: string, content = 'starts') => {
  writeFileSync(join(bin, name), content);
  return join(bin, name);
};

const manifest = {
  name: 'project',
  type: 'module',
  engines: { node: '>=20.19' },
  dependencies: { lib: '1.0.0' },
  devDependencies: { typescript: '1.0.0' },
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'setup-'));
  bin = mkdtempSync(join(tmpdir(), 'setup-bin-'));
  writeFileSync(join(bin, 'program'), PROGRAM, { mode: 0o755 });
  for (const name of ['npm', 'pnpm', 'yarn', 'bun', 'apt-get', 'sudo'])
    symlinkSync('program', join(bin, name));
  symlinkSync('/bin/sh', join(bin, 'sh'));
  writeFileSync(join(bin, 'elsewhere.mjs'), ELSEWHERE);
  mkdirSync(at('scripts'));
  cpSync(SETUP, at('scripts/setup.js'));
  write('package.json', manifest);
  write('package-lock.json', { lockfileVersion: 3 });
  write('tsconfig.json', {});
  write('.env.example', '# comment\nSESSION_KEYS=replace-me\nLOG_LEVEL=info\n');
  write('src/server.ts', 'one');
  write('packages/lib/package.json', {});
  write('packages/typescript/package.json', { type: 'module' });
  write('packages/typescript/bin/tsc', COMPILER);
  write('packages/playwright/package.json', { version: '1.0.0' });
  write('packages/playwright/index.js', PLAYWRIGHT);
  write('packages/playwright/cli.js', PLAYWRIGHT_CLI);
});
afterEach(() => {
  rmSync(root, { recursive: true });
  rmSync(bin, { recursive: true });
});

function start(mode: string, env: NodeJS.ProcessEnv = {}, plan: Plan = {}) {
  const child = spawn(process.execPath, [at('scripts/setup.js'), mode], {
    cwd: root,
    env: {
      PATH: bin,
      NODE_OPTIONS: `--import ${pathToFileURL(join(bin, 'elsewhere.mjs')).href}`,
      PLAN: JSON.stringify({ bin, ...plan }),
      ...env,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const done = once(child, 'close').then(([code]: unknown[]) => ({ code, stderr }));
  return { child, done };
}

/** Runs the set-up; `said` has the lines that it wrote itself. */
async function setup(mode: string, env: NodeJS.ProcessEnv = {}, plan: Plan = {}) {
  const { code, stderr } = await start(mode, env, plan).done;
  const said = stderr.split('\n').filter((line) => line.startsWith('setup: '));
  return { code, said: said.map((line) => line.slice('setup: '.length)), stderr };
}

const NOTHING = { code: 0, said: [], stderr: '' };
const production = { NODE_ENV: 'production' };

describe('setup.js', { timeout: 120_000 }, () => {
  it('makes a fresh clone ready to start, and then does nothing', async () => {
    expect(await setup('start')).toMatchObject({
      code: 0,
      said: [
        'Installing the dependencies: node_modules is missing or may be incomplete',
        'Writing .env: it does not exist yet; it gets a fresh key',
        'Building: dist/ is missing',
      ],
    });
    expect(text('dist/server.js')).toBe('one');
    const env = text('.env');
    expect(env).toMatch(/^# comment\nSESSION_KEYS=[\w-]{43}\nLOG_LEVEL=info\n$/);
    expect(statSync(at('.env')).mode & 0o777).toBe(0o600);
    expect(await setup('start')).toEqual(NOTHING);
    expect(text('.env')).toBe(env);
    expect(readdirSync(root)).not.toContain('.setup-lock');
    rmSync(at('.env'));
    await setup('dev');
    expect(text('.env')).not.toBe(env);
  });

  it('builds again into an empty dist/ when a source has changed or is gone, but not for a test', async () => {
    expect((await setup('build')).said.at(-1)).toBe('Building: dist/ is missing');
    expect((await setup('build')).said).toEqual(['dist/ is up to date']);
    write('dist/removed.js', '');
    write('src/server.test.ts', 'a test');
    write('src/testing/help.ts', 'of tests');
    expect((await setup('build')).said).toEqual(['dist/ is up to date']);
    write('src/server.ts', 'two');
    utimesSync(at('src/server.ts'), 0, 0);
    expect((await setup('build')).said).toEqual(['Building: the sources have changed']);
    expect(text('dist/server.js')).toBe('two');
    expect(existsSync(at('dist/removed.js'))).toBe(false);
    rmSync(at('dist'), { recursive: true });
    expect((await setup('build')).said).toEqual(['Building: dist/ is missing']);
    expect(existsSync(at('.env'))).toBe(false);
  });

  it('fails when the build fails, and builds again the next time', async () => {
    write('src/server.ts', 'wrong');
    const failed = await setup('start');
    expect(failed.code).toBe(1);
    expect(failed.said.at(-1)).toContain('Failed (2): node node_modules/typescript/bin/tsc');
    expect((await setup('start')).code).toBe(1);
    write('src/server.ts', 'right');
    expect((await setup('start')).code).toBe(0);
  });

  it('installs no dev dependencies and writes no key in production', async () => {
    const bare = await setup('start', production);
    expect(bare.code).toBe(1);
    expect(bare.said.at(-1)).toContain('npm run build');
    expect(readdirSync(at('node_modules'))).not.toContain('typescript');
    expect(existsSync(at('.env'))).toBe(false);

    write('dist/server.js', 'built elsewhere');
    expect(await setup('start', production)).toEqual(NOTHING);
    write('.env', '\uFEFFNODE_ENV=production\n');
    expect(await setup('start')).toEqual(NOTHING);
    expect(text('dist/server.js')).toBe('built elsewhere');

    // Tests need both. What is there then does production no harm.
    expect((await setup('dev')).said).toEqual([
      'Installing the dependencies: what they were installed from has changed',
    ]);
    expect(commands().at(-1)).toContain('--include=dev');
    expect((await setup('start')).said).toEqual(['Building: the sources have changed']);
  });

  it('accepts in production what was installed by hand', async () => {
    write('node_modules/lib/package.json', {});
    write('node_modules/.package-lock.json', {});
    write('dist/server.js', 'built elsewhere');
    expect(await setup('start', production)).toEqual(NOTHING);
    rmSync(at('node_modules/.package-lock.json'));
    expect((await setup('start', production)).said).toHaveLength(1);
  });

  it.each([
    ['satrt', {}, "Unknown mode 'satrt': use one of start, dev, build, unit, e2e, test"],
    [
      'dev',
      { 'package.json': { ...manifest, engines: { node: '>=99.1' } } },
      `Node >=99.1 is needed, this is ${process.version}`,
    ],
    ['dev', { '.env/file': '' }, 'EISDIR'],
    ['dev', { '.env.example': '# SESSION_KEYS=x\n' }, '.env.example has no line SESSION_KEYS='],
  ])('says in one line what is wrong with %s: %j', async (mode, files, line) => {
    for (const [file, content] of Object.entries(files)) write(file, content);
    const { code, said, stderr } = await setup(mode);
    expect(code).toBe(1);
    expect(said.at(-1)).toContain(line);
    expect(stderr.trim().split('\n')).toHaveLength(said.length);
    expect(existsSync(at('.env')) && statSync(at('.env')).isFile()).toBe(false);
  });

  it('compares the running version with the first one that package.json names, part by part', async () => {
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
    const accepted = [
      `>=${major}`,
      `>=${major}.${minor}`,
      `^${major} || >=${major + 2}`,
      `>=${major - 1}.${minor + 99}`,
    ];
    for (const node of [...accepted, `>=${major}.${minor + 1}`, `>= ${major + 1}`]) {
      write('package.json', { ...manifest, engines: { node } });
      expect({ node, code: (await setup('dev')).code }).toEqual({
        node,
        code: accepted.includes(node) ? 0 : 1,
      });
    }
  });

  it('is a file that an old Node can parse', () => {
    const source = readFileSync(SETUP, 'utf8');
    const lowered = transformSync(source, { target: 'node14' }).code;
    expect(lowered).toBe(transformSync(source, { target: 'esnext' }).code);
    expect(source).not.toMatch(/^await |^import \{(?! spawn \}| fileURLToPath \})/m);
  });
});

describe('two set-ups at the same moment', { timeout: 120_000 }, () => {
  it('install and build once', async () => {
    const both = await Promise.all([setup('start'), setup('start')]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(both.flatMap(({ said }) => said).filter((line) => line.startsWith('Installing'))).toHaveLength(1);
    expect(commands()).toHaveLength(1);
    expect(text('builds')).toBe('.');
  });

  it('take turns: one waits, says so once, and goes on when the other has ended', async () => {
    mkdirSync(at('.setup-lock'));
    const { child, done } = start('dev');
    await once(child.stderr, 'data');
    expect(commands()).toEqual([]);
    rmSync(at('.setup-lock'), { recursive: true });
    const { code, stderr } = await done;
    expect(code).toBe(0);
    expect(stderr.match(/Waiting for another set-up/g)).toHaveLength(1);
  });

  it('wait only for a while for one that was killed, and then one alone takes its place', async () => {
    mkdirSync(at('.setup-lock'));
    const three = [1, 2, 3].map(() => setup('start', {}, { isHasty: true }));
    expect((await Promise.all(three)).map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(commands()).toHaveLength(1);
    expect(text('builds')).toBe('.');
  });

  it('see the lock touched for as long as one works', async () => {
    // The compiler ends once somebody has touched the lock.
    write(
      'packages/typescript/bin/tsc',
      `import fs from 'node:fs';
      fs.utimesSync('.setup-lock', 0, 0);
      const timer = setInterval(() => {
        if (fs.statSync('.setup-lock').mtimeMs === 0) return;
        clearInterval(timer);
        fs.mkdirSync('dist');
        fs.writeFileSync('dist/server.js', '');
      }, 50);`,
    );
    expect((await setup('start')).code).toBe(0);
  });

  it('leave no lock when one is stopped, and repeat what it did not finish', async () => {
    const { child, done } = start('dev', {}, { hangs: 'npm' });
    while (!existsSync(at('hanging'))) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGTERM');
    expect((await done).code).toBe(1);
    expect(readdirSync(root)).not.toContain('.setup-lock');
    write('node_modules/.package-lock.json', '{}');
    expect((await setup('dev')).said[0]).toContain('Installing');
    expect(commands().at(-1)).toMatch(/^npm ci /);
  });
});

describe('the dependencies', { timeout: 120_000 }, () => {
  const CHANGED = 'Installing the dependencies: what they were installed from has changed';

  it('are installed again when the lock file, package.json or npm has changed them', async () => {
    await setup('dev');
    write('package.json', { ...manifest, description: 'A project' });
    expect((await setup('dev')).said).toEqual([]);
    write('package-lock.json', { lockfileVersion: 4 });
    expect((await setup('dev')).said).toEqual([CHANGED]);
    write('package.json', { ...manifest, dependencies: { lib: '*', koa: '^3' } });
    expect((await setup('dev')).said).toEqual([CHANGED]);
    // npm was interrupted.
    rmSync(at('node_modules/.package-lock.json'));
    expect((await setup('dev')).said).toEqual([CHANGED]);
    expect(await setup('dev')).toEqual(NOTHING);
    rmSync(at('node_modules'), { recursive: true });
    expect((await setup('dev')).said[0]).toContain('node_modules is missing');
    expect(commands().map((line) => line.split(' --i')[0])).toEqual([
      'npm ci',
      'npm install --no-save',
      'npm install --no-save',
      'npm ci',
      'npm ci',
    ]);
    write('package-lock.json', { lockfileVersion: 5 });
    await setup('dev', { CI: 'true' });
    expect(commands().at(-1)).toMatch(/^npm ci /);
  });

  const NPM = '--include=dev --no-audit --no-fund';
  const PNPM = '--config.confirmModulesPurge=false';
  const yarn1 = 'yarn/1.22.22';
  const yarn4 = 'yarn/4.9.1';

  it.each([
    // The lock file, who calls, and for production or not.
    ['package-lock.json', '', 'dev', `npm ci ${NPM}`],
    ['package-lock.json', 'pnpm/10.0.0', 'dev', `npm ci ${NPM}`],
    ['package-lock.json', '', 'start', 'npm ci --omit=dev --no-audit --no-fund'],
    ['', '', 'dev', `npm install ${NPM}`],
    ['', 'another/1.0.0', 'dev', `npm install ${NPM}`],
    ['pnpm-lock.yaml', 'npm/11.0.0', 'dev', `pnpm install --frozen-lockfile --prod=false ${PNPM}`],
    ['pnpm-lock.yaml', '', 'start', `pnpm install --frozen-lockfile --prod=true ${PNPM}`],
    ['', 'pnpm/10.0.0', 'dev', `pnpm install --prod=false ${PNPM}`],
    ['yarn.lock', '', 'dev', 'yarn install --frozen-lockfile --production=false --non-interactive'],
    ['yarn.lock', yarn1, 'start', 'yarn install --frozen-lockfile --production=true --non-interactive'],
    ['', yarn1, 'dev', 'yarn install --production=false --non-interactive'],
    ['yarn.lock', yarn4, 'dev', 'yarn install --immutable'],
    ['yarn.lock .yarnrc.yml', 'npm/11.0.0', 'dev', 'yarn install --immutable'],
    ['yarn.lock', yarn4, 'start', 'yarn workspaces focus --production'],
    ['', yarn4, 'dev', 'yarn install --no-immutable'],
    ['bun.lock', '', 'dev', 'bun install --frozen-lockfile'],
    ['bun.lock', '', 'start', 'bun install --frozen-lockfile --production'],
    ['', 'bun/1.4.5', 'dev', 'bun install'],
    ['package-lock.json yarn.lock', yarn4, 'dev', 'yarn install --immutable'],
    ['package-lock.json yarn.lock', 'bun/1.4.5', 'dev', `npm ci ${NPM}`],
    ['packageManager: pnpm@10.0.0', yarn4, 'dev', `pnpm install --prod=false ${PNPM}`],
    ['packageManager: yarn@4.9.1 package-lock.json', yarn4, 'dev', 'yarn install --no-immutable'],
  ])('are installed as %j and the caller %j say, to %s: %s', async (files, agent, mode, command) => {
    rmSync(at('package-lock.json'));
    const [, packageManager] = /packageManager: (\S+)/.exec(files) ?? [];
    write('package.json', { ...manifest, ...(packageManager && { packageManager }) });
    for (const file of files
      .replace(/packageManager: \S+/, '')
      .split(' ')
      .filter(Boolean))
      write(file, '');
    write('dist/server.js', '');
    const env = {
      npm_config_user_agent: `${agent} npm/? node/v20.20.2 linux x64`,
      ...(mode === 'start' && production),
    };
    expect((await setup(mode, env)).said.slice(0, 1)).toEqual([expect.stringContaining('Installing')]);
    expect(commands()).toEqual([command]);
    expect(await setup(mode, env)).toEqual(NOTHING);
  });

  it('fail in one line each time while their package manager is missing', async () => {
    rmSync(at('package-lock.json'));
    write('pnpm-lock.yaml', '');
    rmSync(join(bin, 'pnpm'));
    for (const _ of [1, 2]) {
      const { code, said } = await setup('dev');
      expect(code).toBe(1);
      expect(said[1]).toMatch(
        /^Cannot run pnpm .* pnpm is needed, since pnpm-lock.yaml exists: .*run this again\.$/,
      );
    }
  });

  it('are installed again after a failure', async () => {
    expect((await setup('dev', {}, { fails: ['npm'] })).said.at(-1)).toMatch(/^Failed \(1\): npm ci/);
    expect((await setup('dev')).code).toBe(0);
  });
});

describe('Chromium', { timeout: 120_000 }, () => {
  const WITH_DEPS = 'playwright install chromium --with-deps';
  const PLAIN = 'playwright install chromium';
  beforeEach(async () => {
    await setup('dev');
    rmSync(at('commands'));
    rmSync(join(bin, 'sudo'));
  });

  it("is Playwright's own if that starts, and is looked for once", async () => {
    addBrowser('chromium');
    write('own-chromium', 'starts');
    const first = await setup('e2e');
    expect(first.said).toEqual([
      'Looking for Chromium: it is not known yet which one starts',
      `The end-to-end tests use ${at('own-chromium')}`,
    ]);
    expect(noted()).toMatchObject({ launch: {}, full: { channel: 'chromium' } });
    expect(await setup('e2e')).toEqual(NOTHING);
    expect(await setup('test')).toEqual(NOTHING);

    rmSync(at('own-chromium'));
    expect((await setup('test', {}, { download: 'chromium' })).said[0]).toContain('own-chromium is gone');
    write('node_modules/playwright/package.json', { version: '2.0.0' });
    expect((await setup('test')).said).toHaveLength(2);
    expect((await setup('test', { PLAYWRIGHT_BROWSERS_PATH: '/opt' })).said).toHaveLength(2);
    expect(commands()).toEqual([PLAIN]);
  });

  it.each<[string, Plan, string[]]>([
    ['with its libraries by root', { isRoot: true, download: '--with-deps' }, [WITH_DEPS]],
    ['alone without root and sudo', { download: 'chromium' }, [PLAIN]],
    [
      'alone where the libraries cannot be installed',
      { isRoot: true, download: 'chromium' },
      [WITH_DEPS, PLAIN],
    ],
  ])('is downloaded, %s', async (_, plan, expected) => {
    expect((await setup('e2e', {}, plan)).code).toBe(0);
    expect(commands()).toEqual(expected);
    expect(noted()).toMatchObject({ file: at('own-chromium') });
  });

  it('is downloaded with its libraries by sudo if that asks for no password', async () => {
    symlinkSync('program', join(bin, 'sudo'));
    await setup('e2e', {}, { download: '--with-deps' });
    expect(commands()).toEqual(['sudo -n true', WITH_DEPS]);
    rmSync(at('own-chromium'));
    await setup('e2e', {}, { download: 'chromium', fails: ['sudo'] });
    expect(commands().slice(2)).toEqual(['sudo -n true', PLAIN]);
  });

  it.each(['chromium', 'chromium-browser', 'google-chrome', 'microsoft-edge'])(
    'is %s of the system if no download is possible',
    async (name) => {
      const file = addBrowser(name);
      const { code, said } = await setup('e2e');
      expect(code).toBe(0);
      expect(said[1]).toContain(`Failed (1): node node_modules/playwright/cli.js install chromium`);
      expect(noted()).toMatchObject({ launch: { executablePath: file }, full: { executablePath: file } });
      expect(await setup('e2e')).toEqual(NOTHING);
    },
  );

  it("is the system's, with its headless shell, if the downloaded one does not start", async () => {
    addBrowser('chromium', 'a hint to install a snap');
    const shell = addBrowser('chromium-headless-shell');
    const file = addBrowser('google-chrome');
    const { said } = await setup('e2e', {}, { download: 'chromium', downloaded: 'broken' });
    expect(said[1]).toContain('libnss3.so is missing');
    expect(noted()).toMatchObject({ launch: { executablePath: shell }, full: { executablePath: file } });
  });

  it.each<[Plan, string[]]>([
    [
      { isRoot: true, os: 'debian' },
      [WITH_DEPS, PLAIN, 'apt-get update', 'apt-get install -y --no-install-recommends chromium'],
    ],
    [{ isRoot: true, os: 'ubuntu' }, [WITH_DEPS, PLAIN]],
    [{ os: 'debian' }, [PLAIN]],
  ])('is installed by apt if nothing else works: %j', async (plan, expected) => {
    const { code } = await setup('e2e', {}, plan);
    expect(commands()).toEqual(expected);
    expect(code).toBe(expected.length > 2 ? 0 : 1);
  });

  it('is missing: the set-up says what to do, and tries again the next time', async () => {
    const { code, stderr } = await setup('test', {}, { os: 'debian' });
    expect(code).toBe(1);
    expect(stderr).toContain('There is no Chromium for the end-to-end tests, and installing one failed');
    for (const way of [
      'npx playwright install --with-deps chromium',
      'sudo apt-get install chromium',
      'set CHROMIUM_PATH',
    ]) {
      expect(stderr).toContain(way);
    }
    expect((await setup('test', {}, { download: 'chromium' })).code).toBe(0);
  });

  it('is only the one that CHROMIUM_PATH names', async () => {
    write('own-chromium', 'starts');
    const file = addBrowser('nightly');
    expect((await setup('e2e', { CHROMIUM_PATH: file })).said).toHaveLength(2);
    expect(noted()).toMatchObject({ file, launch: { executablePath: file } });
    const wrong = await setup('e2e', { CHROMIUM_PATH: '/nowhere/chrome' });
    expect(wrong.code).toBe(1);
    expect(wrong.said.at(-1)).toContain("CHROMIUM_PATH is '/nowhere/chrome': correct it or unset it");
    expect(commands()).toEqual([]);
  });
});
