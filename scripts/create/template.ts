import { readdir, readFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Template } from './plan.ts';

/**
 * npm leaves files of these names out of a package, or reads them as its own settings. In the package they have an
 * underscore in the place of the dot, or before the name.
 */
const PACKED_NAMES: Record<string, string> = {
  '.gitignore': '_gitignore',
  'package.json': '_package.json',
  'package-lock.json': '_package-lock.json',
};
const OWN_NAMES = Object.fromEntries(Object.entries(PACKED_NAMES).map(([own, packed]) => [packed, own]));

/** The path that a file of the repository has in the package. */
export function packedPath(path: string): string {
  return renamed(path, PACKED_NAMES);
}

/** @param folder of the package */
export async function readTemplate(folder: string): Promise<Template> {
  const [files, minimal] = await Promise.all([
    readFolder(join(folder, 'template')),
    readFolder(join(folder, 'minimal')),
  ]);
  return { files, minimal };
}

async function readFolder(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return new Map(
    await Promise.all(
      files.map(async ({ parentPath, name }) => {
        const file = join(parentPath, name);
        const path = file.slice(folder.length + 1).replaceAll(sep, '/');
        return [renamed(path, OWN_NAMES), await readFile(file, 'utf8')] as const;
      }),
    ),
  );
}

function renamed(path: string, names: Record<string, string>): string {
  const at = path.lastIndexOf('/') + 1;
  const name = path.slice(at);
  return path.slice(0, at) + (names[name] ?? name);
}
