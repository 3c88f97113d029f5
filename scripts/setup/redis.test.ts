import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { provideRedisServer } from './redis.js';

const DEBIAN = 'NAME="Debian"\nID=debian\n';
const UPDATE = 'apt-get update';
const installing = (name: string) => `apt-get install -y --no-install-recommends ${name}`;

let root: string;
const at = (...path: string[]) => join(root, ...path);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'redis-'));
  mkdirSync(at('bin'));
});
afterEach(() => rmSync(root, { recursive: true }));

/** A program that answers as the real one does: as the program by whose name it is called. */
function addProgram(
  name: string,
  text = 'case $0 in *-server) echo "Redis server v=7.0.15";; *) echo "$0 7.0.15";; esac',
) {
  writeFileSync(at('bin', name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
}

/** @param circumstances `packages`: which program each brings; without an entry it cannot be installed */
function provide({
  osRelease = DEBIAN,
  isRoot = true,
  ci = '',
  packages = {},
}: { osRelease?: string; isRoot?: boolean; ci?: string; packages?: Record<string, string> } = {}) {
  const commands: string[] = [];
  const said: string[] = [];
  const run = (command: string[]) => {
    commands.push(command.join(' '));
    const program = packages[command.at(-1) ?? ''];
    if (program !== undefined) addProgram(program);
    return program !== undefined;
  };
  const env = { PATH: at('bin'), CI: ci };
  provideRedisServer({
    root,
    env,
    platform: 'linux',
    isRoot,
    osRelease,
    run,
    say: (line) => said.push(line),
  });
  return { commands, said };
}

describe.skipIf(process.platform === 'win32')('a Redis server', () => {
  it.each(['redis-server', 'valkey-server'])('is %s on the PATH', (program) => {
    addProgram(program);
    expect(provide({ ci: 'true' })).toEqual({ commands: [], said: [] });
  });

  it.each([
    ['ID=debian', { 'redis-tools': 'redis-check-rdb' }, 'redis-server', [UPDATE, installing('redis-tools')]],
    [
      'ID=ubuntu\nID_LIKE=debian',
      { 'redis-tools': 'redis-check-rdb' },
      'redis-server',
      [UPDATE, installing('redis-tools')],
    ],
    [
      'ID=debian',
      { 'valkey-tools': 'valkey-check-rdb' },
      'valkey-server',
      [UPDATE, installing('redis-tools'), UPDATE, installing('valkey-tools')],
    ],
  ])('comes from the package that starts no service, on %j: %j', (osRelease, packages, program, commands) => {
    expect(provide({ osRelease, packages }).commands).toEqual(commands);
    expect(existsSync(at('node_modules/.bin', program))).toBe(true);
    expect(provide({ ci: 'true' })).toEqual({ commands: [], said: [] });
  });

  it('needs no root if the tools exist, and is linked again when they have moved', () => {
    addProgram('redis-check-rdb');
    expect(provide({ isRoot: false, ci: 'true' }).commands).toEqual([]);
    rmSync(at('bin/redis-check-rdb'));
    addProgram('valkey-check-rdb');
    expect(provide({ isRoot: false, ci: 'true' }).commands).toEqual([]);
    expect(existsSync(at('node_modules/.bin/valkey-server'))).toBe(true);
  });

  it('is not a program that only has the name of a server', () => {
    addProgram('redis-check-rdb', 'echo redis-check-rdb 9');
    expect(provide({ isRoot: false }).said.at(-1)).toContain('will be reported as not run');
    expect(existsSync(at('node_modules/.bin/redis-server'))).toBe(false);
  });

  it.each([
    ['without root', { isRoot: false }],
    ['without apt', { osRelease: 'ID=fedora' }],
  ])('is not installed %s: a person goes on, CI fails, and both read what to do', (_, machine) => {
    const { commands, said } = provide(machine);
    expect(commands).toEqual([]);
    expect(said).toEqual([
      expect.stringMatching(/will be reported as not run[^\n]* apt-get install redis-server\)$/),
    ]);
    expect(() => provide({ ...machine, ci: 'true' })).toThrow(/with CI set they have to run: .*redis-server/);
  });

  it('is installed after a failed attempt only after a day, or in CI', () => {
    const first = provide();
    expect(first.commands).toHaveLength(4);
    expect(provide()).toEqual({ commands: [], said: [first.said.at(-1)] });
    const yesterday = new Date(Date.now() - 25 * 60 * 60_000);
    utimesSync(at('node_modules/.cache/no-a-Redis-server'), yesterday, yesterday);
    expect(provide().commands).toHaveLength(4);
    expect(provide({ ci: 'true', packages: { 'redis-tools': 'redis-check-rdb' } }).commands).toHaveLength(2);
  });
});
