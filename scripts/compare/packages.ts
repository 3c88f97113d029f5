import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Made } from './adapter.ts';

interface Manifest {
  dependencies?: Record<string, string>;
}

/** What an installation of the middleware brings, each package once. */
export function weigh({ packages: names, folder, ownFolder }: Made): { packages: number; bytes: number } {
  const found = new Set<string>();
  const visit = (name: string, from: string): void => {
    const place = placeOf(name, from);
    if (found.has(place)) return;
    found.add(place);
    const manifest = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8')) as Manifest;
    for (const dependency of Object.keys(manifest.dependencies ?? {})) visit(dependency, place);
  };
  for (const name of names) visit(name, folder);
  const own = ownFolder === undefined ? 0 : sizeOf(ownFolder, (file) => !/\.test\.|\/testing\//.test(file));
  return { packages: found.size, bytes: [...found].reduce((sum, place) => sum + sizeOf(place), own) };
}

/** The folder that `name` resolves to, for code in `from`. */
function placeOf(name: string, from: string): string {
  const place = join(from, 'node_modules', name);
  if (existsSync(place)) return place;
  if (dirname(from) === from) throw new Error(`the package ${name} is not installed`);
  return placeOf(name, dirname(from));
}

/** Bytes of the files, nested packages aside: they count for themselves. */
function sizeOf(folder: string, counts: (file: string) => boolean = () => true): number {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => name !== 'node_modules')
    .reduce((sum, entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return sum + sizeOf(path, counts);
      return entry.isFile() && counts(path) ? sum + statSync(path).size : sum;
    }, 0);
}
