import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { readIfThere } from './read-if-there.js';
import { SetupError } from './setup-error.js';

/**
 * Reads `.env`.
 *
 * @param {string} root the project's folder
 * @returns {NodeJS.Dict<string> | undefined} undefined if there is none
 */
export function readEnvFile(root) {
  const text = readIfThere(join(root, '.env'));
  // As the app reads it: without a byte order mark.
  return text === undefined ? undefined : parseEnv(text.replace(/^\uFEFF/, ''));
}

/**
 * Writes `.env`: `.env.example` with a fresh random key of 256 bits, readable by its owner only.
 *
 * @param {string} root the project's folder
 * @throws {SetupError} if `.env.example` has no line for the key
 * @throws {Error} EEXIST if there is a `.env` after all: it is never overwritten
 */
export function writeEnvFile(root) {
  const example = readFileSync(join(root, '.env.example'), 'utf8');
  const key = /^SESSION_KEYS=.*$/m;
  if (!key.test(example))
    throw new SetupError('.env.example has no line SESSION_KEYS=…: restore it from the repository');
  const content = example.replace(key, `SESSION_KEYS=${randomBytes(32).toString('base64url')}`);
  writeFileSync(join(root, '.env'), content, { flag: 'wx', mode: 0o600 });
}
