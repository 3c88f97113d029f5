import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { deadLinks } from '../docs/dead-links.ts';
import { type Choices, PACKAGE_MANAGERS, storagesOf, STORES } from './choices.ts';
import { importsOf, type Lockfile, type Manifest } from './manifest.ts';
import { editsOf, plan, type PlannedFile } from './plan.ts';
import { templateOf } from './repository.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const template = templateOf(ROOT);
const KEY = 'a-key-of-this-test-that-is-of-43-characters';
const CHOICES: Choices = {
  directory: 'somewhere/my-shop',
  name: 'my-shop',
  store: 'memory',
  minimal: false,
  sessionTests: false,
  pm: 'npm',
  install: true,
  git: true,
};

type App = ReadonlyMap<string, PlannedFile>;

const appOf = (choices: Partial<Choices> = {}): App => plan(template, { ...CHOICES, ...choices }, KEY);
const textOf = (app: App, path: string): string => app.get(path)?.content ?? `no ${path}`;
const manifestOf = (app: App) => JSON.parse(textOf(app, 'package.json')) as Manifest;
const has = (app: App, expression: RegExp) => pathsOf(app, expression).length > 0;
const pathsOf = (app: App, expression: RegExp) =>
  Array.from(app.keys()).filter((path) => expression.test(path));

const TRACES = /koa-session-starter|create-koa-session|koa sessions\b|pack:create/i;

describe.each([
  ...STORES.flatMap((store) => [true, false].map((minimal) => ({ store, minimal, sessionTests: false }))),
  { store: 'memory', minimal: true, sessionTests: true } as const,
])('an app on $store, minimal: $minimal, session tests: $sessionTests', (choices) => {
  let app: App;
  let manifest: Manifest;
  beforeAll(() => {
    app = appOf(choices);
    manifest = manifestOf(app);
  });

  it('has its name and version, and nothing of this repository', () => {
    expect(manifest).toMatchObject({ name: 'my-shop', version: '0.1.0', private: true });
    expect(manifest).not.toHaveProperty('description');
    expect(manifest).not.toHaveProperty('license');
    for (const [path, { content }] of app) {
      // There it is part of how keys are derived, and nobody sees it.
      if (path.startsWith('src/session/cookie/seal')) continue;
      expect({ path, traces: content.match(TRACES) }).toEqual({ path, traces: null });
    }
    expect(pathsOf(app, /^(\.ci|LICENSE|scripts\/(create|scale|bench))/)).toEqual([]);
  });

  it('is formatted as its own check wants it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'planned-'));
    try {
      for (const [path, { content }] of app) {
        mkdirSync(join(folder, posix.dirname(path)), { recursive: true });
        writeFileSync(join(folder, path), content);
      }
      const oxfmt = join(ROOT, 'node_modules', 'oxfmt', 'bin', 'oxfmt');
      const { stdout } = spawnSync(process.execPath, [oxfmt, '--check'], { cwd: folder, encoding: 'utf8' });
      expect(stdout).toContain('correct format');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('imports what it has, and packages that it names', () => {
    const named = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };
    const sources = Array.from(app).filter(([path]) => /\.(ts|js)$/.test(path));
    const dangling = sources.flatMap(([path, { content }]) => {
      const files = Array.from(
        content.matchAll(/^(?:import|export)\b[^'"`;]*?'(\.[^']+)';/gm),
        ([, to = '']) => to,
      );
      const missing = files.filter((to) => !app.has(posix.join(posix.dirname(path), to)));
      return [...missing, ...importsOf(content).filter((name) => !(name in named))].map((to) => ({
        path,
        to,
      }));
    });
    expect(dangling).toEqual([]);
  });

  it('has a lock file for just these dependencies', () => {
    const { packages, ...lock } = JSON.parse(textOf(app, 'package-lock.json')) as Lockfile;
    expect(lock).toMatchObject({ name: 'my-shop', version: '0.1.0' });
    const { name, version, dependencies, devDependencies, optionalDependencies, engines } = manifest;
    const root = { name, version, dependencies, devDependencies, engines };
    expect(packages['']).toEqual({ ...root, ...(optionalDependencies && { optionalDependencies }) });
    for (const needed of Object.keys({ ...dependencies, ...devDependencies })) {
      expect(packages).toHaveProperty([`node_modules/${needed}`]);
    }
    const isThere = choices.store === 'redis' || choices.sessionTests;
    expect('node_modules/redis' in packages).toBe(isThere);
  });

  it('leads with no link and no command to what is not there', () => {
    const files = new Map(Array.from(app, ([path, { content }]) => [path, content]));
    expect(deadLinks(files, Object.keys(manifest.scripts))).toEqual([]);
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

  it('has the parts that it needs, and no others', () => {
    const { store, minimal, sessionTests } = choices;
    expect({
      examples: has(app, /^(src|e2e|public)\/examples\/|^src\/set-cookie\//),
      remover: has(app, /^scripts\/(remove|without)\.ts$/),
      redis: has(app, /^src\/(redis\/|cluster\.ts)|^e2e\/redis\//),
      redisSessions: has(app, /^src\/session\/(redis|outage)\//),
      koaSession: has(app, /^src\/session\/koa-session\//),
      sessionTests: has(app, /^src\/session\/(.*\/)?(testing\/|[^/]+\.test\.ts$)/),
      script: 'test:session' in manifest.scripts,
      comparison: 'koa-session' in manifest.devDependencies,
      container: textOf(app, 'compose.yaml').includes('redis:'),
      settings: STORES.filter((one) => textOf(app, '.env.example').includes(`#   ${one}: `)),
    }).toEqual({
      examples: !minimal,
      remover: !minimal,
      redis: store === 'redis',
      redisSessions: store === 'redis' || sessionTests,
      koaSession: sessionTests,
      sessionTests,
      script: sessionTests,
      comparison: sessionTests,
      container: store === 'redis',
      settings: STORES.filter((one) => storagesOf(choices).includes(one)),
    });
  });
});

it('has no style that no page uses, without the examples', () => {
  const app = appOf({ minimal: true });
  const used = pathsOf(app, /^(src\/(views|account|pages)|public\/.*\.js)/);
  const markup = used.map((path) => textOf(app, path)).join('\n');
  const classes = new Set(textOf(app, 'public/style.css').match(/(?<=^|[\s>,])\.[a-z][\w-]+(?=[^{}]*\{)/gm));
  expect(classes.size).toBeGreaterThan(15);
  // For pages to come, and said so at the top of the file.
  const offered = new Set(['.visually-hidden']);
  const unused = Array.from(classes).filter((one) => !offered.has(one) && !markup.includes(one.slice(1)));
  expect(unused).toEqual([]);
});

it.each(PACKAGE_MANAGERS)('has the files of %s and none of the others', (pm) => {
  const app = appOf({ pm });
  expect(app.has('package-lock.json')).toBe(pm === 'npm');
  expect(app.has('.github/workflows/ci.yml')).toBe(pm === 'npm');
  expect(app.has('pnpm-workspace.yaml')).toBe(pm === 'pnpm');
  expect(app.has('.yarnrc.yml')).toBe(pm === 'yarn');
  const readme = textOf(app, 'README.md');
  expect(readme).toContain(pm === 'bun' ? 'bun run start' : `${pm} start`);
  expect(readme.includes('yarn install')).toBe(pm === 'yarn');
  expect(readme).not.toMatch(/\n\n\n/);
});

describe('the name', () => {
  it('stands on the pages without its scope', () => {
    const app = appOf({ name: '@me/my-shop' });
    expect(manifestOf(app).name).toBe('@me/my-shop');
    expect(textOf(app, 'src/views/layout.ts')).toContain("APP_NAME = 'my-shop';");
  });

  it('is broken to a line of its own where the formatter would', () => {
    const name = 'a'.repeat(214);
    expect(textOf(appOf({ name }), 'src/views/layout.ts')).toContain(`APP_NAME =\n  '${name}';`);
  });
});

describe('plan', () => {
  it('is the same for the same choices', () => {
    expect(appOf()).toEqual(appOf());
  });

  it('makes ten edits at most', () => {
    for (const store of STORES) expect(editsOf({ ...CHOICES, store }).length).toBeLessThanOrEqual(10);
  });

  it.each([
    ['export {};\n', 0],
    ["export const APP_NAME = 'a';\nexport const APP_NAME = 'b';\n", 2],
  ])('refuses a template that it was not written for: %s', (text, times) => {
    const other = new Map(template).set('src/views/layout.ts', text);
    expect(() => plan(other, CHOICES, KEY)).toThrow(
      `src/views/layout.ts has what an edit takes out ${times} times`,
    );
  });
});
