import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError } from './config-error.ts';
import { loadDotEnv } from './dot-env.ts';

const folder = mkdtempSync(join(tmpdir(), 'dot-env-'));
afterAll(() => rmSync(folder, { recursive: true }));

function load(text: string | Buffer, env: NodeJS.ProcessEnv = {}) {
  writeFileSync(join(folder, '.env'), text);
  loadDotEnv(env, join(folder, '.env'));
  return env;
}

describe('.env', () => {
  it.each([
    ['a byte order mark', '\uFEFFA=1\nB=two words\n'],
    ['the line ends of Windows', 'A=1\r\nB=two words\r\n'],
    ['the line ends of an old Mac', 'A=1\rB=two words\r'],
    ['quotes, comments and an export', '# C=3\nexport A="1"\n\n  B = \'two words\' # mine'],
  ])('is read with %s', (_what, text) => {
    expect(load(text)).toEqual({ A: '1', B: 'two words' });
  });

  it('is overridden by variables that are set, but not by empty ones', () => {
    const env = load('A=1\nB=2\nC=3\nD="4\n5 and 6"\n', { A: 'ours', B: '', C: ' ' });
    expect(env).toEqual({ A: 'ours', B: '2', C: '3', D: '4\n5 and 6' });
  });

  it('may be missing, but must be readable', () => {
    loadDotEnv({}, join(folder, 'missing'));
    expect(() => loadDotEnv({}, folder)).toThrow(/\.env cannot be read \(.*EISDIR/);
  });

  it.each([
    ['A=1\nHOST\n', '"HOST"'],
    ['SESSION_KEYS: hunter2\n', '"SESSION_KE"'],
    [Buffer.from('A=1\n', 'utf16le'), ''],
  ])('is refused with a line that would be skipped, of which the error shows little: %j', (text, shown) => {
    expect(() => load(text)).toThrow(ConfigError);
    expect(() => load(text)).toThrow(`.env has a line without NAME=, which begins with ${shown}`);
  });
});
