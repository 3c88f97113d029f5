import { describe, expect, it, vi } from 'vitest';
import { DEMO_ACCOUNT } from './auth/users.ts';
import { hasRedisServer, startRedisServer } from './redis/testing/redis-server.ts';
import { localNames } from './storages/storages.ts';
import { type ServerProcess, startProcess } from './testing/server-process.ts';

const SESSION_KEYS = 'a-key-of-this-test-of-32-or-more-characters';
const PATIENT = { timeout: 60_000, interval: 20 };

function start(env: Record<string, string>): ServerProcess {
  return startProcess('cluster.js', { env: { SESSION_KEYS, ...env } });
}

/** The ids of the processes that have logged that they listen. */
function listening({ logged }: ServerProcess): number[] {
  const lines = logged.filter((line) => line.includes('Listening on'));
  return lines.map((line) => (JSON.parse(line) as { pid: number }).pid);
}

describe('several processes', () => {
  const message = /each process would know only the sessions.*SESSION_STORE=redis.*npm start/;
  it.each(localNames)('are refused, with the reason, when sessions live in %s', async (store) => {
    const { code, stderr } = await start({ SESSION_STORE: store }).ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
  });

  it('say once what is wrong with the configuration', async () => {
    const env = { SESSION_STORE: 'redis', REDIS_URL: 'redis://no-such-host.invalid' };
    const { code, stderr } = await start(env).ended;
    expect(code).toBe(1);
    expect(stderr.match(/no host has that name/g)).toHaveLength(1);
  });

  it.skipIf(!hasRedisServer())(
    'share one port, all sessions and logouts; dead workers and, on SIGHUP, all workers are replaced, and no request is dropped',
    async () => {
      const redis = await startRedisServer();
      const many = start({ SESSION_STORE: 'redis', REDIS_URL: redis.url });
      try {
        const url = await many.url();
        const ask = (path: string, cookie: string, body?: URLSearchParams) =>
          fetch(`${url}${path}`, {
            ...(body && { method: 'POST', body }),
            headers: { accept: 'application/json', cookie, connection: 'close' },
          });
        const { name, password } = DEMO_ACCOUNT;
        const login = await ask('/login', '', new URLSearchParams({ name, password }));
        const [cookie = ''] = login.headers.getSetCookie();
        const see = async (): Promise<void> => {
          const response = await ask('/account', cookie);
          expect(response.status).toBe(200);
          expect(await response.json()).toMatchObject({ user: name });
        };
        const count = await vi.waitFor(() => {
          const workers = Number(/(\d+) workers, one for each core/.exec(many.logged.join('\n'))?.[1]);
          expect(listening(many)).toHaveLength(workers);
          return workers;
        }, PATIENT);
        for (let nth = 0; nth < 20; nth += 1) await see();

        many.kill('SIGHUP');
        while (!many.logged.join('\n').includes('All workers are replaced')) await see();
        expect(new Set(listening(many)).size).toBe(2 * count);

        process.kill(listening(many).at(-1) ?? 0, 'SIGKILL');
        await vi.waitFor(() => expect(listening(many)).toHaveLength(2 * count + 1), PATIENT);
        for (let nth = 0; nth < 20; nth += 1) await see();
        expect(many.logged.join('\n')).toContain('has died (SIGKILL) and will be replaced');
        await ask('/logout', cookie, new URLSearchParams());
        for (let nth = 0; nth < 20; nth += 1) expect((await ask('/account', cookie)).status).toBe(401);
        many.kill('SIGTERM');
        expect(await many.ended).toEqual({ code: 0, stderr: '' });
      } finally {
        many.kill('SIGTERM');
        await many.ended;
        await redis.dispose();
      }
    },
    180_000,
  );
});
