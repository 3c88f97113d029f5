import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
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
 * @throws {TypeError} when there is none
 */
export async function adaptersOf(module: string): Promise<Adapter[]> {
  const { default: exported } = (await import(pathToFileURL(module).href)) as {
    default?: Adapter | Adapter[];
  };
  const adapters = [exported ?? []].flat();
  if (adapters.length === 0 || adapters.some((adapter) => typeof adapter.serve !== 'function')) {
    throw new TypeError(
      `${module} is to export an adapter, or a list of them, by default: see koa-adapter.ts`,
    );
  }
  return adapters;
}
