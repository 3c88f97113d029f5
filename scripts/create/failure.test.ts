import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Failure, inWords, UsageError } from './failure.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'failure-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function thrownBy(act: () => void): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('inWords', () => {
  it('says what the system says of a file, and where the app would have been', () => {
    writeFileSync(join(root, 'file'), '');
    symlinkSync('loop', join(root, 'loop'));
    const long = 'x'.repeat(300);
    const thrown = {
      'is a file and no directory': thrownBy(() => mkdirSync(join(root, 'file', 'app'))),
      'path is too long': thrownBy(() => mkdirSync(join(root, long))),
      'leads back to itself': thrownBy(() => readdirSync(join(root, 'loop'))),
    };
    for (const [words, error] of Object.entries(thrown)) {
      const failure = inWords(error, '/home/ann/app');
      expect(failure).toBeInstanceOf(Failure);
      expect(failure).toMatchObject({ message: expect.stringContaining(words), cause: error });
      expect(String(failure)).toContain('Nothing was made in "/home/ann/app": ');
    }
  });

  it.each([
    'EACCES',
    'EPERM',
    'EROFS',
    'ENOSPC',
    'EDQUOT',
    'ENAMETOOLONG',
    'ELOOP',
    'ENOENT',
    'ENOTDIR',
    'EMFILE',
  ])('has words of its own for %s, on one line, with what to do', (code) => {
    const place = 'a\nb "c"';
    const error = Object.assign(new Error(`${code}: no, mkdir 'x'`), { code, syscall: 'mkdir', path: 'x' });
    const { message } = inWords(error, place) as Failure;
    expect(message).toMatch(/^Nothing was made in "a\\nb \\"c\\"": .+\.$/);
    expect(message).not.toContain(code);
  });

  it('repeats the system’s words on one line where it has no words of its own', () => {
    const error = Object.assign(new Error("EIO: i/o error, open 'a\nb'"), { code: 'EIO', syscall: 'open' });
    expect(inWords(error, '/app')).toMatchObject({
      message: 'Nothing was made in "/app": EIO: i/o error, open \'a b\'.',
    });
  });

  it.each([
    new Error('ours'),
    new UsageError('usage'),
    new Failure('failure'),
    new TypeError('mistake'),
    'text',
    undefined,
    null,
  ])('leaves anything else as it is: %s', (thrown) => {
    expect(inWords(thrown, '/app')).toBe(thrown);
  });
});
