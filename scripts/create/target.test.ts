import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from './failure.ts';
import { collisions, targetOf } from './target.ts';

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'target-')));
});
afterEach(() => rmSync(root, { recursive: true }));

function put(...paths: string[]): void {
  for (const path of paths) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    if (path.endsWith('/')) mkdirSync(join(root, path), { recursive: true });
    else writeFileSync(join(root, path), '');
  }
}

const target = (directory: string) => {
  const { path, state } = targetOf(directory, root);
  return { path: path.replace(root, 'ROOT'), state };
};

function problemOf(directory: string): string {
  try {
    targetOf(directory, root);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error(`${JSON.stringify(directory)} will do`);
}

describe('targetOf', () => {
  it('tells nothing, an empty folder and a full one from each other', () => {
    put('empty/', 'full/.hidden', 'full-of-folders/folder/');
    expect(target('app')).toEqual({ path: 'ROOT/app', state: 'missing' });
    expect(target('empty')).toEqual({ path: 'ROOT/empty', state: 'empty' });
    expect(target('full')).toEqual({ path: 'ROOT/full', state: 'filled' });
    expect(target('full-of-folders').state).toBe('filled');
  });

  it('takes a folder that has a repository and nothing else for empty', () => {
    put('app/.git/HEAD', 'worktree/.git', 'more/.git/HEAD', 'more/.gitignore');
    expect(target('app').state).toBe('empty');
    expect(target('worktree').state).toBe('empty');
    expect(target('more').state).toBe('filled');
  });

  it.each([
    ['.', 'ROOT'],
    ['./', 'ROOT'],
    ['app/', 'ROOT/app'],
    ['app///', 'ROOT/app'],
    ['./a/../app/.', 'ROOT/app'],
    ['my app', 'ROOT/my app'],
    [' ', 'ROOT/ '],
    [`it's "one"`, `ROOT/it's "one"`],
    ['Crème-日本-🦊', 'ROOT/Crème-日本-🦊'],
    ['-x', 'ROOT/-x'],
    ['--force', 'ROOT/--force'],
    ['~/app', 'ROOT/~/app'],
    ['$HOME;`id`\\n', 'ROOT/$HOME;`id`\\n'],
    ['...', 'ROOT/...'],
    ['node_modules2', 'ROOT/node_modules2'],
    ['a/'.repeat(500), `ROOT${'/a'.repeat(500)}`],
  ])('leads for %j to %j', (directory, path) => {
    expect(target(directory).path).toBe(path);
  });

  it('goes up, and to absolute paths', () => {
    expect(targetOf('..', join(root, 'a', 'b')).path).toBe(join(root, 'a'));
    expect(targetOf('../c', join(root, 'a', 'b')).path).toBe(join(root, 'a', 'c'));
    expect(targetOf(join(root, 'app'), '/elsewhere').path).toBe(join(root, 'app'));
    expect(targetOf('/', root)).toEqual({ path: '/', state: 'filled' });
  });

  it('follows links to where they lead', () => {
    put('real/full/file');
    symlinkSync('real', join(root, 'link'));
    symlinkSync(join(root, 'link', 'full'), join(root, 'to-full'));
    expect(target('link')).toEqual({ path: 'ROOT/real', state: 'filled' });
    expect(target('to-full/')).toEqual({ path: 'ROOT/real/full', state: 'filled' });
    expect(target('link/new/app')).toEqual({ path: 'ROOT/real/new/app', state: 'missing' });
    expect(targetOf('app', join(root, 'link')).path).toBe(join(root, 'real', 'app'));
  });

  it('refuses a link to nothing, there or on the way', () => {
    symlinkSync('nothing', join(root, 'link'));
    symlinkSync('link', join(root, 'link-to-link'));
    for (const directory of ['link', 'link/', 'link/app', 'link-to-link']) {
      expect(problemOf(directory)).toMatch(new RegExp(`^"${directory}" is a symbolic link to nothing`));
    }
  });

  it('says what the system says of a link that leads back to itself', () => {
    symlinkSync('loop', join(root, 'loop'));
    symlinkSync('pong', join(root, 'ping'));
    symlinkSync('ping', join(root, 'pong'));
    for (const directory of ['loop', 'loop/app', 'ping', 'pong/a/b']) {
      expect(() => targetOf(directory, root)).toThrow('ELOOP');
    }
  });

  it('refuses a file, and what would be in one', () => {
    put('file');
    symlinkSync('file', join(root, 'link'));
    expect(problemOf('file')).toMatch(/^"file" is a file/);
    expect(problemOf('file/')).toMatch(/^"file\/" is a file/);
    expect(problemOf('link')).toMatch(/^"link" is a file/);
    for (const directory of ['file/app', 'file/a/b', 'link/app']) {
      expect(() => targetOf(directory, root)).toThrow('ENOTDIR');
    }
  });

  it('refuses node_modules, however it gets there', () => {
    put('node_modules/', 'real/node_modules/a/');
    symlinkSync('real/node_modules', join(root, 'link'));
    const all = ['node_modules', 'node_modules/a', './node_modules/', 'a/node_modules/b', 'link', 'link/a/b'];
    for (const directory of all) expect(problemOf(directory)).toContain('in a folder node_modules');
    expect(() => targetOf('app', join(root, 'node_modules'))).toThrow(UsageError);
  });

  it.each(['a\nb', '\0', 'a\u001B[31mb', '\t', '\u007F', '\u0085', 'app\r'])(
    'refuses control characters and does not print them: %j',
    (directory) => {
      const problem = problemOf(directory);
      expect(problem).toContain('control characters');
      // oxlint-disable-next-line eslint/no-control-regex -- they are what is looked for
      expect(problem).not.toMatch(/[\u0000-\u001F]/);
    },
  );

  it('finds its own path again', () => {
    put('full/file', 'empty/');
    symlinkSync('full', join(root, 'link'));
    const part = fc.constantFrom('full', 'empty', 'link', 'new', '.', '..', '', ' ', '-x', 'é', "'", '\\');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        // So that `..` stays below the root.
        const found = targetOf(join(root, 'a/b/c/d/e/f', parts.join('/')), '/');
        expect(targetOf(found.path, '/')).toEqual(found);
        expect(targetOf(`${found.path}/`, root)).toEqual(found);
      }),
    );
  });
});

const found = (...paths: string[]) => collisions(root, paths);

describe('collisions', () => {
  it('are none in an empty folder and among other files', () => {
    put('other', 'src/other', 'empty/');
    expect(found('a', 'src/b', 'src/deep/c', 'empty/d')).toEqual({ overwritten: [], blocked: [] });
    expect(collisions(join(root, 'missing'), ['a', 'b/c'])).toEqual({ overwritten: [], blocked: [] });
  });

  it('are files that are there already, links among them', () => {
    put('a', 'src/b', 'elsewhere/');
    symlinkSync('nothing', join(root, 'c'));
    symlinkSync('elsewhere', join(root, 'd'));
    expect(found('a', 'src/b', 'c', 'd', 'e')).toEqual({
      overwritten: ['a', 'src/b', 'c', 'd'],
      blocked: [],
    });
  });

  it('block where a file needs the place of a folder, or a folder that of a file', () => {
    put('src', 'a/', 'b/c/d', 'e/f');
    const blocked = [
      { path: 'src', reason: 'a file' },
      { path: 'a', reason: 'a folder' },
      { path: 'b/c', reason: 'a folder' },
      { path: 'e/f', reason: 'a file' },
    ];
    expect(found('src/a', 'src/b/c', 'a', 'b/c', 'e/f/g/h')).toEqual({ overwritten: [], blocked });
  });

  it('block where a link is on the way, wherever it leads', () => {
    put('elsewhere/file');
    symlinkSync('elsewhere', join(root, 'src'));
    symlinkSync('nothing', join(root, 'lib'));
    const blocked = [
      { path: 'src', reason: 'a symbolic link' },
      { path: 'lib', reason: 'a symbolic link' },
    ];
    expect(found('src/file', 'src/new', 'lib/a/b')).toEqual({ overwritten: [], blocked });
  });
});
