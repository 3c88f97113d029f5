import { readFileSync } from 'node:fs';

/**
 * @param {string} file
 * @returns {string | undefined} its text; undefined if there is no such file
 */
export function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
