import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from './arguments.ts';
import { Failure, inWords } from './failure.ts';

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
  it('says what the system says of a file, and of which', () => {
    writeFileSync(join(root, 'file'), '');
    symlinkSync('loop', join(root, 'loop'));
    const long = 'x'.repeat(300);
    const thrown = {
      'is a file and no directory': thrownBy(() => mkdirSync(join(root, 'file', 'app'))),
      'path is too long': thrownBy(() => mkdirSync(join(root, long))),
      'leads back to itself': thrownBy(() => readdirSync(join(root, 'loop'))),
    };
    for (const [words, error] of Object.entries(thrown)) {
      const failure = inWords(error);
      expect(failure).toBeInstanceOf(Failure);
      expect(failure).toMatchObject({ message: expect.stringContaining(words), cause: error });
      expect(String(failure)).toContain(root);
    }
  });

  it.each(['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'ENAMETOOLONG', 'ELOOP', 'ENOTDIR', 'EMFILE'])(
    'has words of its own for %s, on one line, with what to do',
    (code) => {
      const path = 'a\nb "c"';
      const error = Object.assign(new Error(`${code}: no, mkdir '${path}'`), {
        code,
        syscall: 'mkdir',
        path,
      });
      const { message } = inWords(error) as Failure;
      expect(message).toMatch(/^Cannot write "a\\nb \\"c\\"": .+\.$/);
      expect(message).not.toContain(code);
    },
  );

  it('takes the system’s words where it has none, and says so without a path', () => {
    const error = Object.assign(new Error('EIO: i/o error, write'), { code: 'EIO', syscall: 'write' });
    expect(inWords(error)).toMatchObject({ message: 'Cannot write "the directory": EIO: i/o error, write.' });
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
    expect(inWords(thrown)).toBe(thrown);
  });
});
