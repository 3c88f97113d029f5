import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Koa from 'koa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sessionWith } from '../core/middleware.ts';
import { MemoryRevocations } from '../revocations/memory-revocations.ts';
import { MemoryStore } from '../memory/memory-store.ts';
import { indexWithout, makeProjectWithout, OPTIONAL, testsWithout, USED_UNNAMED } from './left-out.ts';
import { bag, setUp } from './set-up.ts';

/** Set by `npm run test:all`: then the remaining tests are run, too. */
const ALL = process.env['LEFT_OUT'] === 'all';
/** The limit for processes that hang, in ms. */
const LONG = 900_000;

const root = mkdtempSync(join(tmpdir(), 'left-out-'));
const MODULES = join(import.meta.dirname, '..', '..', '..', 'node_modules');
const run = promisify(execFile);

beforeAll(() => {
  for (const folder of [...OPTIONAL, 'cookie']) makeProjectWithout(folder, join(root, folder));
});

afterAll(() => rmSync(root, { recursive: true }));

/** The output of a package's program; undefined if it succeeds. */
async function complaints(program: string, given: string[], cwd = root): Promise<string | undefined> {
  // Without the variables that make other tests longer.
  const { LEFT_OUT: _, CONTENTION_ROUNDS: _c, PARITY_RUNS: _p, ...env } = process.env;
  try {
    await run(process.execPath, [join(MODULES, program), ...given], {
      cwd,
      env: { ...env, NO_COLOR: '1' },
      maxBuffer: 2 ** 26,
      timeout: LONG,
    });
    return undefined;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return stdout + stderr;
  }
}

describe('src/session type-checks', () => {
  let found: string;

  // All at once takes half as long as one by one.
  beforeAll(async () => {
    const projects = [...OPTIONAL, 'cookie'].map((folder) => join(folder, 'src', 'tsconfig.build.json'));
    found = (await complaints('typescript/bin/tsc', ['-b', ...projects, '--noEmit'])) ?? '';
  }, LONG);

  it('not without a folder that it needs', () => {
    expect(found).toMatch(/^cookie\/src\/session\/core\/.*error TS2307: Cannot find module/m);
  });

  it.each(OPTIONAL)('without %s/', (folder) => {
    expect(found.split('\n').filter((line) => line.startsWith(`${folder}/`))).toEqual([]);
  });
});

describe.runIf(ALL)('the tests of src/session that do not use it pass', () => {
  it.each(OPTIONAL)(
    'without %s/',
    async (folder) => {
      const tests = testsWithout(folder).map((path) => `src/session/${path}`);
      expect(tests.length).toBeGreaterThan(5);
      const timeouts = ['--testTimeout=120000', '--hookTimeout=120000'];
      const given = ['run', ...tests, ...timeouts, '--reporter=dot'];
      expect(await complaints('vitest/vitest.mjs', given, join(root, folder))).toBeUndefined();
    },
    LONG,
  );
});

it('takes from index.ts the statements on a folder, and the parts that use what they import', () => {
  const index = [
    "import { sessionWith } from './core/middleware.ts';",
    "import { one } from './one/one.ts';",
    "import {\n  Two,\n  type Three as Four,\n} from './two/two.ts';",
    '',
    'export const session = sessionWith({',
    '  one,',
    '  withTwo: (keeper) => new Two(keeper),',
    '});',
    "export { Two, type Three } from './two/two.ts';",
    "export { one } from './one/one.ts';",
    '',
  ].join('\n');
  expect(indexWithout('two', index)).toBe(
    [
      "import { sessionWith } from './core/middleware.ts';",
      "import { one } from './one/one.ts';",
      '',
      'export const session = sessionWith({',
      '  one,',
      '});',
      "export { one } from './one/one.ts';",
      '',
    ].join('\n'),
  );
});

it('lists only tests that exist, and folders that may be left out', () => {
  expect(OPTIONAL).toEqual(expect.arrayContaining(Object.keys(USED_UNNAMED)));
  const missing = Object.values(USED_UNNAMED)
    .flat()
    .filter((path) => !existsSync(join(import.meta.dirname, '..', path)));
  expect(missing).toEqual([]);
});

describe('an app that needs a folder that is left out gets an error that names it', () => {
  const classic = { get: () => undefined, set: () => undefined, destroy: () => undefined };
  const make = sessionWith({});

  it.each([
    ['revocations', { revocations: new MemoryRevocations() }],
    ['outage', { store: new MemoryStore(), onStoreError: 'cookie' as const }],
    ['koa-session', { store: classic }],
  ])('when it is set up: %s', (folder, options) => {
    const app = new Koa();
    expect(() => make(options, app)).toThrow(`needs the folder ${folder}/, which this app leaves out`);
  });

  it('when a handler calls update(): conflicts', async () => {
    const { request } = setUp({}, make);
    const { result } = await request((ctx) =>
      bag(ctx)
        .update(() => {})
        .catch(String),
    );
    expect(result).toMatch(/update\(\) needs the folder conflicts\/, which this app leaves out/);
  });
});

it('without conflicts/ the last write replaces the writes of others, and nothing is reported as merged', async () => {
  const { app, request } = setUp({ store: new MemoryStore() }, sessionWith({}));
  const events: string[] = [];
  for (const name of ['saved', 'merged']) app.on(`session:${name}`, () => events.push(name));
  await request((ctx) => (bag(ctx).a = 1));
  await request(async (ctx) => {
    bag(ctx).a = 2;
    await request((other) => (bag(other).b = 3));
  });
  expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual({ a: 2 });
  expect(events).toEqual(['saved', 'saved']);
});
