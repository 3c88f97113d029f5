import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Made } from './adapter.ts';

/** The packages and bytes that an installation of the middleware brings, each package once. */
export function weigh({ packages: names, folder, ownFolder }: Made): { packages: number; bytes: number } {
  const found = new Set<string>();
  const visit = (name: string, from: string): void => {
    const place = placeOf(name, from);
    if (found.has(place)) return;
    found.add(place);
    const manifest = readFileSync(join(place, 'package.json'), 'utf8');
    const { dependencies = {} } = JSON.parse(manifest) as { dependencies?: Record<string, string> };
    for (const dependency of Object.keys(dependencies)) visit(dependency, place);
  };
  for (const name of names) visit(name, folder);
  const own = ownFolder === undefined ? 0 : sizeOf(ownFolder, /\.test\.|(^|[\\/])testing[\\/]/);
  const bytes = [...found].reduce((sum, place) => sum + sizeOf(place, /(^|[\\/])node_modules[\\/]/), own);
  return { packages: found.size, bytes };
}

/** The folder that `name` resolves to, for code in `from`. */
function placeOf(name: string, from: string): string {
  const place = join(from, 'node_modules', name);
  if (existsSync(place)) return place;
  if (dirname(from) === from) throw new Error(`the package ${name} is not installed`);
  return placeOf(name, dirname(from));
}

/** @param ignored paths of files that do not count, such as nested packages, which count for themselves */
function sizeOf(folder: string, ignored: RegExp): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => !ignored.test(file))
    .map((file) => statSync(join(folder, file)))
    .reduce((sum, entry) => (entry.isFile() ? sum + entry.size : sum), 0);
}
