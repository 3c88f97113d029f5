import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SetupError } from '../setup/setup-error.js';
import type { Adapter } from './adapter.ts';

/** The adapters that are compared by default, in the order of the table. */
export const SHIPPED = ['ours', 'koa', 'express', 'fastify'].map((name) =>
  join(import.meta.dirname, 'adapters', `${name}.ts`),
);

/** The default export of a module: an adapter, or a list. @throws {SetupError} when there is none */
export async function adaptersOf(module: string): Promise<Adapter[]> {
  if (!existsSync(module)) throw new SetupError(`--adapter: there is no file ${module}`);
  const loaded = (await import(pathToFileURL(module).href)) as { default?: Adapter | Adapter[] };
  const adapters = [loaded.default ?? []].flat();
  if (adapters.length === 0 || adapters.some((adapter) => typeof adapter.serve !== 'function')) {
    throw new SetupError(
      `${module} has no adapter. Export one, or a list, by default: docs/comparison.md has an example`,
    );
  }
  return adapters;
}
