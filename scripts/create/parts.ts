import { EXAMPLES } from '../without.ts';
import type { Choices } from './choices.ts';

const REDIS = ['src/redis', 'src/cluster.ts', 'src/cluster.test.ts', 'e2e/redis', 'e2e/examples/redis'];
/** What of the session layer only a store in Redis uses. */
const REDIS_SESSIONS = ['src/session/redis', 'src/session/outage'];
/** What only one of the local storages uses. The examples have both. */
const MEMORY = ['src/storages/memory.ts', 'src/storages/memory.test.ts'];
const COOKIE = ['src/storages/cookie.ts', 'src/redis/cookie-storage.ts'];
const MEMORY_SESSIONS = ['src/session/memory'];
const COOKIE_SESSIONS = ['src/session/revocations', 'src/session/redis/redis-revocations.ts'];

const SESSION_TESTS = /^src\/session\/(.*\/)?(testing\/|parity\/|[^/]+\.test\.ts$)/;

/**
 * The files and folders of the template that an app does not get.
 *
 * @param paths of the template
 */
export function leftOut(
  { store, minimal, sessionTests }: Pick<Choices, 'store' | 'minimal' | 'sessionTests'>,
  paths: readonly string[],
): string[] {
  return [
    ...(minimal ? [...EXAMPLES, 'scripts/remove.ts', 'scripts/without.ts'] : []),
    ...(minimal && store === 'cookie' ? MEMORY : []),
    ...(minimal && store !== 'cookie' ? COOKIE : []),
    ...(minimal && !sessionTests && store === 'cookie' ? MEMORY_SESSIONS : []),
    ...(minimal && !sessionTests && store !== 'cookie' ? COOKIE_SESSIONS : []),
    ...(store === 'redis' ? [] : REDIS),
    ...(store === 'redis' || sessionTests ? [] : REDIS_SESSIONS),
    ...(sessionTests ? [] : ['src/session/koa-session', ...paths.filter((path) => SESSION_TESTS.test(path))]),
  ];
}
