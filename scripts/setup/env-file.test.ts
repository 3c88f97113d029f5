import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readEnvFile, writeEnvFile } from './env-file.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'env-file-'));
  writeFileSync(
    join(root, '.env.example'),
    '# comment\nPORT=3000\nSESSION_KEYS=replace-me\nLOG_LEVEL=info\n',
  );
});
afterEach(() => rmSync(root, { recursive: true }));

describe('the .env file', () => {
  it('is the example with a key of 256 bits, another one each time', () => {
    writeEnvFile(root);
    const first = readFileSync(join(root, '.env'), 'utf8');
    expect(first).toMatch(/^# comment\nPORT=3000\nSESSION_KEYS=[\w-]{43}\nLOG_LEVEL=info\n$/);
    rmSync(join(root, '.env'));
    writeEnvFile(root);
    expect(readFileSync(join(root, '.env'), 'utf8')).not.toBe(first);
  });

  it.skipIf(process.platform === 'win32')('can be read by its owner only', () => {
    writeEnvFile(root);
    expect(statSync(join(root, '.env')).mode & 0o777).toBe(0o600);
  });

  it('is never overwritten, not even when it is empty', () => {
    writeFileSync(join(root, '.env'), '');
    expect(() => writeEnvFile(root)).toThrow('EEXIST');
    expect(readEnvFile(root)).toEqual({});
  });

  it('is undefined when there is none, and an error when it cannot be read', () => {
    expect(readEnvFile(root)).toBeUndefined();
    mkdirSync(join(root, '.env'));
    expect(() => readEnvFile(root)).toThrow('EISDIR');
  });

  it('is read without its byte order mark', () => {
    writeFileSync(join(root, '.env'), '\uFEFFNODE_ENV=production\n');
    expect(readEnvFile(root)).toEqual({ NODE_ENV: 'production' });
  });

  it('is not written from an example that has no place for the key', () => {
    writeFileSync(join(root, '.env.example'), '# SESSION_KEYS=x\n');
    expect(() => writeEnvFile(root)).toThrow('.env.example has no line SESSION_KEYS=');
    expect(readEnvFile(root)).toBeUndefined();
  });
});
