// Removes examples and everything that only they need: npm run remove -- lab race. `examples` removes all of them.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { EXAMPLES, FOLDERS, without } from './without.ts';

const files = new Map<string, string>();
for (const folder of ['.', 'src', 'e2e', 'public', 'scripts']) {
  for (const entry of readdirSync(folder, { recursive: folder !== '.', withFileTypes: true })) {
    const path = `${entry.parentPath}/${entry.name}`.replaceAll('\\', '/').replace('./', '');
    if (entry.isFile()) files.set(path, readFileSync(path, 'utf8'));
  }
}

const names = process.argv.slice(2);
const known = readdirSync('src/examples').filter((name) => files.has(`src/examples/${name}/route.ts`));
if (names.length === 0 || !names.every((name) => [...known, 'examples'].includes(name))) {
  console.error(`Removed nothing. Name some of ${known.join(', ')}, or examples, not '${names.join(' ')}'.`);
  process.exit(2);
}

// What all examples share, this script included, is removed with the last of them.
const isAll = names.includes('examples') || known.every((name) => names.includes(name));
const removed = isAll ? EXAMPLES : names.flatMap((name) => FOLDERS.map((folder) => `${folder}/${name}`));

// Nothing is written until all of it is known to be possible.
const left = without(files, removed);
const manifest = files.get('package.json') ?? '';
if (isAll)
  left.set('package.json', manifest.replace(/,\n *"remove": ".*"(?=\n)|(?<=\n) *"remove": ".*",\n/, ''));
const gone = Array.from(files.keys()).filter((path) => !left.has(path));
for (const path of [...gone, ...removed]) rmSync(path, { recursive: true, force: true });
const changed = Array.from(left).filter(([path, text]) => files.get(path) !== text);
for (const [path, text] of changed) writeFileSync(path, text);
const list = changed.map(([path]) => path).join(', ');
console.log(`Removed ${gone.length} files, changed ${list}. Run npm run check and npm test.`);
