import { join } from 'node:path';
import { build as bundle } from 'esbuild';

const SOURCES = import.meta.dirname;
const OUTPUT = join(SOURCES, '..', '..', 'node_modules', '.cache', 'bench');

/** What runs in processes of its own. */
const PROGRAMS = ['server', 'store'] as const;

/** The JavaScript of a program. */
export function builtFile(program: (typeof PROGRAMS)[number]): string {
  return join(OUTPUT, `${program}.mjs`);
}

/**
 * Makes JavaScript of the programs that are measured. What runs TypeScript directly gives each function its name as it is made,
 * and that alone would take more time than some of what is measured.
 */
export async function build(): Promise<void> {
  await bundle({
    entryPoints: PROGRAMS.map((program) => join(SOURCES, `${program}.ts`)),
    outdir: OUTPUT,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'es2023',
    // The folder of the peers.
    define: { 'import.meta.dirname': JSON.stringify(SOURCES) },
  });
}
