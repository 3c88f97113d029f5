import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { examples } from '../src/examples/examples.ts';
import { plan } from './create/plan.ts';
import { templateOf } from './create/repository.ts';

const SCRIPT = join(import.meta.dirname, 'remove.ts');
const TSX = join(import.meta.dirname, '..', 'node_modules', 'tsx', 'dist', 'cli.mjs');

const LAB = ['src/examples/lab/route.ts', 'e2e/examples/lab/lab.spec.ts', 'public/examples/lab.css'];
const RACE = ['src/examples/race/route.ts', 'public/examples/race.css', 'public/examples/race.js'];
const COMMON = ['src/examples/all.ts', 'src/set-cookie/check.ts', 'e2e/examples/pages.spec.ts'];
const APP: Record<string, string> = {
  ...Object.fromEntries([...LAB, ...RACE, ...COMMON].map((path) => [path, 'export {};\n'])),
  'src/examples/all.ts':
    "import { lab } from './lab/route.ts';\nimport { race } from './race/route.ts';\n\nexport const all = {\n  lab,\n  race,\n};\n",
  'src/app.ts': "import { all } from './examples/all.ts';\n\nmount(all);\nserve();\n",
  'public/style.css': 'p {}\n',
  'scripts/remove.ts': '',
  'scripts/without.ts': '',
  'node_modules/koa/index.js': "import '../../src/examples/all.ts';\n",
  'README.md': '# App\n\n- [The lab](src/examples/lab/)\n- [Race](src/examples/race/route.ts)\n',
  'package.json': '{\n  "scripts": {\n    "dev": "a",\n    "remove": "b",\n    "test": "c"\n  }\n}\n',
};

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'remove-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

const remove = (...names: string[]) =>
  spawnSync(process.execPath, [TSX, SCRIPT, ...names], { cwd: root, encoding: 'utf8' });

function filesOf(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  return Object.fromEntries(files.map((file) => [file.slice(folder.length + 1), readFileSync(file, 'utf8')]));
}

const appWithout = (paths: string[], changed: Record<string, string>) => ({
  ...Object.fromEntries(Object.entries(APP).filter(([path]) => !paths.includes(path))),
  ...changed,
});

// Each run starts a Node that compiles.
describe('npm run remove', { timeout: 60_000 }, () => {
  beforeEach(() => write(APP));

  it('removes an example with everything that only it needs', () => {
    const { stdout, status } = remove('lab');
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: 'Removed 3 files, changed README.md, src/examples/all.ts. Run npm run check and npm test.\n',
    });
    expect(filesOf(root)).toEqual(
      appWithout(LAB, {
        'src/examples/all.ts':
          "import { race } from './race/route.ts';\n\nexport const all = {\n  race,\n};\n",
        'README.md': '# App\n\n- [Race](src/examples/race/route.ts)\n',
      }),
    );
    expect(existsSync(join(root, 'src/examples/lab'))).toBe(false);
  });

  it.each([
    ['all', ['examples']],
    ['each', ['lab', 'race']],
  ])('removes with %s of them what all examples share, and itself', (_what, names) => {
    expect(remove(...names).status).toBe(0);
    expect(filesOf(root)).toEqual(
      appWithout([...LAB, ...RACE, ...COMMON, 'scripts/remove.ts', 'scripts/without.ts'], {
        'src/app.ts': 'serve();\n',
        'README.md': '# App\n',
        'package.json': '{\n  "scripts": {\n    "dev": "a",\n    "test": "c"\n  }\n}\n',
      }),
    );
  });

  it.each([
    ['nothing', []],
    ['an unknown example', ['lab', 'labs']],
  ])('changes nothing for %s, and lists the examples', (_what, names) => {
    const { stderr, status } = remove(...names);
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: `Removed nothing. Name some of lab, race, or examples, not '${names.join(' ')}'.\n`,
    });
    expect(filesOf(root)).toEqual(APP);
  });

  it('changes nothing if a line cannot be removed alone', () => {
    const page = "import { lab } from './examples/lab/route.ts';\n\nexport const page = [lab];\n";
    writeFileSync(join(root, 'src/page.ts'), page);
    const { stderr, status } = remove('lab');
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringContaining('src/page.ts:3 uses lab'),
    });
    expect(filesOf(root)).toEqual({ ...APP, 'src/page.ts': page });
  });
});

describe('an app with all examples', { timeout: 120_000 }, () => {
  const choices = { directory: 'app', name: 'app', store: 'memory', pm: 'npm', sessionTests: false } as const;
  const template = templateOf(join(import.meta.dirname, '..'));
  const app = plan(template, { ...choices, minimal: false, install: false, git: false }, 'k'.repeat(43));

  it.each([...Object.keys(examples), 'examples'])(
    'has no type errors after `npm run remove -- %s`',
    (name) => {
      const files = Array.from(app, ([path, { content }]) => [path, content] as const);
      write(Object.fromEntries(files));
      symlinkSync(join(import.meta.dirname, '..', 'node_modules'), join(root, 'node_modules'));
      expect(remove(name)).toMatchObject({ status: 0, stderr: '' });
      const readme = readFileSync(join(root, 'README.md'), 'utf8');
      expect(/src\/examples|run remove/.test(readme)).toBe(name !== 'examples');
      const tsc = join('node_modules', 'typescript', 'bin', 'tsc');
      expect(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))).toHaveProperty('scripts.check');
      const { stdout, status } = spawnSync(process.execPath, [tsc], { cwd: root, encoding: 'utf8' });
      expect({ stdout, status }).toEqual({ stdout: '', status: 0 });
    },
  );
});
