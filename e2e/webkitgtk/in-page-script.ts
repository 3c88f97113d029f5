import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

let script: string | undefined;

/** in-page.js with all that it imports, as a script that makes a global `inPage` of it. It is made once. */
export function inPageScript(): string {
  script ??= bundle(fileURLToPath(new URL('in-page.js', import.meta.url)));
  return script;
}

function bundle(file: string): string {
  const { outputFiles } = buildSync({
    entryPoints: [file],
    bundle: true,
    // It is read anew for each document.
    minify: true,
    format: 'iife',
    globalName: 'inPage',
    write: false,
  });
  return outputFiles.map(({ text }) => text).join('\n');
}
