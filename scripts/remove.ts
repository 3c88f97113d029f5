// Takes examples out of the app, with all that only they need: npm run remove -- lab race. `examples` is all of them.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXAMPLES, without } from './without.ts';

const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: folder !== '.', withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).replaceAll('\\', '/'));
const paths = ['.', 'src', 'e2e', 'public', 'scripts', 'docs']
  .filter((one) => existsSync(one))
  .flatMap(filesIn);
const files = new Map(paths.map((path) => [path, readFileSync(path, 'utf8')]));

const names = process.argv.slice(2);
const known = paths.flatMap((path) => /^src\/examples\/([^/]+)\/route\.ts$/.exec(path)?.[1] ?? []);
const unknown = names.filter((name) => ![...known, 'examples'].includes(name));
if (names.length === 0 || unknown.length > 0) {
  console.error(
    `Examples here are ${known.join(', ')}; examples is all of them. Not: ${unknown.join(', ') || 'none'}.`,
  );
  process.exit(2);
}

const isAll = names.includes('examples');
const entries = paths.map((path) => /^(?:src|e2e|public)\/examples\/(\w+)[^/]*/.exec(path) ?? []);
const removed = entries.flatMap(([entry = '', name = '']) => (names.includes(name) ? entry : []));
if (isAll) removed.push(...EXAMPLES, 'scripts/remove.ts', 'scripts/without.ts');

// Nothing is written before all of it is known to be possible.
const left = without(files, removed);
if (isAll) left.set('package.json', (files.get('package.json') ?? '').replace(/\n *"remove": .*/, ''));
const changed = Array.from(left).filter(([path, text]) => files.get(path) !== text);
for (const path of removed) rmSync(path, { recursive: true, force: true });
for (const [path, text] of changed) writeFileSync(path, text);
const list = changed.map(([path]) => path).join(', ');
console.log(
  `Removed ${files.size - left.size} files, changed ${list}. npm run check and npm test prove the rest.`,
);
