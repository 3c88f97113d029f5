import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SetupError } from '../setup/setup-error.js';
import type { Adapter } from './adapter.ts';

/** Those that are compared by default, in the order of the table. */
export const SHIPPED = [
  'ours',
  'koa-session',
  'koa-generic-session',
  'express-session',
  'fastify-session',
  'fastify-secure-session',
].map((name) => join(import.meta.dirname, 'adapters', `${name}.ts`));

/**
 * The adapters that a module exports by default: one, or a list.
 * @throws {SetupError} when there is none
 */
export async function adaptersOf(module: string): Promise<Adapter[]> {
  if (!existsSync(module)) throw new SetupError(`--adapter: there is no file ${module}`);
  const { default: exported } = (await import(pathToFileURL(module).href)) as {
    default?: Adapter | Adapter[];
  };
  const adapters = [exported ?? []].flat();
  if (adapters.length === 0 || adapters.some((adapter) => typeof adapter.serve !== 'function')) {
    throw new SetupError(
      `${module} is to export an adapter, or a list of them, by default: see koa-adapter.ts`,
    );
  }
  return adapters;
}
