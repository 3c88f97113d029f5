import { EXAMPLES } from '../without.ts';
import { type Choices, storagesOf, type Store, STORES } from './choices.ts';

type PartChoices = Pick<Choices, 'store' | 'minimal' | 'sessionTests'>;

/** What of an app only one storage needs. */
const OF_STORAGE: Record<Store, string[]> = {
  memory: ['src/storages/memory.ts'],
  cookie: ['src/storages/cookie.ts', 'src/redis/cookie-storage.ts'],
  redis: ['src/redis', 'src/cluster.ts', 'src/cluster.test.ts', 'e2e/redis'],
};

/** The same of the session layer. */
const OF_SESSIONS: Record<Store, string[]> = {
  memory: ['src/session/memory'],
  cookie: ['src/session/revocations', 'src/session/redis/redis-revocations.ts'],
  redis: ['src/session/redis', 'src/session/outage'],
};

const SESSION_TESTS = /^src\/session\/(.*\/)?(testing\/|parity\/|[^/]+\.test\.ts$)/;

/**
 * The files and folders of the template that an app does not get.
 *
 * @param paths of the template
 */
export function leftOut(choices: PartChoices, paths: readonly string[]): string[] {
  const { minimal, sessionTests } = choices;
  const missing = STORES.filter((one) => !storagesOf(choices).includes(one));
  return [
    ...(minimal ? EXAMPLES : []),
    ...missing.flatMap((one) => OF_STORAGE[one]),
    // The tests of the session layer need all of it.
    ...(sessionTests
      ? []
      : [
          'src/session/koa-session',
          ...missing.flatMap((one) => OF_SESSIONS[one]),
          ...paths.filter((path) => SESSION_TESTS.test(path)),
        ]),
  ];
}
