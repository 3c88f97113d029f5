import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

let script: string | undefined;

/** in-page.js and its imports, bundled once into a script that defines the global `inPage`. */
export function inPageScript(): string {
  script ??= bundle(fileURLToPath(new URL('in-page.js', import.meta.url)));
  return script;
}

function bundle(file: string): string {
  const { outputFiles } = buildSync({
    entryPoints: [file],
    bundle: true,
    // It is parsed for each document.
    minify: true,
    format: 'iife',
    globalName: 'inPage',
    write: false,
  });
  return outputFiles.map(({ text }) => text).join('\n');
}
