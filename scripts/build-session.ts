// `npm run build:session`: bundles src/session/ into one file for `import` and one for `require()`, with their types.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');
const TSC = [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', join(ROOT, 'src/tsconfig.build.json')];

/** Writes session.mjs, session.cjs and their types into the folder `to`. */
export async function buildSession(to: string): Promise<void> {
  const entryPoints = [join(ROOT, 'src/session/index.ts')];
  const options = { entryPoints, bundle: true, packages: 'external', target: 'node20' } as const;
  await build({ ...options, format: 'esm', outfile: join(to, 'session.mjs') });
  // `require()` returns the function itself, with all exports as its properties.
  const footer = { js: 'module.exports = Object.assign(module.exports.default, module.exports);' };
  await build({ ...options, platform: 'node', format: 'cjs', outfile: join(to, 'session.cjs'), footer });

  const types = join(to, 'types');
  execFileSync(process.execPath, [...TSC, '--emitDeclarationOnly', '--outDir', types], { stdio: 'inherit' });
  const { declared, exported } = rollUp(join(types, 'session'));
  rmSync(types, { recursive: true });
  writeFileSync(join(to, 'session.d.mts'), `${declared}export {${exported}};\n`);
  const calls = declared.match(/(?<=^ +)\(.*\): Middleware;$/gm) ?? [];
  const required = calls.map((call) => `declare function required${call}\n`).join('');
  const namespace = `declare namespace required {\n  export {${exported}};\n}\nexport = required;\n`;
  writeFileSync(join(to, 'session.d.cts'), declared + required + namespace);
}

/** Splits before each statement, which begins in the first column, or before its comment. */
const STATEMENT = /(?<!\*\/\n)^(?=\/\*\*|[a-z])/m;
const NAME = /^(?:export )?(?:declare )?(?:abstract )?(?:class|const|function|interface|type) (\w+)/m;
const IMPORT = /^import (?:type )?\{ (.*) \} (from '\w.*\n)/m;
/** What may be the name of another declaration, or a comment, in which nothing is. */
const REFERENCE = /\/\*\*[^]*?\*\/|\b[A-Z]\w+|(?<=typeof |\[)\w+/g;

/** The exports of index.d.ts in the folder and all declarations that they need, as the text of one file. */
function rollUp(folder: string): { declared: string; exported: string } {
  const textOf = (path: string): string =>
    readFileSync(join(folder, path), 'utf8').replaceAll(/import\("\..*?"\)\.|^export (?=[dit])/gm, '');
  const byName = new Map<string, Set<string>>();
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    for (const statement of path.endsWith('.d.ts') ? textOf(path).split(STATEMENT) : []) {
      const [, names = '', from] = IMPORT.exec(statement) ?? NAME.exec(statement) ?? [];
      for (const name of names.split(', ')) {
        const text = from ? `import { ${name} } ${from}` : statement;
        byName.set(name, (byName.get(name) ?? new Set()).add(text));
      }
    }
  }
  const index = textOf('index.d.ts');
  const lists = Array.from(index.matchAll(/^(?:export |type )+\{(.*?),? \}/gm), ([, list]) => list);
  const exported = `${lists.join().replaceAll(/ type | +/g, ' ')}, session `;
  let declared = index.slice(index.indexOf('declare module'));
  const needed = new Set([...(exported.match(/\w+/g) ?? []), ...(declared.match(REFERENCE) ?? [])]);
  for (const name of needed) {
    const [statement = '', other] = byName.get(name) ?? [];
    if (other !== undefined) throw new Error(`Two files of src/session/ declare ${name}: rename one of them`);
    declared += statement;
    for (const reference of statement.match(REFERENCE) ?? []) needed.add(reference);
  }
  return { declared, exported };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildSession(join(ROOT, 'dist', 'session'));
