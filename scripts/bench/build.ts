import { join } from 'node:path';
import { build as bundle } from 'esbuild';

/** The repository. */
export const ROOT = join(import.meta.dirname, '..', '..');

const OUTPUT = join(ROOT, 'node_modules', '.cache', 'bench');

/** The programs that run in their own processes. */
const PROGRAMS = ['server', 'store'] as const;

/** The JavaScript of a program. */
export function builtFile(program: (typeof PROGRAMS)[number]): string {
  return join(OUTPUT, `${program}.mjs`);
}

/**
 * Compiles the measured programs to JavaScript. A TypeScript loader gives each function its name when the function is
 * made, and that would take longer than some of what is measured.
 */
export async function build(): Promise<void> {
  await bundle({
    entryPoints: PROGRAMS.map((program) => join(import.meta.dirname, `${program}.ts`)),
    outdir: OUTPUT,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'es2023',
    // The folder whose packages candidates.ts loads.
    define: { 'import.meta.dirname': JSON.stringify(import.meta.dirname) },
  });
}
