import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  contentsOf,
  filesIn,
  listedIn,
  OPTIONS,
  type PackedProgram,
  packedProgram,
  type RunOptions,
} from './testing/packed-program.ts';

let program: PackedProgram;
beforeAll(() => {
  program = packedProgram();
}, 180_000);
afterAll(() => program.remove());

/** Makes an app, without installing anything, in a folder of its own unless it is given one. */
async function create(
  args: readonly string[],
  { cwd = program.freshFolder(), env }: Partial<RunOptions> = {},
) {
  const run = await program.run([...args, '--no-install'], { cwd, ...(env && { env }) });
  return { ...run, cwd, at: (...path: string[]) => join(cwd, ...path) };
}

const ROOT = join(import.meta.dirname, '..', '..');
const ONE_LINE = /^[^\n]+\n$/;

function textOf(...path: string[]): string {
  return readFileSync(join(...path), 'utf8');
}

interface AppManifest {
  name: string;
  dependencies: Record<string, string>;
}

function manifestOf(...app: string[]): AppManifest {
  return JSON.parse(textOf(...app, 'package.json')) as AppManifest;
}

function git(cwd: string, ...args: string[]): string {
  return execFileSync('git', args, { cwd, encoding: 'utf8' }).trim();
}

describe('the package', () => {
  it('holds the files of contents.txt and no others', async () => {
    const listed = execFileSync('tar', ['-tzf', program.tarball], { encoding: 'utf8' }).replaceAll(
      'package/',
      '',
    );
    const template = Object.keys(templateIn(program.folder)).map((path) => `template.json: ${path}\n`);
    const all = [...listed.split(/(?<=\n)/), ...template].toSorted().join('');
    await expect(
      all,
      'If that is meant, update the list: npx vitest run scripts/create/package -u',
    ).toMatchFileSnapshot('contents.txt');
  });

  it('holds no secrets, no settings of npm and no other packages', () => {
    const template = templateIn(program.folder);
    const names = new Set(Object.keys(template).flatMap((path) => path.split('/')));
    for (const name of ['.env', '.npmrc', 'node_modules', '.git']) expect(names).not.toContain(name);
    const real = /^SESSION_KEYS=(.+)$/m.exec(template['.env.example'] ?? '');
    expect(real?.[1]).toMatch(/replace|change|your/i);
  });

  it('needs no other package, runs nothing when it is installed, and is installed without a network', () => {
    const manifest = JSON.parse(textOf(program.folder, 'package.json')) as object;
    expect(Object.keys(manifest).filter((key) => /dependencies|scripts/i.test(key))).toEqual([]);
    expect(program.installed).toContain('added 1 package');
    const packages = readdirSync(join(program.folder, '..')).filter((name) => !name.startsWith('.'));
    expect(packages).toEqual(['create-koa-session']);
  });

  it('holds the license of each library that is bundled', () => {
    const paths = textOf(program.folder, 'main.js').matchAll(/^\/\/ (?:.*\/)?node_modules\/([^/\n]+)\//gm);
    const libraries = new Set(Array.from(paths, ([, name = '']) => name));
    expect(libraries.size).toBeGreaterThan(0);
    const licenses = textOf(program.folder, 'LICENSE');
    for (const name of libraries) {
      const folder = join(ROOT, 'node_modules', name);
      const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one)) ?? 'no license';
      expect(licenses).toContain(textOf(folder, file));
    }
  });

  it('begins with a program that Nodes older than those it supports can parse', () => {
    const code = textOf(program.folder, 'bin.js').replaceAll(/\/\/.*|'[^']*'/g, '');
    expect(code).toContain('import(');
    expect(code).not.toMatch(/=>|`|\?\.|\?\?|\b(const|let|class|async|await|export)\b|import(?!\()/);
  });
});

function templateIn(folder: string): Record<string, string> {
  return JSON.parse(textOf(folder, 'template.json')) as Record<string, string>;
}

function medianOfThree(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[1] ?? Infinity;
}

describe('create-koa-session', { timeout: OPTIONS.timeout }, () => {
  it('makes an app in less than a second, where Node starts in a twentieth', async () => {
    const took: number[] = [];
    const startOfNode: number[] = [];
    for (const name of ['one', 'two', 'three']) {
      const start = performance.now();
      execFileSync(process.execPath, ['--eval', '0']);
      const started = performance.now();
      await create([name]);
      startOfNode.push(started - start);
      took.push(performance.now() - started);
    }
    // Where Node itself takes longer than a twentieth of a second to start, so may this.
    const slowness = Math.max(1, medianOfThree(startOfNode) / 50);
    expect(medianOfThree(took)).toBeLessThan(1000 * slowness);
  });
});

describe('what is made', OPTIONS, () => {
  it('is my-app, with all defaults said, when nothing is given', async () => {
    const { code, stdout, stderr, at } = await create([]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('my-app: name another directory');
    expect(stdout).toContain('npm create koa-session@0.1.0 -- my-app --name my-app --store memory');
    expect(manifestOf(at('my-app')).name).toBe('my-app');
    expect(git(at('my-app'), 'rev-parse', '--show-toplevel')).toBe(realpathSync(at('my-app')));
    expect(git(at('my-app'), 'rev-list', '--all')).toBe('');
    expect(existsSync(at('my-app', 'node_modules'))).toBe(false);
  });

  it('has a key of its own, which nobody else may read and git does not keep', async () => {
    const keys = await Promise.all(
      ['one', 'two'].map(async (name) => {
        const { at } = await create([name]);
        expect(statSync(at(name, '.env')).mode & 0o777).toBe(0o600);
        expect(git(at(name), 'check-ignore', '.env')).toBe('.env');
        return /^SESSION_KEYS=(.*)$/m.exec(textOf(at(name, '.env')))?.[1];
      }),
    );
    expect(keys[0]).toMatch(/^[\w-]{43}$/);
    expect(keys[1]).toMatch(/^[\w-]{43}$/);
    expect(keys[0]).not.toBe(keys[1]);
  });

  it('is what the last line of the output makes again', async () => {
    const first = await create(['shop', '--store=cookie', '--minimal', '--no-git', '--name', '@scope/shop']);
    const [, args = ''] = / -- (.*)\n$/.exec(first.stdout) ?? [];
    const second = await program.run(args.split(' '), { cwd: program.freshFolder() });
    expect(second.code).toBe(0);
    expect(second.stdout).toBe(first.stdout.slice(first.stdout.indexOf('Made ')));
  });

  it('is named by --name', async () => {
    const { at, stdout } = await create(['Some Folder', '--name', '@scope/shop']);
    expect(manifestOf(at('Some Folder')).name).toBe('@scope/shop');
    expect(stdout).toContain("cd 'Some Folder'\n");
  });

  it('is no repository with --no-git, nor inside another', async () => {
    const without = await create(['app', '--no-git']);
    expect(existsSync(without.at('app', '.git'))).toBe(false);
    git(without.cwd, 'init', '--quiet');
    const inside = await create(['packages/app', '--git'], { cwd: without.cwd });
    expect(inside.code).toBe(0);
    expect(inside.stdout).toContain('It is inside a git repository');
    expect(existsSync(inside.at('packages', 'app', '.git'))).toBe(false);
  });

  it('is no repository where there is no git, which fails only if one was wanted', async () => {
    const env = { PATH: program.freshFolder() };
    const without = await create(['app'], { env });
    expect(without.code).toBe(0);
    expect(without.stdout).toContain('git was not found');
    const wanted = await create(['app', '--git'], { env });
    expect(wanted.code).toBe(1);
    expect(wanted.stderr).toMatch(ONE_LINE);
    expect(wanted.stderr).toContain('The app is made, but git was not found');
  });

  it.each([
    ['npm', 'package-lock.json', '  npm start '],
    ['pnpm', 'pnpm-workspace.yaml', '  pnpm start '],
    ['yarn', '.yarnrc.yml', '  yarn install\n  yarn start '],
    ['bun', undefined, '  bun run start '],
  ])('is for %s, by --pm or because that runs it', async (pm, own, next) => {
    const given = await create(['app', '--pm', pm]);
    const detected = await create(['app'], {
      env: { npm_config_user_agent: `${pm}/10.4.0 npm/? node/v20.20.0 linux x64` },
    });
    for (const { stdout, at } of [given, detected]) {
      expect(stdout).toContain(next);
      expect(stdout).toContain(`  ${pm} create koa-session`);
      const present = OF_MANAGERS.filter((file) => existsSync(at('app', file)));
      expect(present).toEqual(own === undefined ? [] : [own]);
    }
    expect(given.stdout).not.toContain(`for ${pm}:`);
    expect(detected.stdout).toContain(`for ${pm}:`);
  });

  const OF_MANAGERS = ['package-lock.json', 'pnpm-workspace.yaml', '.yarnrc.yml'];

  it('is nothing with --dry-run, which lists the files', async () => {
    const { stdout, cwd, code } = await create(['app', '--dry-run', '-y', '--store', 'redis']);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /\nsrc\/server\.ts\n(.*\n)*\d+ files would be made in \S+\/app\. Nothing was changed\.\n$/,
    );
    expect(readdirSync(cwd)).toEqual([]);
  });

  it.each([
    ['-h', /^Makes a Koa app(.*\n)*.*--no-install/],
    ['--help', /^Makes a Koa app/],
    ['-v', /^0\.1\.0\n$/],
    ['--version', /^0\.1\.0\n$/],
  ])('is nothing with %s', async (flag, expected) => {
    const { stdout, stderr, cwd, code } = await create([flag]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(expected);
    expect(readdirSync(cwd)).toEqual([]);
  });
});

describe('where it is made', OPTIONS, () => {
  it.each([
    ['a path whose parents are missing', 'deep/er/shop', 'shop', 'cd deep/er/shop\n'],
    ['a path with blanks and quotes', `it's "my" $HOME`, 'it-s-my-home', `cd 'it'\\''s "my" $HOME'\n`],
    ['a path that begins with dashes', './--shop', 'shop', 'cd ./--shop\n'],
  ])('may be %s', async (_what, directory, name, next) => {
    const { code, stdout, at } = await create([directory]);
    expect(code).toBe(0);
    expect(manifestOf(at(directory)).name).toBe(name);
    expect(stdout).toContain(next);
  });

  it('may be this folder, which gives its name', async () => {
    const { cwd, stdout } = await create(['.']);
    expect(manifestOf(cwd).name).toBe(basename(cwd));
    expect(stdout).not.toMatch(/^ {2}cd /m);
  });

  it('may be a symbolic link, which stays one', async () => {
    const cwd = program.freshFolder();
    mkdirSync(join(cwd, 'real'));
    symlinkSync('real', join(cwd, 'link'));
    expect((await create(['link'], { cwd })).code).toBe(0);
    expect(manifestOf(cwd, 'real').name).toBe('link');
    expect(readdirSync(cwd)).toEqual(['link', 'real']);
    expect(realpathSync(join(cwd, 'link'))).toBe(realpathSync(join(cwd, 'real')));
  });

  it('may be a folder with nothing but .git, which stays as it is', async () => {
    const cwd = program.freshFolder();
    git(cwd, 'init', '--quiet');
    const before = contentsOf(join(cwd, '.git'));
    const { code, stdout } = await create(['.'], { cwd });
    expect(code).toBe(0);
    expect(stdout).toContain('It is inside a git repository');
    expect(contentsOf(join(cwd, '.git'))).toEqual(before);
  });

  it('must not be filled, unless with --force, which overwrites the planned files alone, and no .env', async () => {
    const cwd = program.freshFolder();
    const app = join(cwd, 'app');
    mkdirSync(join(app, 'src'), { recursive: true });
    git(app, 'init', '--quiet');
    const mine = ['README.md', 'mine.txt', 'src/server.ts', 'src/mine.ts', '.env'];
    for (const path of mine) writeFileSync(join(app, path), `mine: ${path}`);
    const before = contentsOf(app);

    const refused = await create(['app'], { cwd });
    expect(refused.code).toBe(2);
    const lines = refused.stderr.trimEnd().split('\n');
    expect(lines.slice(0, -1)).toEqual(['  README.md', '  src/server.ts']);
    expect(lines.at(-1)).toContain('the 2 files above would be overwritten');
    expect(contentsOf(app)).toEqual(before);

    const planned = await create(['app', '--force', '--dry-run', '--store=cookie'], { cwd });
    const files = listedIn(planned.stdout);
    expect(files.filter((line) => line.endsWith(' (overwritten)'))).toHaveLength(2);
    expect(contentsOf(app)).toEqual(before);

    const forced = await create(['app', '--force', '--store=cookie'], { cwd });
    expect(forced.code).toBe(0);
    expect(forced.stdout).toContain('Its .env was there and is unchanged');
    const after = contentsOf(app);
    const kept = Object.keys(before).filter((path) => /^\.git\/|mine|^\.env$/.test(path));
    expect(after).toMatchObject(Object.fromEntries(kept.map((path) => [path, before[path]])));
    for (const path of ['README.md', 'src/server.ts']) expect(after[path]).not.toMatch(/^mine/);
    const made = files.map((line) => line.replace(' (overwritten)', ''));
    expect(filesIn(app)).toEqual([...made, 'mine.txt', 'src/mine.ts', '.env'].toSorted());
    expect(readdirSync(cwd)).toEqual(['app']);
  });

  it('must not be filled, even when nothing would be overwritten', async () => {
    const cwd = program.freshFolder();
    writeFileSync(join(cwd, 'mine.txt'), 'mine');
    const { code, stderr } = await create(['.'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(ONE_LINE);
    expect(readdirSync(cwd)).toEqual(['mine.txt']);
  });

  it('must be one that this user may write to', async () => {
    const cwd = program.freshFolder();
    const args = [program.bin, 'app', '--no-install', '--no-git'];
    const isRoot = process.getuid?.() === 0;
    if (!isRoot) chmodSync(cwd, 0o555);
    // Root may write anywhere.
    const { code, stderr } = isRoot
      ? await program.runCommand(
          'setpriv',
          ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, ...args],
          { cwd },
        )
      : await program.runCommand(process.execPath, args, { cwd });
    expect(stderr).toMatch(ONE_LINE);
    expect(stderr).toContain('this user may not write there');
    expect(code).toBe(1);
    expect(readdirSync(cwd)).toEqual([]);
  });
});

describe('wrong usage', OPTIONS, () => {
  it.each([
    [['--name', 'My App'], 'Try my-app'],
    [['--stroe', 'redis'], 'did you mean --store?'],
    [['node_modules/app'], 'node_modules'],
    [['file'], 'is a file'],
  ])('%j ends with 2 and one line that helps', async (args, help) => {
    const cwd = program.freshFolder();
    writeFileSync(join(cwd, 'file'), 'mine');
    const { code, stderr } = await create(args, { cwd });
    expect(stderr).toMatch(ONE_LINE);
    expect(stderr).toContain(help);
    expect(code).toBe(2);
    expect(readdirSync(cwd)).toEqual(['file']);
  });

  it('is told from what the system refuses, such as a folder inside a file, which ends with 1', async () => {
    const cwd = program.freshFolder();
    writeFileSync(join(cwd, 'file'), 'mine');
    const { code, stderr } = await create(['file/app'], { cwd });
    expect(stderr).toMatch(ONE_LINE);
    expect(stderr).toContain('part of the path is a file');
    expect(code).toBe(1);
    expect(textOf(cwd, 'file')).toBe('mine');
  });
});

describe('flags that npm took for settings of its own', OPTIONS, () => {
  it.each([
    [['my-app', 'redis'], { store: 'true' }, '--store=redis'],
    [['my-app'], { minimal: 'true', git: 'false' }, '--minimal --no-git'],
    [[], { git: 'my-app' }, '--git'],
  ])('%j with the settings %j is %s', async (words, settings, meant) => {
    const env = Object.fromEntries(
      Object.entries(settings).map(([name, value]) => [`npm_config_${name}`, value]),
    );
    const { code, stdout, stderr, cwd } = await create(words, { env });
    expect(stderr).toMatch(ONE_LINE);
    expect(stderr).toContain(`npm create koa-session my-app -- ${meant}\n`);
    expect(code).toBe(0);
    expect(readdirSync(cwd)).toEqual(['my-app']);
    for (const flag of meant.split(' --'))
      expect(stdout.split('\n').at(-2)).toContain(flag.replace('=', ' '));
  });

  it('are not --force, nor the path of npm’s git', async () => {
    const cwd = program.freshFolder();
    writeFileSync(join(cwd, 'README.md'), 'mine');
    const env = { npm_config_force: 'true', npm_config_yes: 'true', npm_config_git: '/usr/local/bin/git' };
    const { code, stderr } = await create(['.'], { cwd, env });
    expect(code).toBe(2);
    expect(stderr).not.toContain('npm took');
    expect(textOf(cwd, 'README.md')).toBe('mine');
  });

  it('do what they say when npm itself runs the package, with -- and without', async () => {
    const words = ['my-app', '--store', 'redis', '--minimal', '--no-install', '--no-git', '--pm', 'yarn'];
    const [swallowed, passedOn] = await Promise.all(
      [[], ['--']].map(async (dashes) => {
        const cwd = program.freshFolder();
        const npm = [
          'exec',
          '--offline',
          '--yes',
          '--cache',
          join(cwd, 'cache'),
          `--package=${program.tarball}`,
        ];
        const run = await program.runCommand('npm', [...npm, ...dashes, 'create-koa-session', ...words], {
          cwd,
        });
        return { ...run, app: contentsOf(join(cwd, 'my-app')) };
      }),
    );
    expect(swallowed?.stderr).toContain('-- --store=redis --pm=yarn --minimal --no-install --no-git\n');
    expect(passedOn?.stderr).not.toContain('npm took');
    for (const run of [swallowed, passedOn]) {
      expect(run?.code).toBe(0);
      expect(run?.app['.env']).toContain('SESSION_STORE=redis\n');
      expect(Object.keys(run?.app ?? {})).toEqual(Object.keys(passedOn?.app ?? {}));
      expect(run?.app).toHaveProperty(['.yarnrc.yml']);
      expect(run?.app).not.toHaveProperty(['.git']);
    }
  });
});
