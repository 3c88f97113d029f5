import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { ConfigError } from './config-error.ts';

/**
 * Reads a `.env` file into the environment, if there is one. Unlike `process.loadEnvFile` it overrides empty variables, so
 * that `NODE_ENV=` does not hide `NODE_ENV=production`, and it refuses lines that Node would skip.
 *
 * @param env @default process.env
 * @param file @default .env in the current folder
 * @throws {ConfigError} when the file cannot be read, or has a line that is not NAME=value
 */
export function loadDotEnv(env: NodeJS.ProcessEnv = process.env, file = '.env'): void {
  if (!existsSync(file)) return;
  const text = readText(file);
  const lost = text
    // A quoted value may have several lines.
    .replaceAll(/=[^\S\n]*(["'`])[^]*?\1/g, '=')
    .split('\n')
    .find((line) => !/^\s*(#|$|(export\s+)?[\w.-]+\s*=)/.test(line));
  if (lost !== undefined) {
    // Show no more of the line: it may hold a key.
    const shown = JSON.stringify(lost.slice(0, 10));
    const advice = 'Write NAME=value, or # before it.';
    throw new ConfigError([`.env has a line without NAME=, which begins with ${shown}. ${advice}`]);
  }
  for (const [name, value] of Object.entries(parseEnv(text))) {
    if (!env[name]?.trim()) env[name] = value;
  }
}

/** The text without a byte order mark, with `\n` as the only line end. */
function readText(file: string): string {
  try {
    const text = readFileSync(file, 'utf8');
    return text.replace(/^\uFEFF/, '').replaceAll(/\r\n?/g, '\n');
  } catch (error) {
    const advice = 'Make it a readable file of NAME=value lines.';
    throw new ConfigError([`.env cannot be read (${String(error)}). ${advice}`]);
  }
}
