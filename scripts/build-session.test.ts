import { execFileSync, spawn } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as index from '../src/session/index.ts';
import { buildSession } from './build-session.ts';

const ROOT = join(import.meta.dirname, '..');
const PAGE = readFileSync(join(ROOT, 'docs', 'from-koa-session.md'), 'utf8');

/** What the page assumes: a clone of this repository, with the projects beside it. */
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'build-session-')));
const clone = join(folder, 'koa-session-starter');
const built = join(clone, 'dist', 'session');

beforeAll(async () => {
  mkdirSync(built, { recursive: true });
  for (const name of ['src', 'node_modules']) symlinkSync(join(ROOT, name), join(clone, name), 'junction');
  await buildSession(built);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('npm run build:session', () => {
  it('makes two files and their types', () => {
    const made = ['session.cjs', 'session.d.cts', 'session.d.mts', 'session.mjs'];
    expect(readdirSync(built).toSorted()).toEqual(made);
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(scripts['build:session']).toContain('tsx scripts/build-session.ts');
  });

  it('makes a file whose require() is the function, with all exports as its properties', () => {
    const session = createRequire(import.meta.url)(join(built, 'session.cjs'));
    expect(session).toBeTypeOf('function');
    expect(session.default).toBe(session);
    expect(session.createSession).toBe(session);
    expect(Object.keys(session).toSorted()).toEqual(Object.keys(index).toSorted());
  });

  it('makes a file for import that has the same exports', async () => {
    const imported = await import(/* @vite-ignore */ join(built, 'session.mjs'));
    expect(imported.default).toBe(imported.session);
    expect(Object.keys(imported).toSorted()).toEqual(Object.keys(index).toSorted());
  });

  it('imports the same packages as the folder, and bundles none', () => {
    const names = ['session.mjs', 'session.cjs'].map((file) => {
      const code = readFileSync(join(built, file), 'utf8');
      const imports = code.matchAll(/^import .* from "(.*)";$|\brequire\("(.*?)"\)/gm);
      return new Set(Array.from(imports, ([, imported, required]) => imported ?? required ?? ''));
    });
    for (const found of names) {
      const packages = Array.from(found).filter((name) => !name.startsWith('node:'));
      expect(packages.toSorted()).toEqual(['cookies', 'crc/crc32', 'lru-cache']);
    }
  });

  it('writes types for every export, including those that are only types', () => {
    const source = readFileSync(join(ROOT, 'src', 'session', 'index.ts'), 'utf8');
    const types = readFileSync(join(built, 'session.d.mts'), 'utf8');
    expect(exportsOf(types)).toEqual(exportsOf(source));
    expect(exportsOf(types)).toContain('VersionedStore');
  });
});

/** The names that a module's lists export, and `session`, which index.ts declares. */
function exportsOf(module: string): string[] {
  const lists = Array.from(module.matchAll(/^export (?:type )?\{([^}]*)\}/gm), ([, list = '']) => list);
  const names = lists
    .join()
    .split(',')
    .map((name) => name.trim().split(' ').at(-1) ?? '');
  return Array.from(new Set(['session', ...names.filter((name) => name !== '')])).toSorted();
}

interface Step {
  /** The file of the text; undefined if the text is commands. */
  file?: string;
  text: string;
}

const BLOCK = /(?:^`([^`\n]+)`:\n\n)?^```(\w+)\n([^]*?)^```$/gm;

function stepsOf(heading: string): Step[] {
  const section = PAGE.split(/^#+ /m).find((one) => one.startsWith(`${heading}\n`)) ?? '';
  return Array.from(section.matchAll(BLOCK), ([, file, language, text = '']): Step => {
    if (language === 'sh') return { text };
    if (file === undefined)
      throw new Error(`Above this block the page does not say in which file it is:\n${text}`);
    // The page shows the app once for all ways to import.
    return { file, text: /\.[cm]?[jt]s$/.test(file) ? `${text}\n${APP}` : text };
  });
}

const [[, , , APP = ''] = []] = PAGE.matchAll(BLOCK);

/** An empty project beside the clone. */
function newProject(): string {
  const project = mkdtempSync(join(folder, 'project-'));
  writeFileSync(join(project, 'package.json'), '{ "name": "my-app" }');
  return project;
}

/** Does what the page says. @returns the answers of each started program to two visits of one browser */
async function follow(steps: readonly Step[], project: string): Promise<string[][]> {
  const answers: string[][] = [];
  for (const { file, text } of steps) {
    if (file !== undefined) {
      mkdirSync(dirname(join(project, file)), { recursive: true });
      writeFileSync(join(project, file), text);
      continue;
    }
    for (const line of text.trim().split('\n')) {
      if (line.startsWith('node ')) answers.push(await visitTwice(line.slice('node '.length), project));
      else run(line, project);
    }
  }
  return answers;
}

function run(line: string, cwd: string): void {
  const [, names] = /^npm install (?:--save-dev )?(.*)$/.exec(line) ?? [];
  if (names !== undefined) for (const name of names.split(' ')) install(name, cwd);
  // `beforeAll` has done it.
  else if (line !== 'npm run --prefix ../koa-session-starter build:session') shell(line, cwd);
}

/** Needs no network: links the package of this repository, without the packages that npm would hoist. */
function install(name: string, project: string): void {
  const modules = join(project, 'node_modules');
  link(join(ROOT, 'node_modules', name), join(modules, name));
  if (name === 'typescript') link(join(modules, name, 'bin', 'tsc'), join(modules, '.bin', 'tsc'));
}

function link(target: string, at: string): void {
  mkdirSync(dirname(at), { recursive: true });
  symlinkSync(realpathSync(target), at);
}

function shell(line: string, cwd: string): string {
  try {
    return execFileSync('sh', ['-c', line], { cwd, encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${line}\n${stdout}${stderr}`, { cause: error });
  }
}

/** Makes a program listen on a free port, whatever port it names, and print it. */
const ANY_PORT = `const { Server } = require('node:net');
const { listen } = Server.prototype;
Server.prototype.listen = function () {
  return listen.call(this, 0, '127.0.0.1', () => console.log('port ' + this.address().port));
};
`;

async function visitTwice(file: string, cwd: string): Promise<string[]> {
  const preload = join(folder, 'any-port.cjs');
  writeFileSync(preload, ANY_PORT);
  const env = { ...process.env, SESSION_KEY: 'a key for this test alone, 32 characters' };
  const server = spawn(process.execPath, ['--require', preload, file], { cwd, env });
  try {
    const port = await new Promise<string>((resolve, reject) => {
      let said = '';
      const listen = (chunk: Buffer): void => {
        said += String(chunk);
        const [, port] = /^port (\d+)$/m.exec(said) ?? [];
        if (port !== undefined) resolve(port);
      };
      server.stdout.on('data', listen);
      server.stderr.on('data', listen);
      server.on('exit', () => reject(new Error(`node ${file} has ended:\n${said}`)));
    });
    const first = await fetch(`http://127.0.0.1:${port}/`);
    const cookie = first.headers
      .getSetCookie()
      .map((line) => line.split(';', 1)[0])
      .join('; ');
    const second = await fetch(`http://127.0.0.1:${port}/`, { headers: { cookie } });
    return [await first.text(), await second.text()];
  } finally {
    server.kill();
  }
}

describe('docs/from-koa-session.md', { timeout: 120_000 }, () => {
  it.each([
    ['the folder in TypeScript', ['Copy the folder'], 1],
    ['one file in JavaScript, as an ES module and in CommonJS', ['Take one file', 'In JavaScript'], 2],
    ['one file in TypeScript, as an ES module', ['Take one file', 'In TypeScript', 'ES modules'], 1],
    ['one file in TypeScript, in CommonJS', ['Take one file', 'In TypeScript', 'CommonJS'], 1],
  ])('gets an empty project to run with %s', async (_, headings, programs) => {
    const answers = await follow(headings.flatMap(stepsOf), newProject());
    expect(answers).toEqual(Array.from({ length: programs }, () => ['1 views', '2 views']));
  });

  const FOLDER = stepsOf('Copy the folder');
  /** A project with the folder, not yet compiled. */
  async function withFolder(): Promise<string> {
    const project = newProject();
    await follow(
      FOLDER.filter(({ file, text }) => file !== undefined || text.startsWith('npm ')),
      project,
    );
    return project;
  }

  it('names all packages that the tests in the folder need', async () => {
    const project = await withFolder();
    cpSync(join(clone, 'src', 'session'), join(project, 'src', 'session'), {
      recursive: true,
      dereference: true,
    });
    expect(shell('npx tsc', project)).toBe('');
  });

  it.each([
    [
      'the checks that `tsc --init` switches on',
      {
        noUncheckedIndexedAccess: true,
        exactOptionalPropertyTypes: true,
        verbatimModuleSyntax: true,
        isolatedModules: true,
        noUncheckedSideEffectImports: true,
        moduleDetection: 'force',
        declaration: true,
      },
    ],
    ['no strict checks', { strict: false }],
    [
      'a bundler',
      {
        module: 'preserve',
        rewriteRelativeImportExtensions: false,
        allowImportingTsExtensions: true,
        noEmit: true,
      },
    ],
  ])('gets it to compile with %s', async (_, options) => {
    const project = await withFolder();
    const file = join(project, 'tsconfig.json');
    const config = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(
      file,
      JSON.stringify({ ...config, compilerOptions: { ...config.compilerOptions, ...options } }),
    );
    expect(shell('npx tsc', project)).toBe('');
  });

  it('makes it run as CommonJS', async () => {
    const project = await withFolder();
    shell('npm pkg set type=commonjs && npx tsc', project);
    expect(await visitTwice('dist/app.js', project)).toEqual(['1 views', '2 views']);
  });

  it('lists the difference for every defect of koa-session', () => {
    const defects = numbersIn(readFileSync(join(ROOT, 'docs', 'koa-session-defects.md'), 'utf8'));
    expect(defects).toHaveLength(22);
    expect(numbersIn(PAGE)).toEqual(defects);
  });
});

/** The numbers with which rows of tables begin, each once. */
function numbersIn(text: string): number[] {
  return Array.from(new Set(Array.from(text.matchAll(/^\| (\d+)/gm), ([, number]) => Number(number))));
}
