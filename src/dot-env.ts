import { ConfigError } from './config.ts';

/**
 * Reads `.env` of the current folder into the environment, if there is one. Variables that are set already win.
 * @throws {ConfigError} when it is there and cannot be read
 */
export function loadDotEnv(): void {
  try {
    process.loadEnvFile('.env');
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if ('code' in error && error.code === 'ENOENT') return;
    throw new ConfigError([
      `.env cannot be read (${error.message}). Make it a readable file of NAME=value lines.`,
    ]);
  }
}
