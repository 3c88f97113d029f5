import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { ConfigError } from './config.ts';

/**
 * Reads `.env` of the current folder into the environment, if there is one. A variable that is set already wins; an empty one counts as unset, so
 * `NODE_ENV=` does not hide `NODE_ENV=production`.
 *
 * @param env @default process.env
 * @throws {ConfigError} when the file is there and cannot be read
 */
export function loadDotEnv(env: NodeJS.ProcessEnv = process.env): void {
  for (const [name, value] of Object.entries(readDotEnv())) {
    if (!env[name]?.trim()) env[name] = value;
  }
}

function readDotEnv(): NodeJS.Dict<string> {
  try {
    return parseEnv(readFileSync('.env', 'utf8'));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if ('code' in error && error.code === 'ENOENT') return {};
    throw new ConfigError([
      `.env cannot be read (${error.message}). Make it a readable file of NAME=value lines.`,
    ]);
  }
}
