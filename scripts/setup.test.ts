import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

// A project of its own, whose dependencies are folders beside it: npm installs them without a network. Its typescript
// is a program that copies a file.
const PACKAGES = { lib: 'dependencies', typescript: 'devDependencies' } as const;

let root: string;
const at = (...path: string[]) => join(root, ...path);
const write = (file: string, content: unknown) =>
  writeFileSync(at(file), typeof content === 'string' ? content : JSON.stringify(content));

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'setup-'));
  for (const part of ['setup.js', 'setup', 'browsers.js', 'browsers']) {
    cpSync(join(import.meta.dirname, part), at('scripts', part), { recursive: true });
  }
  mkdirSync(at('src'));
  write('src/server.ts', 'one');
  write('tsconfig.json', {});
  write('.env.example', 'SESSION_KEYS=replace-me\n');
  const manifest = {
    name: 'project',
    type: 'module',
    engines: { node: '>=20.19' },
    dependencies: { lib: 'file:packages/lib' },
    devDependencies: { typescript: 'file:packages/typescript' },
  };
  const locked: Record<string, object> = { '': manifest };
  for (const [name, kind] of Object.entries(PACKAGES)) {
    const dev = kind === 'devDependencies' ? { dev: true } : {};
    mkdirSync(at('packages', name), { recursive: true });
    write(`packages/${name}/package.json`, { name, version: '1.0.0', bin: { tsc: 'compiler.mjs' } });
    locked[`packages/${name}`] = { version: '1.0.0', ...dev };
    locked[`node_modules/${name}`] = { resolved: `packages/${name}`, link: true };
  }
  write('package.json', manifest);
  write('package-lock.json', { name: 'project', lockfileVersion: 3, requires: true, packages: locked });
  write('packages/typescript/compiler.mjs', COMPILER);
});
afterEach(() => rmSync(root, { recursive: true }));

const COMPILER = `
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
mkdirSync('dist');
appendFileSync('builds', '.');
const source = readFileSync('src/server.ts', 'utf8');
writeFileSync('dist/server.js', source);
process.exit(source === 'wrong' ? 2 : 0);
`;

/** What pnpm does, as far as it matters here: links to folders beside the project. */
const PNPM = `#!/bin/sh
if [ "$1" = --version ]; then echo 12.0.0; exit; fi
echo "$@" >> commands
mkdir -p node_modules
ln -sfn ../packages/lib node_modules/lib
case "$*" in *--prod=false*) ln -sfn ../packages/typescript node_modules/typescript;; esac
`;

/** Without the real one, in case that runs these tests. */
const withPnpm = () => ({ PATH: [at('bin'), process.env['PATH']].join(delimiter), npm_execpath: '' });
const pnpmCommands = () => readFileSync(at('commands'), 'utf8').trim().split('\n');

/** Runs the set-up; `said` is what it wrote itself, line by line. */
async function setup(mode: string, env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [at('scripts', 'setup.js'), mode], {
    env: { ...process.env, NODE_ENV: '', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, said: stderr.split('\n').filter((line) => line.startsWith('setup: ')), stderr };
}

// Each starts several processes, npm among them.
describe('setup.js', { timeout: 180_000 }, () => {
  it('makes a fresh clone ready to start, and then does nothing', async () => {
    const first = await setup('start');
    expect(first.said).toEqual([
      'setup: Installing the dependencies: node_modules is missing or incomplete',
      'setup: Writing .env with a fresh key: there is none yet',
      'setup: Building: dist/ is missing',
    ]);
    expect(first.code).toBe(0);
    expect(existsSync(at('node_modules', 'lib', 'package.json'))).toBe(true);
    expect(readFileSync(at('dist', 'server.js'), 'utf8')).toBe('one');

    const env = readFileSync(at('.env'), 'utf8');
    expect(await setup('start')).toEqual({ code: 0, said: [], stderr: '' });
    expect(readFileSync(at('.env'), 'utf8')).toBe(env);
    expect(existsSync(at('.setup-lock'))).toBe(false);
  });

  it('installs once, even where npm leaves out what the lockfile holds', async () => {
    const lock = JSON.parse(readFileSync(at('package-lock.json'), 'utf8')) as { packages: object };
    const packages = { ...lock.packages, 'node_modules/needed-by-nobody': { version: '1.0.0' } };
    write('package-lock.json', { ...lock, packages });
    expect((await setup('dev')).said[0]).toContain('Installing');
    expect((await setup('dev')).said).toEqual([]);
    write('package-lock.json', lock);
    expect((await setup('dev')).said).toEqual([]);
    write('node_modules/.package-lock.json', '{"packages":');
    expect((await setup('dev')).said[0]).toContain('incomplete');
    rmSync(at('node_modules', '.package-lock.json'));
    expect((await setup('dev')).said[0]).toContain('incomplete');
  });

  it('builds when it is asked to, and says when there is nothing to build', async () => {
    expect((await setup('build')).said.at(-1)).toBe('setup: Building: dist/ is missing');
    expect((await setup('build')).said).toEqual(['setup: dist/ is up to date']);
    expect((await setup('start')).said).not.toContain('setup: Building: the sources have changed');
  });

  it('builds again, from nothing, when a source has changed or is gone, and not for a test', async () => {
    await setup('start');
    write('dist/removed.js', '');
    write('src/server.test.ts', 'a test');
    expect((await setup('start')).said).toEqual([]);
    write('src/server.ts', 'two');
    expect((await setup('start')).said).toEqual(['setup: Building: the sources have changed']);
    expect(readFileSync(at('dist', 'server.js'), 'utf8')).toBe('two');
    expect(existsSync(at('dist', 'removed.js'))).toBe(false);
  });

  it('fails when the build fails, and tries it again the next time', async () => {
    write('src/server.ts', 'wrong');
    const failed = await setup('start');
    expect(failed.code).toBe(1);
    expect(failed.said.at(-1)).toContain('Failed (exit code 2)');
    expect((await setup('start')).code).toBe(1);
    write('src/server.ts', 'right');
    expect((await setup('start')).code).toBe(0);
  });

  it('sets up once when two are started at the same moment', async () => {
    const both = await Promise.all([setup('start'), setup('start')]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    const lines = both.flatMap(({ said }) => said);
    expect(lines.filter((line) => line.startsWith('setup: Installing'))).toHaveLength(1);
    expect(readFileSync(at('builds'), 'utf8')).toBe('.');
  });

  it('keeps dev dependencies and a made-up key out of production', async () => {
    const production = { NODE_ENV: 'production' };
    const bare = await setup('start', production);
    expect(bare.code).toBe(1);
    expect(bare.said.at(-1)).toContain('npm run build');
    expect(existsSync(at('node_modules', 'typescript'))).toBe(false);
    expect(existsSync(at('.env'))).toBe(false);

    mkdirSync(at('dist'));
    write('dist/server.js', 'built elsewhere');
    expect(await setup('start', production)).toEqual({ code: 0, said: [], stderr: '' });
    write('.env', 'NODE_ENV=production\n');
    expect(await setup('start')).toEqual({ code: 0, said: [], stderr: '' });
    expect(readFileSync(at('dist', 'server.js'), 'utf8')).toBe('built elsewhere');
  });

  it.skipIf(process.platform === 'win32')(
    'looks for browsers before end-to-end tests only, once',
    async () => {
      await setup('dev');
      const browser = at('bin', 'a-browser');
      mkdirSync(at('bin'));
      for (const name of ['a-browser', 'redis-server']) {
        writeFileSync(at('bin', name), '#!/bin/sh\n', { mode: 0o755 });
      }
      mkdirSync(at('node_modules', 'playwright'));
      write('node_modules/playwright/package.json', { name: 'playwright', version: '1.0.0' });
      write(
        'node_modules/playwright/index.js',
        `exports.webkit = {
          executablePath: () => ${JSON.stringify(browser)},
          launch: async () => ({ version: () => '27.2', close: async () => {} }),
        };`,
      );
      const env = { CHROMIUM_PATH: browser, FIREFOX_PATH: browser, PATH: at('bin'), CI: '' };
      expect((await setup('e2e', env)).said).toEqual([
        'setup: Looking for browsers: there is no Chromium, no Firefox, no WebKit yet',
        `setup: The tests use ${browser}`,
      ]);
      expect(await setup('e2e', env)).toEqual({ code: 0, said: [], stderr: '' });
      const missing = await setup('e2e', { ...env, CHROMIUM_PATH: '/nowhere/chrome' });
      expect(missing.code).toBe(1);
      expect(missing.said.at(-1)).toContain("CHROMIUM_PATH is '/nowhere/chrome'");
    },
  );

  it.skipIf(process.platform === 'win32')('looks for a Redis server before unit tests only', async () => {
    await setup('dev');
    mkdirSync(at('bin'));
    // As root apt-get would be tried, and it is not on this PATH either.
    const env = { PATH: at('bin'), CI: '' };
    const without = await setup('unit', env);
    expect(without.code).toBe(0);
    expect(without.said[0]).toContain('setup: Looking for a Redis server');
    expect(without.said.at(-1)).toContain('the tests of RedisStore will be reported as not run');
    const inCi = await setup('unit', { ...env, CI: 'true' });
    expect(inCi.code).toBe(1);
    expect(inCi.said.at(-1)).toContain('setup: There is no Redis server for the tests');

    writeFileSync(at('bin', 'redis-server'), '#!/bin/sh\n', { mode: 0o755 });
    expect(await setup('unit', env)).toEqual({ code: 0, said: [], stderr: '' });
  });

  it('locks the dependencies where they are not locked yet', async () => {
    rmSync(at('package-lock.json'));
    // The name under which npm calls.
    const env = { npm_config_user_agent: 'npm/11.0.0' };
    expect((await setup('start', env)).said[0]).toBe(
      'setup: Installing the dependencies: node_modules is missing or incomplete',
    );
    expect(existsSync(at('package-lock.json'))).toBe(true);
    expect(await setup('start', env)).toEqual({ code: 0, said: [], stderr: '' });
  });

  describe.skipIf(process.platform === 'win32')('with the lock file of another package manager', () => {
    const changed = 'setup: Installing the dependencies: what they were installed from has changed';

    beforeEach(() => {
      rmSync(at('package-lock.json'));
      write('pnpm-lock.yaml', 'one');
      mkdirSync(at('bin'));
      writeFileSync(at('bin', 'pnpm'), PNPM, { mode: 0o755 });
    });

    it('installs by that one, once for each content of the lock file', async () => {
      expect((await setup('start', withPnpm())).said[0]).toContain('Installing the dependencies');
      expect(pnpmCommands()).toEqual([
        'install --frozen-lockfile --prod=false --config.confirmModulesPurge=false',
      ]);
      expect(readFileSync(at('dist', 'server.js'), 'utf8')).toBe('one');
      expect(await setup('start', withPnpm())).toEqual({ code: 0, said: [], stderr: '' });

      write('pnpm-lock.yaml', 'two');
      expect((await setup('dev', withPnpm())).said).toEqual([changed]);
      expect((await setup('dev', withPnpm())).said).toEqual([]);
      rmSync(at('node_modules'), { recursive: true });
      expect((await setup('dev', withPnpm())).said[0]).toContain('node_modules is missing or incomplete');
      expect(pnpmCommands()).toHaveLength(3);
    });

    it('installs again when package.json names something else', async () => {
      await setup('dev', withPnpm());
      const manifest = JSON.parse(readFileSync(at('package.json'), 'utf8')) as object;
      write('package.json', { ...manifest, description: 'A project' });
      expect((await setup('dev', withPnpm())).said).toEqual([]);
      write('package.json', { ...manifest, dependencies: { lib: '*', koa: '^3' } });
      expect((await setup('dev', withPnpm())).said).toEqual([changed]);
    });

    it('runs in production what was installed, by the set-up or by hand', async () => {
      const production = { ...withPnpm(), NODE_ENV: 'production' };
      mkdirSync(at('dist'));
      write('dist/server.js', 'built elsewhere');
      expect((await setup('start', production)).said[0]).toContain('Installing the dependencies');
      expect(pnpmCommands()).toEqual(['install --frozen-lockfile --prod --config.confirmModulesPurge=false']);
      expect((await setup('start', production)).said).toEqual([]);
      rmSync(at('node_modules', '.cache'), { recursive: true });
      expect((await setup('start', production)).said).toEqual([]);
      // What is here has no development dependencies.
      expect((await setup('dev', withPnpm())).said[0]).toContain('Installing the dependencies');
      expect((await setup('start', production)).said).toEqual(['setup: Building: the sources have changed']);
      expect(pnpmCommands()).toHaveLength(2);
    });

    it('says in one line that it cannot be run, and tries again the next time', async () => {
      rmSync(at('bin', 'pnpm'));
      for (let attempt = 1; attempt <= 2; attempt += 1) {
        const { code, said, stderr } = await setup('dev', { PATH: at('bin'), npm_execpath: '' });
        expect(code).toBe(1);
        expect(said).toHaveLength(2);
        expect(stderr).toMatch(
          /\nsetup: pnpm is needed, since pnpm-lock\.yaml is there, [^\n]*pnpm\.io[^\n]*\n$/,
        );
      }
    });
  });

  it('says in one line what is wrong', async () => {
    expect((await setup('satrt')).stderr).toBe(
      "setup: The mode is 'satrt': give one of start, dev, unit, e2e, test, build\n",
    );

    const manifest = JSON.parse(readFileSync(at('package.json'), 'utf8')) as object;
    write('package.json', { ...manifest, dependencies: { lib: '*', koa: '^3' } });
    const unlocked = await setup('dev');
    expect(unlocked.code).toBe(1);
    expect(unlocked.stderr).toMatch(/^setup: package.json names koa, .* Run: npm install\n$/);

    write('package-lock.json', '<<<<<<< HEAD\n{}');
    expect(await setup('dev')).toMatchObject({
      code: 1,
      stderr:
        'setup: package-lock.json is no JSON: a merge may have left a conflict in it. Run: npm install\n',
    });

    write('package.json', { ...manifest, engines: { node: '>=99.1' } });
    const old = await setup('dev');
    expect(old.code).toBe(1);
    expect(old.stderr).toMatch(/^Node >=99\.1 is needed, this is v[^\n]*\n$/);

    write('package.json', manifest);
    mkdirSync(at('.env'));
    expect((await setup('dev')).stderr).toMatch(/^setup: EISDIR[^\n]*\n$/);
    expect(statSync(at('.env')).isDirectory()).toBe(true);
  });
});
