import { z } from 'zod';
import type { RedisTarget } from './redis/redis-target.ts';
import { redisSettings, redisTarget } from './redis/storage.ts';
import { type StorageName, storageNames } from './storages/storages.ts';
import { ConfigError } from './config-error.ts';

export { ConfigError };

/** Everything the app needs to know from outside. `createApp` takes it as it is, so a test writes one by hand. */
export interface Config {
  /** `NODE_ENV=production`: secure cookies with `__Host-` names, and no developer features. */
  production: boolean;
  /** Address to listen on. @default '127.0.0.1': nothing outside this machine can connect */
  host: string;
  /** TCP port; 0 takes a free one. @default 3000 */
  port: number;
  /** Session keys: the first seals, the others still open, which is how keys are rotated. */
  keys: string[];
  /** Where sessions live. @default the first of `storageNames` */
  sessionStore: StorageName;
  /**
   * Where Redis is, when sessions live there (@default redis://127.0.0.1:6379). When they live in cookies and REDIS_URL
   * is set, Redis remembers which of them were ended.
   */
  redis?: RedisTarget | undefined;
  /** Least severe level that is logged. @default 'info' */
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  /** Whether `X-Forwarded-*` comes from a proxy of ours and may be believed. @default false */
  trustProxy: boolean;
}

/**
 * Whether the app is outside production and reachable from this machine only. Only then may it have the demo account, and
 * show source pages and stack traces.
 */
export function isLocal({
  production,
  host,
  trustProxy,
}: Pick<Config, 'production' | 'host' | 'trustProxy'>): boolean {
  return !production && !trustProxy && LOOPBACK.test(host);
}

// RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3 and, for the name, RFC 6761 section 6.3.
const LOOPBACK = /^(?:127\.\d+\.\d+\.\d+|::1|localhost)$/i;

/** The key that stands in `.env.example`. It is public, so it is refused unless the app {@link isLocal}. */
export const EXAMPLE_KEY = 'replace-me-with-a-random-key-of-32-or-more-characters';

/** Prints a fresh session key: 32 random bytes as base64url, 43 characters. */
export const KEY_COMMAND = `node -p "require('node:crypto').randomBytes(32).toString('base64url')"`;

const MIN_KEY_LENGTH = 32;

/**
 * Reads the configuration from environment variables. An empty variable counts as one that is not set.
 *
 * @throws {ConfigError} listing all mistakes at once, never showing a key
 */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const given = Object.fromEntries(
    Object.entries(env).map(([name, value]) => [name, value?.trim() || undefined]),
  );
  // The key check depends on it, and zod would skip a check across fields as soon as one field is wrong.
  const production = given['NODE_ENV'] === 'production';
  const local = isLocal({
    production,
    host: given['HOST'] ?? DEFAULT_HOST,
    trustProxy: given['TRUST_PROXY'] === 'true',
  });

  const parsed = schema(local).safeParse(given);
  if (!parsed.success) throw new ConfigError(parsed.error.issues.map((issue) => issue.message));
  return {
    production,
    host: parsed.data.HOST,
    port: parsed.data.PORT,
    keys: parsed.data.SESSION_KEYS,
    sessionStore: parsed.data.SESSION_STORE,
    redis: redisTarget(parsed.data, given),
    logLevel: parsed.data.LOG_LEVEL,
    trustProxy: parsed.data.TRUST_PROXY === 'true',
  };
}

const DEFAULT_HOST = '127.0.0.1';

function schema(local: boolean) {
  return z.object({
    // A misspelt NODE_ENV would switch every protection of production off without a word.
    NODE_ENV: choice('NODE_ENV', ['development', 'production', 'test']).optional(),
    HOST: z
      .string()
      .regex(/^[\w.:-]+$/, {
        error: says(
          'HOST',
          'give an address or a host name without http:// and port, such as 127.0.0.1 or 0.0.0.0',
        ),
      })
      .default(DEFAULT_HOST),
    PORT: z
      .string()
      .refine((port) => /^\d{1,5}$/.test(port) && Number(port) <= 65_535, {
        error: says('PORT', 'give a whole number from 0 to 65535 (0 takes a free port)'),
      })
      .transform(Number)
      .default(3000),
    SESSION_KEYS: keyList(local),
    SESSION_STORE: choice('SESSION_STORE', storageNames).default(storageNames[0]),
    ...redisSettings,
    LOG_LEVEL: choice('LOG_LEVEL', ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default(
      'info',
    ),
    TRUST_PROXY: choice('TRUST_PROXY', ['true', 'false']).default('false'),
  });
}

function choice<const Values extends readonly [string, ...string[]]>(variable: string, values: Values) {
  return z.enum(values, { error: says(variable, `give one of ${values.join(', ')}`) });
}

function says(variable: string, advice: string) {
  return (issue: { input?: unknown }): string => `${variable} is ${JSON.stringify(issue.input)}: ${advice}.`;
}

function keyList(local: boolean) {
  const missing = `SESSION_KEYS is not set: give one or more keys, separated by commas. Make one with: ${KEY_COMMAND}`;
  return z
    .string({ error: missing })
    .transform((list) =>
      list
        .split(',')
        .map((key) => key.trim())
        .filter((key) => key !== ''),
    )
    .superRefine((keys, ctx) => {
      if (keys.length === 0) ctx.addIssue({ code: 'custom', message: missing });
      for (const [index, key] of keys.entries()) {
        const problem = keyProblem(key, local);
        if (problem === undefined) continue;
        const which =
          keys.length === 1 ? 'SESSION_KEYS' : `SESSION_KEYS, key ${index + 1} of ${keys.length},`;
        ctx.addIssue({
          code: 'custom',
          message: `${which} ${problem}. Make a new one with: ${KEY_COMMAND}`,
        });
      }
    });
}

function keyProblem(key: string, local: boolean): string | undefined {
  if (key.length < MIN_KEY_LENGTH) {
    return `has ${key.length} characters and needs at least ${MIN_KEY_LENGTH}`;
  }
  if (!local && /replace-me-with/i.test(key)) {
    return `is the public key of .env.example (${key.length} characters), and other machines can reach this app`;
  }
  return undefined;
}
