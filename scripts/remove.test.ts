import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const SCRIPT = join(import.meta.dirname, 'remove.ts');
const TSX = join(import.meta.dirname, '..', 'node_modules', 'tsx', 'dist', 'cli.mjs');

const LAB = [
  'src/examples/lab/route.ts',
  'src/set-cookie/check.ts',
  'e2e/examples/lab.spec.ts',
  'public/examples/lab.css',
];
const RACE = [
  'src/examples/race/route.ts',
  'e2e/examples/race-trial.spec.ts',
  'public/examples/race/race.js',
];
const APP: Record<string, string> = {
  ...Object.fromEntries([...LAB, ...RACE].map((path) => [path, 'export {};\n'])),
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
  for (const [path, text] of Object.entries(APP)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
});
afterEach(() => rmSync(root, { recursive: true }));

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
  it('takes out an example with all that is its own', () => {
    const { stdout, status } = remove('lab');
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout:
        'Removed 4 files, changed README.md, src/examples/all.ts. npm run check and npm test prove the rest.\n',
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

  it('takes out several, and all with itself', () => {
    expect(remove('lab', 'race').status).toBe(0);
    expect(readFileSync(join(root, 'src/examples/all.ts'), 'utf8')).toBe('export const all = {\n};\n');
    expect(remove('examples').status).toBe(0);
    const scripts = ['scripts/remove.ts', 'scripts/without.ts'];
    expect(filesOf(root)).toEqual(
      appWithout([...LAB, ...RACE, ...scripts, 'src/examples/all.ts'], {
        'src/app.ts': 'serve();\n',
        'README.md': '# App\n',
        'package.json': '{\n  "scripts": {\n    "dev": "a",\n    "test": "c"\n  }\n}\n',
      }),
    );
  });

  it.each([
    ['nothing', []],
    ['what is no example', ['lab', 'labs']],
  ])('changes nothing for %s, and lists the examples', (_what, names) => {
    const { stderr, status } = remove(...names);
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining('lab, race') });
    expect(filesOf(root)).toEqual(APP);
  });

  it('changes nothing when a line cannot go alone', () => {
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
