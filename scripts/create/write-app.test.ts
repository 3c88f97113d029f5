import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PlannedFile } from './plan.ts';
import { collisions, targetOf } from './target.ts';
import { writeApp } from './write-app.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'write-app-'));
});
afterEach(() => rmSync(root, { recursive: true }));

type Tree = Record<string, string>;

/** All that is below a folder, by its path; of files the permissions and what is in them. */
function treeOf(folder: string): Tree {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted();
  return Object.fromEntries(
    paths.map((path) => {
      const file = join(folder, path);
      const stat = lstatSync(file);
      if (stat.isDirectory()) return [path, 'a folder'];
      if (stat.isSymbolicLink()) return [path, `a link to ${readlinkSync(file)}`];
      return [path, fileOf(readFileSync(file, 'utf8'), stat.mode)];
    }),
  );
}

const fileOf = (content: string, mode: number): string => `${(mode & 0o777).toString(8)} ${content}`;

const UMASK = process.umask();

/** What a tree is after the planned files have been put there. */
function withPlan(before: Tree, plan: ReadonlyMap<string, PlannedFile>, below = ''): Tree {
  const after = { ...before };
  for (const [path, { content, mode = 0o666 }] of plan) {
    const parts = join(below, path).split('/');
    for (let at = 1; at < parts.length; at++) after[parts.slice(0, at).join('/')] = 'a folder';
    after[parts.join('/')] = fileOf(content, mode & ~UMASK);
  }
  return after;
}

const never = new AbortController().signal;

/** All that is planned may be overwritten. */
function during(signal: AbortSignal, plan?: ReadonlyMap<string, unknown>) {
  return { overwritten: Array.from(plan?.keys() ?? []), signal };
}

function planOf(files: Record<string, string>): Map<string, PlannedFile> {
  return new Map(Object.entries(files).map(([path, content]) => [path, { content }]));
}

/** The same plan, with something that happens while one of its files is written. */
function meanwhile(plan: ReadonlyMap<string, PlannedFile>, at: number, happens: () => void) {
  const files = Array.from(plan, ([path, file], index) => {
    const { content } = file;
    const watched = {
      ...file,
      get content() {
        if (index === at) queueMicrotask(happens);
        return content;
      },
    };
    return [path, watched] as const;
  });
  return new Map<string, PlannedFile>(files);
}

describe('writeApp', () => {
  it('keeps a secret from others, and what can be run for all', async () => {
    const plan = new Map([
      ['.env', { content: 'KEY=secret', mode: 0o600 }],
      ['bin/run', { content: '#!/bin/sh', mode: 0o755 }],
      ['plain', { content: '' }],
    ]);
    mkdirSync(join(root, 'there'));
    writeFileSync(join(root, 'there', '.env'), 'KEY=', { mode: 0o644 });
    for (const directory of ['new', 'there']) {
      await writeApp(targetOf(directory, root), plan, during(never, plan));
      expect(treeOf(join(root, directory))).toEqual(withPlan({}, plan));
      expect(lstatSync(join(root, directory, '.env')).mode & 0o777).toBe(0o600);
    }
  });

  it('replaces a link and leaves what it leads to', async () => {
    mkdirSync(join(root, 'app'));
    writeFileSync(join(root, 'precious'), 'precious');
    symlinkSync('../precious', join(root, 'app', 'a'));
    symlinkSync('nothing', join(root, 'app', 'b'));
    const plan = planOf({ a: 'ours', b: 'ours' });
    await writeApp(targetOf('app', root), plan, during(never, plan));
    expect(readFileSync(join(root, 'precious'), 'utf8')).toBe('precious');
    expect(treeOf(join(root, 'app'))).toEqual(withPlan({}, plan));
  });

  it.each(['日'.repeat(85), '🦊'.repeat(63), 'x'.repeat(255)])(
    'makes a folder of the longest name: %s',
    async (name) => {
      const plan = planOf({ a: 'a' });
      await writeApp(targetOf(name, root), plan, during(never, plan));
      expect(treeOf(root)).toEqual(withPlan({}, plan, name));
    },
  );

  it('leaves nothing when the folder has appeared meanwhile with something in it', async () => {
    const plan = meanwhile(planOf({ a: 'a' }), 0, () => {
      mkdirSync(join(root, 'app'));
      writeFileSync(join(root, 'app', 'b'), 'b');
    });
    await expect(writeApp(targetOf('app', root), plan, during(never, plan))).rejects.toThrow(
      /app" appeared while the app was written/,
    );
    expect(treeOf(root)).toEqual(withPlan({}, planOf({ 'app/b': 'b' })));
  });

  it('does not take away what somebody has put into the folders that it made', async () => {
    const stop = new AbortController();
    const plan = meanwhile(planOf({ a: 'a' }), 0, () => {
      writeFileSync(join(root, 'one', 'precious'), 'precious');
      stop.abort(new Error('stopped'));
    });
    await expect(writeApp(targetOf('one/two/app', root), plan, during(stop.signal, plan))).rejects.toThrow(
      'stopped',
    );
    expect(treeOf(root)).toEqual(withPlan({}, planOf({ 'one/precious': 'precious' })));
  });

  it('leaves nothing when the folders that lead to it cannot all be made', async () => {
    const directory = `one/two/${'x'.repeat(256)}/app`;
    await expect(writeApp(targetOf(directory, root), planOf({ a: 'a' }), during(never))).rejects.toThrow(
      'ENAMETOOLONG',
    );
    expect(treeOf(root)).toEqual({});
  });

  it('leaves nothing when one file cannot be written', async () => {
    const plan = planOf({ a: 'a', ['x'.repeat(256)]: 'b' });
    await expect(writeApp(targetOf('one/app', root), plan, during(never, plan))).rejects.toThrow(
      'ENAMETOOLONG',
    );
    expect(treeOf(root)).toEqual({});
  });

  it('leaves alone a file that has come since the target was looked at', async () => {
    const folder = join(root, 'app');
    mkdirSync(folder);
    const plan = meanwhile(planOf({ a: 'a', d: 'd' }), 1, () => writeFileSync(join(folder, 'd'), 'precious'));
    const written = writeApp(targetOf('app', root), plan, during(never));
    await expect(written).rejects.toThrow(/"[^"]*d" appeared while the app was written/);
    expect(treeOf(folder)).toEqual(withPlan({}, planOf({ d: 'precious' })));
  });

  it('keeps what it cannot give back, and says where', async () => {
    const folder = join(root, 'app');
    mkdirSync(join(folder, 'b'), { recursive: true });
    writeFileSync(join(folder, 'b', 'a'), 'before');
    /** Loses the folder `b`, and gets a file `z`, while files are moved. */
    class Disturbed extends Map<string, PlannedFile> {
      #asked = 0;
      override *keys() {
        this.#asked += 1;
        for (const path of super.keys()) {
          if (path === 'z' && this.#asked === 2) {
            renameSync(join(folder, 'b'), join(folder, 'lost'));
            writeFileSync(join(folder, 'z'), 'precious');
          }
          yield path;
        }
        return undefined;
      }
    }
    const plan = new Disturbed(planOf({ 'b/a': 'a', z: 'z' }));
    const written = writeApp(targetOf('app', root), plan, { overwritten: ['b/a'], signal: never });
    await expect(written).rejects.toThrow(/some files could not be put back: they are in "[^"]*\.former"/);
    const staging = readdirSync(folder).find((name) => name.startsWith('.')) ?? '';
    expect(readFileSync(join(folder, staging, '.former', 'b', 'a'), 'utf8')).toBe('before');
    expect(readFileSync(join(folder, 'z'), 'utf8')).toBe('precious');
  });

  it('gives everything back when a folder has appeared in the place of a file', async () => {
    const folder = join(root, 'app');
    mkdirSync(folder);
    writeFileSync(join(folder, 'a'), 'before');
    const before = treeOf(folder);
    const plan = meanwhile(planOf({ a: 'a', 'b/c': 'c', d: 'd' }), 1, () => {
      mkdirSync(join(folder, 'd'));
      writeFileSync(join(folder, 'd', 'precious'), 'precious');
    });
    await expect(writeApp(targetOf('app', root), plan, during(never, plan))).rejects.toThrow(
      /"[^"]*d" appeared while the app was written/,
    );
    expect(treeOf(folder)).toEqual(withPlan(before, planOf({ 'd/precious': 'precious' })));
  });
});

const NAMES = ['a', 'b', '.c', 'd e'];
const path = fc
  .array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join('/'));
/** No file is in the place of a folder of another. */
function filesOf<File>(file: fc.Arbitrary<File>, minLength: number): fc.Arbitrary<Map<string, File>> {
  return fc.array(fc.tuple(path, file), { minLength, maxLength: 8 }).map((files) => {
    const isFolder = (path: string): boolean => files.some(([other]) => other.startsWith(`${path}/`));
    return new Map(files.filter(([path]) => !isFolder(path)));
  });
}
const existing = filesOf(
  fc.record({
    kind: fc.constantFrom('file', 'file', 'folder', 'link'),
    content: fc.string({ maxLength: 5 }),
    mode: fc.constantFrom(0o644, 0o600, 0o444, 0o755),
  }),
  0,
);
const plan: fc.Arbitrary<Map<string, PlannedFile>> = filesOf(
  fc.record(
    { content: fc.string({ maxLength: 5 }), mode: fc.constantFrom(0o600, 0o755) },
    { requiredKeys: ['content'] },
  ),
  1,
);
/** The index of the file at which it is stopped; mostly it is not stopped. */
const stoppedAt = fc.oneof(fc.constant(-1), fc.nat(7));

describe('writeApp, as a whole or not at all', () => {
  it('puts all files among what is there, or changes nothing', async () => {
    let done = 0;
    let failed = 0;
    await fc.assert(
      fc.asyncProperty(existing, plan, stoppedAt, async (existing, plan, at) => {
        const folder = mkdtempSync(join(root, 'app-'));
        for (const [path, { kind, content, mode }] of existing) {
          const file = join(folder, path);
          mkdirSync(dirname(file), { recursive: true });
          if (kind === 'folder') mkdirSync(file);
          else if (kind === 'link') symlinkSync('nothing', file);
          else {
            writeFileSync(file, content);
            chmodSync(file, mode);
          }
        }
        const before = treeOf(folder);
        const { overwritten, blocked } = collisions(folder, plan.keys());
        expect(overwritten.every((path) => before[path] !== undefined)).toBe(true);
        const stop = new AbortController();
        const files = meanwhile(plan, at, () => stop.abort(new Error('stopped')));
        const isDone = await writeApp(targetOf(folder, root), files, during(stop.signal, files)).then(
          () => true,
          () => false,
        );
        expect(isDone).toBe(blocked.length === 0 && !stop.signal.aborted);
        expect(treeOf(folder)).toEqual(isDone ? withPlan(before, plan) : before);
        if (isDone) done++;
        else failed++;
      }),
      { numRuns: 60 },
    );
    expect(Math.min(done, failed)).toBeGreaterThan(3);
  });

  it('makes a new folder with all files in it, or nothing', async () => {
    const parents = fc.array(fc.constantFrom(...NAMES), { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(parents, fc.nat(3), plan, stoppedAt, async (parts, depth, plan, at) => {
        const cwd = mkdtempSync(join(root, 'cwd-'));
        mkdirSync(join(cwd, ...parts.slice(0, depth)), { recursive: true });
        const before = treeOf(cwd);
        const stop = new AbortController();
        const files = meanwhile(plan, at, () => stop.abort(new Error('stopped')));
        const directory = join(...parts, 'my-app');
        const written = writeApp(targetOf(directory, cwd), files, during(stop.signal, files));
        const isDone = await written.then(
          () => true,
          () => false,
        );
        expect(isDone).toBe(!stop.signal.aborted);
        expect(treeOf(cwd)).toEqual(isDone ? withPlan(before, plan, directory) : before);
        expect(existsSync(join(cwd, directory))).toBe(isDone);
      }),
      { numRuns: 60 },
    );
  });
});
