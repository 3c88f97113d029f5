import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { advice, provideRedisServer, redisServerProblem, waysToInstall } from './redis.js';
import { Interrupted, SetupError } from './setup-error.js';

const debian = { platform: 'linux', isRoot: true, osRelease: 'NAME="Debian"\nID=debian\n' };
const ubuntu = { platform: 'linux', isRoot: true, osRelease: 'ID=ubuntu\nID_LIKE=debian\n' };
const fedora = { platform: 'linux', isRoot: true, osRelease: 'ID=fedora\n' };
const macos = { platform: 'darwin', isRoot: false, osRelease: '' };

const NOT_RUN = 'the tests of RedisStore will be reported as not run';

let root: string;
const at = (...path: string[]) => join(root, ...path);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'redis-'));
  mkdirSync(at('bin'));
});
afterEach(() => rmSync(root, { recursive: true }));

/** A program that says what the real one does: it goes by the name that it is called by. */
function addProgram(name: string) {
  const script =
    '#!/bin/sh\ncase $0 in *-server) echo "Redis server v=7.0.15";; *) echo "$0 7.0.15";; esac\n';
  writeFileSync(at('bin', name), script, { mode: 0o755 });
}

interface Circumstances {
  system?: typeof debian;
  ci?: string;
  /** What each package brings: without an entry it cannot be installed. */
  packages?: Record<string, string>;
  failure?: Error;
}

async function provide({
  system = debian,
  ci = '',
  packages = {},
  failure = new SetupError('Failed'),
}: Circumstances = {}) {
  const commands: string[] = [];
  const said: string[] = [];
  await provideRedisServer(root, (line) => said.push(line), {
    env: { PATH: at('bin'), CI: ci },
    system,
    run: async (command) => {
      commands.push(command.join(' '));
      if (!command.includes('install')) return;
      const program = packages[command.at(-1) ?? ''];
      if (program === undefined) throw failure;
      addProgram(program);
    },
  });
  return { commands, said };
}

const problem = () => redisServerProblem(root, { PATH: at('bin') });

describe.skipIf(process.platform === 'win32')('getting a Redis server', () => {
  it.each(['redis-server', 'valkey-server'])('has no problem with %s on the PATH', (program) => {
    expect(problem()).toBe('there is no redis-server or valkey-server on the PATH');
    addProgram(program);
    expect(problem()).toBeUndefined();
    expect(redisServerProblem(root, { PATH: `:${at('none')}:${at('bin')}` })).toBeUndefined();
  });

  it('does not take a file that cannot be run for a server', () => {
    writeFileSync(at('bin', 'redis-server'), '', { mode: 0o644 });
    expect(problem()).toBeDefined();
  });

  it.each([
    ['Debian', debian],
    ['Ubuntu', ubuntu],
  ])('makes one of the package that starts no service: %s', async (_, system) => {
    const packages = { 'redis-tools': 'redis-check-rdb' };
    expect(await provide({ system, packages })).toEqual({
      commands: ['apt-get update', 'apt-get install -y --no-install-recommends redis-tools'],
      said: [
        "Installing the distribution's redis-tools",
        `The tests use ${at('node_modules', '.bin', 'redis-server')}`,
      ],
    });
    expect(problem()).toBeUndefined();
  });

  it('goes on to Valkey where there is no Redis', async () => {
    const { commands, said } = await provide({ packages: { 'valkey-tools': 'valkey-check-rdb' } });
    expect(commands.at(-1)).toBe('apt-get install -y --no-install-recommends valkey-tools');
    expect(said.at(-1)).toBe(`The tests use ${at('node_modules', '.bin', 'valkey-server')}`);
  });

  it('installs nothing where the tools are there already, and needs no root then', async () => {
    addProgram('redis-check-rdb');
    const { commands } = await provide({ system: { ...debian, isRoot: false } });
    expect(commands).toEqual([]);
    expect(problem()).toBeUndefined();
  });

  it('makes the link again when what it led to has moved', async () => {
    mkdirSync(at('node_modules', '.bin'), { recursive: true });
    symlinkSync(at('moved'), at('node_modules', '.bin', 'redis-server'));
    expect(problem()).toBeDefined();
    addProgram('redis-check-rdb');
    await provide();
    expect(problem()).toBeUndefined();
  });

  it('leaves no link to a program that is not the server under another name', async () => {
    writeFileSync(at('bin', 'redis-check-rdb'), '#!/bin/sh\necho redis-check-rdb 9\n', { mode: 0o755 });
    expect((await provide()).said.at(-1)).toContain(NOT_RUN);
    expect(problem()).toBeDefined();
  });

  it('is tried in CI though it failed lately', async () => {
    const packages = { 'redis-tools': 'redis-check-rdb' };
    await provide();
    expect((await provide({ packages })).commands).toEqual([]);
    expect((await provide({ packages, ci: 'true' })).commands).toHaveLength(2);
  });

  it('tries nothing else once a person has stopped it', async () => {
    const attempt = provide({ failure: new Interrupted('Stopped by SIGINT') });
    await expect(attempt).rejects.toThrow('Stopped by SIGINT');
  });
});

describe('without a Redis server', () => {
  it.each([
    ['without root', { ...debian, isRoot: false }, 'sudo apt-get install redis-server'],
    ['where there is no apt', fedora, 'install redis-server or valkey-server'],
    ['on macOS', macos, 'brew install redis'],
  ])('a person goes on, told in one line, with no attempt: %s', async (_, system, command) => {
    expect(waysToInstall(system)).toEqual([]);
    const { commands, said } = await provide({ system });
    expect(commands).toEqual([]);
    expect(said).toEqual([expect.stringMatching(new RegExp(`${NOT_RUN}[^\\n]*: ${command}$`))]);
  });

  it('a person goes on after a failed attempt, which is not repeated for a day', async () => {
    const first = await provide();
    expect(first.commands).toHaveLength(3);
    expect(first.said.at(-1)).toContain(NOT_RUN);
    expect(await provide()).toEqual({ commands: [], said: [first.said.at(-1)] });

    const yesterday = new Date(Date.now() - 25 * 60 * 60_000);
    utimesSync(at('node_modules', '.cache', 'no-redis-server'), yesterday, yesterday);
    expect((await provide()).commands).toHaveLength(3);
  });

  it.each([
    ['after an attempt', debian],
    ['where there is none to make', fedora],
  ])('CI fails, with what to do: %s', async (_, system) => {
    const attempt = provide({ system, ci: 'true' });
    await expect(attempt).rejects.toThrow(SetupError);
    await expect(attempt).rejects.toThrow(advice(system).error);
    expect(advice(debian).error).toContain('sudo apt-get install redis-server');
  });
});
