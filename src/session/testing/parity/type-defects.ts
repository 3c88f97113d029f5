import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import session from '../../index.ts';
import type { DefectCheck } from './check.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const OURS = fileURLToPath(new URL('../../index.ts', import.meta.url));

/** An app that compiles only if the session is typed. */
const APP = `
const app = new Koa();
app.use(session({ domain: 'example.com', partitioned: true }, app));
app.use((ctx) => {
  // @ts-expect-error -- no such key is declared
  ctx.session.undeclared = 1;
});
`;

/** Defects of types, which only the compiler shows. */
export const TYPE_DEFECTS: DefectCheck[] = [
  {
    name: '22: the options compile, and ctx.session is not any',
    koaSession: /'domain' does not exist.*|Unused '@ts-expect-error' directive/s,
    check: async (library) => {
      // Below node_modules, where the app finds its packages and no other tool looks.
      const folder = join(ROOT, 'node_modules', '.cache');
      await mkdir(folder, { recursive: true });
      const project = await mkdtemp(join(folder, 'type-defects-'));
      try {
        await compile(project, library === session ? relative(project, OURS) : 'koa-session');
      } finally {
        await rm(project, { recursive: true });
      }
    },
  },
];

async function compile(project: string, from: string): Promise<void> {
  const imports = `import Koa from 'koa';\nimport session from '${from.replaceAll('\\', '/')}';\n`;
  await writeFile(join(project, 'app.ts'), imports + APP);
  await writeFile(
    join(project, 'tsconfig.json'),
    JSON.stringify({ extends: join(ROOT, 'tsconfig.json'), include: ['app.ts'] }),
  );
  const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  await run(process.execPath, [compiler, '-p', project]).catch((error: { stdout: string }) => {
    throw new Error(error.stdout);
  });
}
