import { z } from 'zod';
import type { RedisTarget } from './redis/redis-target.ts';
import { redisSettings, redisTarget } from './redis/storage.ts';
import { type StorageName, storageNames } from './storages/storages.ts';
import { ConfigError } from './config-error.ts';

export { ConfigError };

/** All settings of the app. `createApp` does not read the environment, so a test can write a config by hand. */
export interface Config {
  /** `NODE_ENV=production`: secure cookies with `__Host-` names, and no developer features. */
  production: boolean;
  /** Address to listen on. @default '127.0.0.1': nothing outside this machine can connect */
  host: string;
  /** TCP port; 0 takes a free one. @default 3000 */
  port: number;
  /** Session keys: the first one seals cookies, and all of them open cookies, so that keys can be rotated. */
  keys: string[];
  /** Where sessions live. @default the first of `storageNames` */
  sessionStore: StorageName;
  /**
   * Where Redis is, if sessions live there (@default redis://127.0.0.1:6379). If they live in cookies and REDIS_URL is
   * set, Redis stores which of them are revoked.
   */
  redis?: RedisTarget | undefined;
  /** Least severe level that is logged. @default 'info' */
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  /** Whether our own proxy sets `X-Forwarded-*`, so that the app can trust them. @default false */
  trustProxy: boolean;
}

/**
 * Whether the app is outside production and reachable from this machine only. Only then may it have the demo account, and
 * show source pages and stack traces.
 */
export function isLocal(config: Pick<Config, 'production' | 'host' | 'trustProxy'>): boolean {
  return !config.production && !config.trustProxy && LOOPBACK.test(config.host);
}

// RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3 and, for the name, RFC 6761 section 6.3.
const LOOPBACK = /^(?:127\.\d+\.\d+\.\d+|::1|localhost)$/i;

/** The key in `.env.example`. It is public, so it is refused unless the app {@link isLocal}. */
export const EXAMPLE_KEY = 'replace-me-with-a-random-key-of-32-or-more-characters';

/** A command that prints a new session key: 32 random bytes as base64url, 43 characters. */
export const KEY_COMMAND = `node -p "require('node:crypto').randomBytes(32).toString('base64url')"`;

const MIN_KEY_LENGTH = 32;

/**
 * Reads the configuration from environment variables. An empty variable counts as unset.
 *
 * @throws {ConfigError} that lists all mistakes and shows no key
 */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const given = Object.fromEntries(
    Object.entries(env).map(([name, value]) => [name, value?.trim() || undefined]),
  );
  // Not checked by zod, which skips checks across fields as soon as one field is wrong.
  const production = given['NODE_ENV'] === 'production';
  const trustProxy = given['TRUST_PROXY'] === 'true';
  const local = isLocal({ production, trustProxy, host: given['HOST'] ?? DEFAULT_HOST });

  const { data, error } = schema(local).safeParse(given);
  if (error) throw new ConfigError(error.issues.map((issue) => problemOf(issue, given)));
  return {
    production,
    trustProxy,
    host: data.HOST,
    port: data.PORT,
    keys: data.SESSION_KEYS,
    sessionStore: data.SESSION_STORE,
    redis: redisTarget(data, given),
    logLevel: data.LOG_LEVEL,
  };
}

const DEFAULT_HOST = '127.0.0.1';
const HOST_FORM = 'give an address or a host name without http:// and port, such as 127.0.0.1 or 0.0.0.0';
const PORT_FORM = 'give a whole number from 0 to 65535 (0 takes a free port)';

function schema(local: boolean) {
  return z.object({
    // A misspelt NODE_ENV would silently switch off every protection of production.
    NODE_ENV: z.enum(['development', 'production', 'test']).optional(),
    HOST: z
      .string()
      .regex(/^[\w.:-]+$/, HOST_FORM)
      .default(DEFAULT_HOST),
    PORT: z
      .string()
      .regex(/^\d{1,5}$/, PORT_FORM)
      .transform(Number)
      .pipe(z.number().max(65_535, PORT_FORM))
      .default(3000),
    SESSION_KEYS: z
      .string()
      .default('')
      .transform((list) => list.split(/\s*,\s*/).filter(Boolean))
      .superRefine((keys, ctx) => {
        for (const problem of keyProblems(keys, local)) ctx.addIssue(problem);
      }),
    SESSION_STORE: z.enum(storageNames).default(storageNames[0]),
    ...redisSettings,
    LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
    TRUST_PROXY: z.enum(['true', 'false']).optional(),
  });
}

/** The variable, its value and what to do. Custom checks bring the whole message: a secret must not be shown. */
function problemOf(issue: z.core.$ZodIssue, given: Record<string, string | undefined>): string {
  if (issue.code === 'custom') return issue.message;
  const name = String(issue.path[0]);
  const advice = issue.code === 'invalid_value' ? `give one of ${issue.values.join(', ')}` : issue.message;
  return `${name} is ${JSON.stringify(given[name])}: ${advice}.`;
}

function keyProblems(keys: string[], local: boolean): string[] {
  if (keys.length === 0) {
    return [
      `SESSION_KEYS is not set: give one or more keys, separated by commas. Make one with: ${KEY_COMMAND}`,
    ];
  }
  return keys.flatMap((key, nth) => {
    const problem = keyProblem(key, local);
    const which = keys.length === 1 ? 'SESSION_KEYS' : `SESSION_KEYS, key ${nth + 1} of ${keys.length},`;
    return problem === undefined ? [] : `${which} ${problem}. Make a new one with: ${KEY_COMMAND}`;
  });
}

function keyProblem(key: string, local: boolean): string | undefined {
  if (/\s/.test(key)) return 'has a space in it: separate keys with commas';
  if (key.length < MIN_KEY_LENGTH) {
    return `has ${key.length} characters and needs at least ${MIN_KEY_LENGTH}`;
  }
  if (!local && /replace-me-with/i.test(key)) {
    return `is the public key of .env.example (${key.length} characters), and other machines can reach this app`;
  }
  return undefined;
}
