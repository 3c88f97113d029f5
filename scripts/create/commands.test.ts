import { execFileSync } from 'node:child_process';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PACKAGE_MANAGERS } from './choices.ts';
import { initGit, install } from './commands.ts';
import { Failure } from './failure.ts';

let root: string;
let bin: string;
let app: string;
let env: NodeJS.ProcessEnv;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'commands-')));
  bin = join(root, 'bin');
  app = join(root, 'my app');
  mkdirSync(bin);
  mkdirSync(app);
  // Without the tester's settings, and without a repository that the temporary folder may be in.
  env = {
    PATH: `${bin}:${process.env['PATH']}`,
    HOME: root,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CEILING_DIRECTORIES: dirname(root),
  };
});
afterEach(() => rmSync(root, { recursive: true }));

/** Puts a program first on PATH. */
function program(name: string, script: string): void {
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

const git = (cwd: string, ...args: string[]) =>
  execFileSync('git', args, { cwd, env, encoding: 'utf8' }).trim();

describe('initGit', () => {
  it('makes a repository, and commits nothing', () => {
    writeFileSync(join(app, 'file'), '');
    expect(initGit(app, env)).toBe('made');
    expect(git(app, 'rev-parse', '--show-toplevel')).toBe(app);
    expect(git(app, 'status', '--porcelain')).toBe('?? file');
    expect(git(app, 'for-each-ref')).toBe('');
  });

  it('makes no repository inside another', () => {
    expect(initGit(app, env)).toBe('made');
    expect(initGit(app, env)).toBe('inside another');
    git(root, 'init', '--quiet');
    const folder = join(root, 'deep', 'er');
    mkdirSync(folder, { recursive: true });
    expect(initGit(folder, env)).toBe('inside another');
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    'GIT_DIR',
    'GIT_WORK_TREE',
    'GIT_INDEX_FILE',
    'GIT_OBJECT_DIRECTORY',
    'GIT_COMMON_DIR',
    'GIT_PREFIX',
  ])('makes it in the folder, when %s names another as in a hook', (name) => {
    const other = join(root, 'other');
    mkdirSync(other);
    git(other, 'init', '--quiet');
    const before = readdirSync(other, { recursive: true });
    const value = name === 'GIT_WORK_TREE' ? other : join(other, '.git');
    const inHook = {
      ...env,
      [name]: value,
      ...(name === 'GIT_WORK_TREE' && { GIT_DIR: join(other, '.git') }),
    };
    expect(initGit(app, inHook)).toBe('made');
    expect(readdirSync(join(app, '.git'))).toEqual(
      expect.arrayContaining(['HEAD', 'config', 'objects', 'refs']),
    );
    expect(git(app, 'rev-parse', '--show-toplevel')).toBe(app);
    expect(git(app, 'config', '--get', 'core.bare')).toBe('false');
    expect(readdirSync(other, { recursive: true })).toEqual(before);
  });

  it('leaves the environment that it was given as it is', () => {
    const given = { ...env, GIT_DIR: '/nowhere' };
    initGit(app, given);
    expect(given).toEqual({ ...env, GIT_DIR: '/nowhere' });
  });

  it('makes no repository where there is no git', () => {
    expect(initGit(app, { ...env, PATH: bin })).toBe('no git');
    expect(readdirSync(app)).toEqual([]);
  });

  it.each([
    ['echo "fatal: no space" >&2; echo "more" >&2; exit 128', 'git init failed: fatal: no space. Run'],
    ['exit 5', 'git init failed: exit code 5. Run'],
    ['[ "$1" = init ] && kill -9 $$; exit 1', 'git init failed: SIGKILL. Run'],
  ])('says in a line why git failed: %s', (script, words) => {
    program('git', script);
    const act = () => initGit(app, env);
    expect(act).toThrow(Failure);
    expect(act).toThrow(words);
    expect(act).toThrow(JSON.stringify(app));
    expect(act).toThrow(/^.*$/);
  });
});

const never = () => new AbortController().signal;

describe('install', () => {
  it.each([
    ['npm', 'ci --no-audit --no-fund'],
    ['pnpm', 'install'],
    ['yarn', 'install'],
    ['bun', 'install'],
  ] as const)('runs %s in the app', async (pm, args) => {
    program(pm, 'pwd >ran; echo "$0" "$@" >>ran');
    await install(app, pm, { env, signal: never() });
    expect(readFileSync(join(app, 'ran'), 'utf8')).toBe(`${app}\n${join(bin, pm)} ${args}\n`);
  });

  it('gives it nothing to read, so that it cannot wait for an answer', async () => {
    program('npm', 'cat >answer');
    await install(app, 'npm', { env, signal: never() });
    expect(readFileSync(join(app, 'answer'), 'utf8')).toBe('');
  });

  it('does not pass on what npm has told us of our own call', async () => {
    program('npm', 'env >env');
    const ours = {
      npm_config_local_prefix: '/elsewhere',
      npm_config_store: 'redis',
      npm_config_dry_run: 'true',
      npm_config_force: 'true',
      npm_config_name: 'my-app',
      npm_package_name: 'other',
      npm_package_json: '/elsewhere/package.json',
      npm_lifecycle_event: 'npx',
      npm_command: 'exec',
      INIT_CWD: '/elsewhere',
    };
    const theirs = { npm_config_registry: 'http://localhost:1', HTTPS_PROXY: 'http://localhost:2', CI: '1' };
    await install(app, 'npm', { env: { ...env, ...ours, ...theirs }, signal: never() });
    const lines = readFileSync(join(app, 'env'), 'utf8').split('\n');
    expect(lines).toEqual(
      expect.arrayContaining(
        Object.entries({ ...theirs, HOME: root }).map(([name, value]) => `${name}=${value}`),
      ),
    );
    expect(lines.filter((line) => Object.keys(ours).some((name) => line.startsWith(`${name}=`)))).toEqual([]);
  });

  it.each([
    ['exit 3', 'npm ci --no-audit --no-fund ended with exit code 3'],
    ['kill -9 $$', 'npm ci --no-audit --no-fund ended with SIGKILL'],
  ])('says how it ended, and what to run: %s', async (script, words) => {
    program('npm', script);
    const outcome = install(app, 'npm', { env, signal: never() });
    await expect(outcome).rejects.toThrow(Failure);
    await expect(outcome).rejects.toThrow(
      `The app is made, but its dependencies are not installed: ${words}. In ${JSON.stringify(app)} run: npm install`,
    );
  });

  it.each(PACKAGE_MANAGERS)('says when there is no %s', async (pm) => {
    const outcome = install(app, pm, { env: { ...env, PATH: bin }, signal: never() });
    await expect(outcome).rejects.toThrow(Failure);
    await expect(outcome).rejects.toThrow(`not installed: ${pm} was not found. Get it from https://`);
  });

  it('says when it may not be run', async () => {
    writeFileSync(join(bin, 'pnpm'), '', { mode: 0o644 });
    const outcome = install(app, 'pnpm', { env: { ...env, PATH: bin }, signal: never() });
    await expect(outcome).rejects.toThrow(/not installed: .*EACCES/);
  });

  it('is stopped with all that it has started', async () => {
    const pipe = join(root, 'pipe');
    execFileSync('mkfifo', [pipe]);
    // Each of them holds the pipe open for as long as it lives.
    program('npm', `exec 3>'${pipe}'; (sleep 100; true) & sleep 100 & echo started >&3; wait`);
    const stop = new AbortController();
    const outcome = install(app, 'npm', { env, signal: stop.signal });
    const held = createReadStream(pipe);
    held.once('readable', () => stop.abort(new Error('stopped')));
    await expect(outcome).rejects.toThrow('stopped');
    expect(await text(held)).toBe('started\n');
  });

  it('is not begun when it was stopped before', async () => {
    program('npm', 'echo >ran');
    const stopped = AbortSignal.abort(new Error('stopped'));
    await expect(install(app, 'npm', { env, signal: stopped })).rejects.toThrow('stopped');
    expect(existsSync(join(app, 'ran'))).toBe(false);
  });

  it('leaves nothing that a signal would still stop', async () => {
    program('npm', 'exit 0');
    const stop = new AbortController();
    await install(app, 'npm', { env, signal: stop.signal });
    expect(() => stop.abort()).not.toThrow();
  });
});
