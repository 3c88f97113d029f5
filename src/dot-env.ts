import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { ConfigError } from './config.ts';

/**
 * Reads `.env` of the current folder into the environment, if there is one. A variable that is set already wins; an empty
 * one counts as unset, so `NODE_ENV=` does not hide `NODE_ENV=production`.
 *
 * @param env @default process.env
 * @throws {ConfigError} when the file is there and cannot be read
 */
export function loadDotEnv(env: NodeJS.ProcessEnv = process.env): void {
  for (const [name, value] of Object.entries(readDotEnv())) {
    if (!env[name]?.trim()) env[name] = value;
  }
}

/** @throws {ConfigError} for a line that `parseEnv` would skip silently */
function readDotEnv(): NodeJS.Dict<string> {
  const text = textOfDotEnv();
  const line = text
    // A quoted value may have several lines.
    .replaceAll(/=[^\S\n]*(["'`])[^]*?\1/g, '=')
    .split('\n')
    .find((one) => !/^\s*(#|$|(export\s+)?[\w.-]+\s*=)/.test(one));
  if (line !== undefined) {
    // Never more of it: it may hold a key.
    throw new ConfigError([
      `.env has a line without NAME=, which begins with ${JSON.stringify(line.slice(0, 10))}. Write NAME=value, or # before it.`,
    ]);
  }
  return parseEnv(text);
}

/** Without a byte order mark, and with one kind of line ends. */
function textOfDotEnv(): string {
  try {
    return readFileSync('.env', 'utf8')
      .replace(/^\uFEFF/, '')
      .replaceAll(/\r\n?/g, '\n');
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if ('code' in error && error.code === 'ENOENT') return '';
    throw new ConfigError([
      `.env cannot be read (${error.message}). Make it a readable file of NAME=value lines.`,
    ]);
  }
}
