import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { installCommand, lockFiles, packageManager, withCaller, type Name } from './package-manager.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'package-manager-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const calledBy = (agent: string) => ({ npm_config_user_agent: `${agent} npm/? node/v20.20.2 linux x64` });

describe('the package manager', () => {
  it.each([
    ['package-lock.json', 'npm'],
    ['pnpm-lock.yaml', 'pnpm'],
    ['yarn.lock', 'yarn'],
    ['bun.lock', 'bun'],
    ['bun.lockb', 'bun'],
  ])('is by %s %s, whoever calls', (lockFile, name) => {
    writeFileSync(join(root, lockFile), '');
    for (const agent of ['npm/11.0.0', 'pnpm/10.0.0', 'yarn/4.0.0', 'bun/1.3.0']) {
      expect(packageManager(root, calledBy(agent))).toEqual({ name, lockFile });
    }
    expect(lockFiles(root)).toEqual([lockFile]);
  });

  it.each([
    ['npm/11.0.0', 'npm'],
    ['pnpm/12.0.0', 'pnpm'],
    ['yarn/1.22.22', 'yarn'],
    ['bun/1.4.5', 'bun'],
    ['another/1.0.0', 'npm'],
  ])('is without a lock file that of the call: for %s %s', (agent, name) => {
    expect(packageManager(root, calledBy(agent))).toEqual({ name, lockFile: undefined });
  });

  it('is npm when nothing tells', () => {
    expect(packageManager(root, {})).toEqual({ name: 'npm', lockFile: undefined });
    expect(lockFiles(root)).toEqual([]);
  });

  it('is of two with a lock file the one that calls, or else npm', () => {
    writeFileSync(join(root, 'package-lock.json'), '');
    writeFileSync(join(root, 'yarn.lock'), '');
    expect(packageManager(root, calledBy('yarn/4.0.0')).name).toBe('yarn');
    expect(packageManager(root, calledBy('bun/1.4.5')).name).toBe('npm');
  });
});

const command = (name: Name, locked: boolean, { dev = true, version = '4.18.1' } = {}) =>
  installCommand({ name, lockFile: locked ? 'a lock file' : undefined }, { dev, version }).join(' ');

describe('the command that installs', () => {
  it('holds on to the lock file', () => {
    expect(command('npm', true)).toBe('npm ci --include=dev --no-audit --no-fund');
    expect(command('pnpm', true)).toContain('pnpm install --frozen-lockfile');
    expect(command('yarn', true, { version: '1.22.22' })).toContain('yarn install --frozen-lockfile');
    expect(command('yarn', true)).toBe('yarn install --immutable');
    expect(command('bun', true)).toBe('bun install --frozen-lockfile');
  });

  it('writes one where there is none, in CI too', () => {
    expect(command('npm', false)).toBe('npm install --include=dev --no-audit --no-fund');
    expect(command('pnpm', false)).toContain('pnpm install --no-frozen-lockfile');
    expect(command('yarn', false, { version: '1.22.22' })).not.toContain('frozen');
    expect(command('yarn', false)).toBe('yarn install --no-immutable');
    expect(command('bun', false)).toBe('bun install');
  });

  it('leaves development dependencies out where they are not needed, and only there', () => {
    expect(command('npm', true, { dev: false })).toContain(' --omit=dev');
    expect(command('pnpm', true, { dev: false })).toContain(' --prod ');
    expect(command('pnpm', true)).toContain(' --prod=false ');
    expect(command('yarn', true, { dev: false, version: '1.22.22' })).toContain(' --production=true');
    expect(command('yarn', true, { version: '1.22.22' })).toContain(' --production=false');
    expect(command('yarn', true, { dev: false })).toBe('yarn workspaces focus --production');
    expect(command('bun', true, { dev: false })).toContain(' --production');
  });

  it('asks nothing', () => {
    expect(command('pnpm', true)).toContain(' --config.confirmModulesPurge=false');
    expect(command('yarn', true, { version: '1.22.22' })).toContain(' --non-interactive');
  });
});

describe('what runs a package manager', () => {
  it.each<[Name, string]>([
    ['npm', '/lib/npm/bin/npm-cli.js'],
    ['pnpm', '/lib/pnpm/bin/pnpm.cjs'],
    ['yarn', '/lib/yarn/bin/yarn.js'],
    ['yarn', '/app/.yarn/releases/yarn-4.18.1.cjs'],
  ])('is for %s the file that called us: %s', (name, cli) => {
    expect(withCaller([name, 'install'], { npm_execpath: cli })).toEqual([process.execPath, cli, 'install']);
  });

  it.each<[Name, string | undefined]>([
    ['npm', undefined],
    ['npm', '/lib/pnpm/bin/pnpm.cjs'],
    ['pnpm', '/lib/npm/bin/npm-cli.js'],
    ['npm', '/lib/npm/bin/npx-cli.js'],
    ['pnpm', '/bin/pnpm'],
    ['bun', '/bin/bun.exe'],
  ])('is for %s the one on PATH after a call by %s', (name, cli) => {
    expect(withCaller([name, 'install'], { npm_execpath: cli })).toEqual([name, 'install']);
  });
});
