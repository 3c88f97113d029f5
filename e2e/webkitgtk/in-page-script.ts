import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

/** in-page.js with all that it imports, as a script that makes a global `inPage` of it. */
export function inPageScript(): string {
  const { outputFiles } = buildSync({
    entryPoints: [fileURLToPath(new URL('in-page.js', import.meta.url))],
    bundle: true,
    format: 'iife',
    globalName: 'inPage',
    write: false,
  });
  return outputFiles.map(({ text }) => text).join('\n');
}
