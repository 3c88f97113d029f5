import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Choices, PACKAGE_MANAGERS, STORES } from './choices.ts';
import { lockFor, type Lockfile, type Manifest } from './manifest.ts';
import { plan, type PlannedFile, type Template } from './plan.ts';
import { templateOf } from './repository.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const template = templateOf(ROOT);
const KEY = 'a-key-of-this-test-that-is-of-43-characters';
const CHOICES: Choices = {
  directory: 'somewhere/my-shop',
  name: 'my-shop',
  store: 'memory',
  minimal: false,
  pm: 'npm',
  install: true,
  git: true,
};

type App = ReadonlyMap<string, PlannedFile>;

const appOf = (choices: Partial<Choices> = {}): App => plan(template, { ...CHOICES, ...choices }, KEY);
const textOf = (app: App, path: string): string => app.get(path)?.content ?? `no ${path}`;
const manifestOf = (app: App) => JSON.parse(textOf(app, 'package.json')) as Manifest;

const combinations = STORES.flatMap((store) => [true, false].map((minimal) => ({ store, minimal })));

const TRACES = /koa-session-starter|create-koa-session|koa sessions\b|pack:create/i;

describe.each(combinations)('an app on $store, minimal: $minimal', (choices) => {
  const app = appOf(choices);
  const sources = Array.from(app).filter(([path]) => /\.(ts|js)$/.test(path));

  it('has its name and version, and nothing of this repository', () => {
    const manifest = manifestOf(app);
    expect(manifest).toMatchObject({ name: 'my-shop', version: '0.1.0', private: true });
    expect(manifest).not.toHaveProperty('description');
    expect(manifest).not.toHaveProperty('license');
    for (const [path, { content }] of app) {
      // There it is part of how keys are derived, and nobody sees it.
      if (path === 'src/session/cookie/seal.ts') continue;
      expect({ path, traces: content.match(TRACES) }).toEqual({ path, traces: null });
    }
    expect(
      Array.from(app.keys()).filter((path) => /^(\.ci|LICENSE|scripts\/(create|scale|bench))/.test(path)),
    ).toEqual([]);
  });

  it('is formatted as its own check wants it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'planned-'));
    try {
      for (const [path, { content }] of app) {
        mkdirSync(join(folder, posix.dirname(path)), { recursive: true });
        writeFileSync(join(folder, path), content);
      }
      const oxfmt = join(ROOT, 'node_modules', 'oxfmt', 'bin', 'oxfmt');
      const { status, stdout } = spawnSync(process.execPath, [oxfmt, '--check'], {
        cwd: folder,
        encoding: 'utf8',
      });
      expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining('correct format') });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('imports what it has, and packages that it names', () => {
    const manifest = manifestOf(app);
    const named = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };
    const imports = sources.flatMap(([path, { content }]) => importsOf(content).map((to) => ({ path, to })));
    expect(imports.length).toBeGreaterThan(300);
    const dangling = imports.filter(({ path, to }) =>
      to.startsWith('.')
        ? !app.has(posix.join(posix.dirname(path), to))
        : !(packageOf(to) in named) && !to.startsWith('node:'),
    );
    expect(dangling).toEqual([]);
  });

  it('has a lock file for just these dependencies', () => {
    const manifest = manifestOf(app);
    const { name, version, packages } = JSON.parse(textOf(app, 'package-lock.json')) as Lockfile;
    expect({ name, version }).toEqual({ name: 'my-shop', version: '0.1.0' });
    const { dependencies, devDependencies, optionalDependencies, engines } = manifest;
    expect(packages['']).toEqual({
      name,
      version,
      dependencies,
      devDependencies,
      engines,
      ...(optionalDependencies && { optionalDependencies }),
    });
    expect(packages['node_modules/redis']?.optional).toBe(choices.store === 'redis' ? undefined : true);
  });

  it('leads with no link and no command to what is not there', () => {
    const { scripts } = manifestOf(app);
    const paths = Array.from(app.keys());
    for (const [path, { content }] of app) {
      if (!path.endsWith('.md')) continue;
      const links = Array.from(content.matchAll(/\]\(([^)#\s]+)[^)]*\)/g), ([, to = '']) => to)
        .filter((to) => !/^https?:/.test(to))
        .map((to) => posix.join(posix.dirname(path), to));
      const mentioned = content.match(/\b(?:docs|scripts|e2e|src)\/[\w./-]*\.(?:ts|js|md)\b/g) ?? [];
      const missing = [...links, ...mentioned].filter(
        (file) => !paths.some((one) => one === file || one.startsWith(`${file}/`)),
      );
      expect({ path, missing }).toEqual({ path, missing: [] });
      for (const [, script = ''] of content.matchAll(/npm run ([\w:-]+)/g)) {
        expect(scripts).toHaveProperty([script]);
      }
    }
  });

  it('keeps its key where git does not look, readable for its owner alone', () => {
    const env = app.get('.env');
    expect(env?.mode).toBe(0o600);
    expect(env?.content).toMatch(new RegExp(`^SESSION_KEYS=${KEY}$`, 'm'));
    expect(env?.content).toMatch(new RegExp(`^SESSION_STORE=${choices.store}$`, 'm'));
    expect(textOf(app, '.gitignore').split('\n')).toContain('.env');
    const holding = Array.from(app).filter(([, { content }]) => content.includes(KEY));
    expect(holding.map(([path]) => path)).toEqual(['.env']);
  });

  it('has a README of its own, with its name, its store and its commands', () => {
    const readme = textOf(app, 'README.md');
    expect(readme).toMatch(/^# my-shop\n/);
    expect(readme).toContain(`is \`${choices.store}\``);
    expect(readme).toContain('npm start');
    expect(readme).not.toMatch(/undefined|false|\n\n\n/);
  });
});

describe('an app without the examples', () => {
  const app = appOf({ minimal: true });

  it('has nothing left of them', () => {
    const left = Array.from(app).filter(
      ([path, { content }]) =>
        !path.startsWith('src/session/') &&
        /examples\/|examples\.css|inspector\.|inspector\(|big-number|storageSwitch|\/memory\/|viewsPage|racePage|race\.js/i.test(
          path + content,
        ),
    );
    expect(left.map(([path]) => path).filter((path) => path !== 'package-lock.json')).toEqual([]);
  });

  it('has no style that no page uses', () => {
    const used = Array.from(app).filter(([path]) =>
      /^(src\/(views|account|pages)|public\/.*\.js)/.test(path),
    );
    const markup = used.map(([, { content }]) => content).join('\n');
    const classes = new Set(
      textOf(app, 'public/style.css').match(/(?<=^|[\s>,])\.[a-z][\w-]+(?=[^{}]*\{)/gm),
    );
    expect(classes.size).toBeGreaterThan(15);
    // For pages to come, and said so at the top of the file.
    const offered = new Set(['.choice', '.columns', '.visually-hidden']);
    const unused = Array.from(classes).filter((one) => !offered.has(one) && !markup.includes(one.slice(1)));
    expect(unused).toEqual([]);
  });

  it('serves login and account at the root, from where sessions are configured to live', () => {
    const source = textOf(app, 'src/app.ts');
    expect(source).toContain("base: ''");
    expect(source).toContain('startRoute(router, mounting);');
    expect(source).not.toContain('mountExamples');
  });
});

describe('an app for another package manager', () => {
  it.each(PACKAGE_MANAGERS)('has the files of %s and none of the others', (pm) => {
    const app = appOf({ pm });
    expect(app.has('package-lock.json')).toBe(pm === 'npm');
    expect(app.has('.github/workflows/ci.yml')).toBe(pm === 'npm');
    expect(app.has('pnpm-workspace.yaml')).toBe(pm === 'pnpm');
    expect(app.has('.yarnrc.yml')).toBe(pm === 'yarn');
    expect(manifestOf(app).allowScripts !== undefined).toBe(pm === 'npm');
    const readme = textOf(app, 'README.md');
    expect(readme).toContain(pm === 'bun' ? 'bun run start' : `${pm} start`);
    expect(readme.includes('yarn install')).toBe(pm === 'yarn');
    expect(readme).not.toMatch(/\n\n\n/);
  });
});

describe('names', () => {
  it('stand on the pages without their scope', () => {
    const app = appOf({ name: '@me/my-shop' });
    expect(manifestOf(app).name).toBe('@me/my-shop');
    expect(textOf(app, 'src/views/layout.ts')).toContain("APP_NAME = 'my-shop';");
    expect(textOf(app, 'src/redis/client-options.ts')).toContain("name: 'my-shop'");
  });

  it('are broken to a line of their own where the formatter would', () => {
    const name = 'a'.repeat(214);
    expect(textOf(appOf({ name }), 'src/views/layout.ts')).toContain(`APP_NAME =\n  '${name}';`);
  });
});

describe('the scripts', () => {
  const { scripts } = manifestOf(appOf());

  it('test the app by default, and the session layer on demand', () => {
    expect(scripts['test']).toMatch(/vitest run src\/ --exclude=src\/session\/\*\* .* && playwright test$/);
    expect(scripts['test:unit']).toContain('--exclude=src/session/**');
    expect(scripts['test:session']).toContain('vitest run src/session/');
  });

  it('are those of this repository, but for what it needs alone', () => {
    const ours = JSON.parse(template.files.get('package.json') ?? '') as Manifest;
    const gone = Object.keys(ours.scripts).filter((script) => !(script in scripts));
    expect(gone.toSorted()).toEqual([
      'bench',
      'browsers',
      'build:session',
      'compare',
      'input-cost',
      'pack:create',
      'test:all',
      'test:create',
      'test:nodes',
      'weight',
    ]);
  });
});

describe('plan', () => {
  it('is the same for the same choices', () => {
    expect(appOf()).toEqual(appOf());
  });

  it('refuses a template that it was not written for', () => {
    const files = new Map(template.files).set('src/views/layout.ts', 'export {};\n');
    const other: Template = { ...template, files };
    expect(() => plan(other, CHOICES, KEY)).toThrow(
      /src\/views\/layout\.ts has what an edit takes out 0 times/,
    );
  });
});

describe('the lock file', () => {
  const lock: Lockfile = {
    name: 'ours',
    version: '9.9.9',
    packages: {
      '': { name: 'ours', license: 'MIT', dependencies: { koa: '1' }, optionalDependencies: { redis: '2' } },
      'node_modules/koa': { version: '1.0.0' },
      'node_modules/redis': { version: '2.0.0', optional: true },
      'node_modules/other-system': { version: '3.0.0', dev: true, optional: true },
    },
  };

  it('makes the client of Redis one that has to be there, where sessions live there', () => {
    const { packages } = lockFor(lock, { ...CHOICES, store: 'redis' });
    expect(packages).toEqual({
      '': { name: 'my-shop', version: '0.1.0', dependencies: { koa: '1', redis: '2' } },
      'node_modules/koa': { version: '1.0.0' },
      'node_modules/redis': { version: '2.0.0' },
      'node_modules/other-system': { version: '3.0.0', dev: true, optional: true },
    });
  });

  it('is otherwise left as it is, but for the name', () => {
    const { packages } = lockFor(lock, CHOICES);
    expect(packages['node_modules/redis']).toEqual({ version: '2.0.0', optional: true });
    expect(packages['']).toMatchObject({ optionalDependencies: { redis: '2' } });
  });
});

function importsOf(source: string): string[] {
  const found = source.matchAll(
    /^(?:import|export)\b[^'"`;]*?from '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm,
  );
  return Array.from(found, ([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? '');
}

/** 'crc/crc32' is of crc, '@koa/router/x' of @koa/router. */
function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}
