import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasRedisServer, type RedisServer, startRedisServer } from './testing/redis-server.ts';
import { makeRandom } from './testing/store-contract/index.ts';

const SEED = Number(process.env['CONTENTION_SEED'] || Date.now() % 2 ** 31);
const ROUNDS = Number(process.env['CONTENTION_ROUNDS'] || 15);
const PROCESSES = 3;
const PARALLEL = 50;
/** The timeout of a test, in ms. */
const LONG = 900_000;

const PROGRAM = fileURLToPath(new URL('testing/session-process.ts', import.meta.url));

interface Answer {
  status: number;
  /** The session cookie that the response sets; '' if it clears it. */
  cookie: string | undefined;
  data: Record<string, unknown>;
}

function times<Result>(count: number, work: (nth: number) => Promise<Result>): Promise<Result[]> {
  return Promise.all(Array.from({ length: count }, (_none, nth) => work(nth)));
}

describe.skipIf(!hasRedisServer())(`${PROCESSES} processes on one Redis (seed ${SEED})`, () => {
  const random = makeRandom(SEED);
  const agent = new Agent({ keepAlive: true });
  let redis: RedisServer;
  let processes: ChildProcess[];
  let ports: number[];

  beforeAll(async () => {
    redis = await startRedisServer();
    const execArgv = ['--import', import.meta.resolve('tsx')];
    processes = Array.from({ length: PROCESSES }, () => fork(PROGRAM, [redis.url], { execArgv }));
    const messages = await Promise.all(processes.map((child) => once(child, 'message')));
    ports = messages.map(([port]) => port as number);
  }, LONG);

  afterAll(async () => {
    agent.destroy();
    await Promise.all(
      processes.map((child) => {
        child.kill();
        return once(child, 'exit');
      }),
    );
    await redis.dispose();
  });

  /** @param at the index of the process; any by default */
  async function ask(path: string, cookie: string, at = Math.floor(random() * PROCESSES)): Promise<Answer> {
    const outgoing = request({ port: ports[at], path, agent, headers: { cookie: `koa.sess=${cookie}` } });
    outgoing.end();
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    const body = await text(response);
    const status = response.statusCode ?? 0;
    const line = response.headers['set-cookie']?.find((one) => one.startsWith('koa.sess='));
    const data = status === 200 ? (JSON.parse(body) as Record<string, unknown>) : {};
    return { status, cookie: line && /^koa\.sess=([^;]*)/.exec(line)?.[1], data };
  }

  async function begin(): Promise<string> {
    const { cookie } = await ask('/begin', '');
    if (!cookie) throw new Error('no session begins');
    return cookie;
  }

  /** Half of the writers count, half write a key of their own. */
  function write(cookie: string, nth: number): Promise<Answer> {
    return ask(nth % 2 === 0 ? '/count' : `/key/key${nth}`, cookie);
  }

  it(
    `lose nothing of ${PARALLEL} writers at once, in ${ROUNDS} rounds`,
    async () => {
      const keys = Array.from({ length: PARALLEL / 2 }, (_none, nth) => `key${2 * nth + 1}`);
      for (let round = 0; round < ROUNDS; round += 1) {
        const cookie = await begin();
        const answers = await times(PARALLEL, (nth) => write(cookie, nth));
        expect(new Set(answers.map(({ status }) => status)), `round ${round}`).toEqual(new Set([200]));
        const { data } = await ask('/read', cookie);
        expect(data['n'], `round ${round}: the count`).toBe(PARALLEL / 2);
        expect(Object.keys(data), `round ${round}: the keys`).toEqual(expect.arrayContaining(keys));
      }
    },
    LONG,
  );

  it(
    `bring no session back that ends among ${PARALLEL} writers, in ${ROUNDS} rounds`,
    async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const cookie = await begin();
        const last = Math.floor(random() * PARALLEL);
        const answers = await times(PARALLEL, (nth) =>
          nth === last ? ask('/end', cookie) : write(cookie, nth),
        );
        expect(answers[last]?.status, `round ${round}: the logout`).toBe(204);
        // A late request got an error, or has begun an anonymous session.
        const handed = new Set([cookie, ...answers.flatMap((answer) => answer.cookie || [])]);
        for (const one of handed) {
          const found = await times(PROCESSES, (at) => ask('/read', one, at));
          expect(
            found.map(({ data }) => data['user']),
            `round ${round}`,
          ).toEqual([undefined, undefined, undefined]);
        }
      }
    },
    LONG,
  );

  // This test is the last: it ends one of the processes.
  it(
    'lose no write that was acknowledged when one of them is killed',
    async () => {
      const cookie = await begin();
      const victim = processes[1];
      const counted = { acknowledged: 0, failed: 0 };
      await times(PARALLEL, async () => {
        for (let nth = 0; nth < 12; nth += 1) {
          const answer = await ask('/count', cookie, nth % PROCESSES).catch(() => undefined);
          counted[answer?.status === 200 ? 'acknowledged' : 'failed'] += 1;
          if (counted.acknowledged === 100) victim?.kill('SIGKILL');
        }
      });
      processes = processes.filter((child) => child !== victim);
      const { n } = (await ask('/read', cookie, 0)).data;
      // A write without a response may have been made or not.
      expect(n).toBeGreaterThanOrEqual(counted.acknowledged);
      expect(n).toBeLessThanOrEqual(counted.acknowledged + counted.failed);
      expect(counted.failed).toBeGreaterThan(0);
    },
    LONG,
  );
});
