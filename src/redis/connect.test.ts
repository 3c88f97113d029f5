import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { pino } from 'pino';
import { createClient } from 'redis';
import { generate } from 'selfsigned';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ConfigError } from '../config-error.ts';
import { connectRedis } from './connect.ts';
import { parseRedisUrl, RedisUrlError, schemeOf } from './redis-target.ts';
import { freePort, hasRedisServer, startRedisServer } from './testing/redis-server.ts';

const opened: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close();
});

async function connect(url: string) {
  const logged: { level: number; msg: string }[] = [];
  const write = (line: string): void => void logged.push(JSON.parse(line) as (typeof logged)[0]);
  const connection = await connectRedis(parseRedisUrl(url), pino({ level: 'info' }, { write }));
  opened.push(() => connection.close());
  return { client: connection.client, logged };
}

/** Waits until a command is answered. */
async function answers({ client }: Awaited<ReturnType<typeof connect>>): Promise<void> {
  await vi.waitFor(async () => expect(await client.get('nothing')).toBeNull(), 60_000);
}

/** Why the URL is refused, in one line without a password. */
async function refusalOf(url: string): Promise<string> {
  const error: unknown = await connect(url).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConfigError);
  const [problem = '', ...others] = (error as ConfigError).problems;
  expect(others).toEqual([]);
  expect(problem).toMatch(/^REDIS_URL is rediss?(\+\w+)?:\/\/(?!.*secret)[^\n]+$/);
  return problem;
}

async function start(...settings: string[]) {
  const server = await startRedisServer(...settings);
  opened.push(() => server.dispose());
  return server;
}

async function startSingle() {
  const server = await start('requirepass secret');
  return { server, url: `redis://:secret@127.0.0.1:${server.port}` };
}

async function startCluster() {
  const server = await start('cluster-enabled yes', `cluster-port ${await freePort()}`);
  const client = await createClient({ url: server.url }).connect();
  await client.sendCommand(['CLUSTER', 'ADDSLOTSRANGE', '0', '16383']);
  client.destroy();
  return { server, url: `redis+cluster://no-such-host.invalid,127.0.0.1:${server.port}` };
}

async function startWithSentinel() {
  const server = await start();
  const { port } = await start(`sentinel monitor main 127.0.0.1 ${server.port} 1`);
  return { server, url: `redis+sentinel://no-such-host.invalid,127.0.0.1:${port}/main` };
}

/** A server that is not Redis. */
async function serve(talk: (socket: Socket) => unknown, tls?: TlsOptions): Promise<number> {
  const onConnection = (socket: Socket): void => void talk(socket.on('error', () => undefined));
  const server = tls ? createTlsServer(tls, onConnection) : createServer(onConnection);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  opened.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** Answers some commands as Redis, or another program, would. */
function saying(replies: Record<string, string>) {
  return (socket: Socket) =>
    socket.on('data', (data) => {
      for (const [command] of data.toString().matchAll(/HELLO|CLIENT|\bINFO/g)) {
        socket.write(replies[command] ?? '+OK\r\n');
      }
    });
}

const protectedMode = (socket: Socket) => socket.end('-DENIED Redis is running in protected mode\r\n');

describe('a server that cannot be used', () => {
  const webServer = saying({ HELLO: 'HTTP/1.1 400 Bad Request\r\n\r\n' });
  const redis6 = saying({ HELLO: '*0\r\n', INFO: '+redis_version:6.0.16\r\n' });
  const redis5 = saying({
    HELLO: '-ERR unknown command `HELLO`, with args beginning with: `3` `secret`\r\n',
  });

  it.each([
    ['a web server', 'redis', webServer, /does not answer as Redis does/],
    [
      'Redis in protected mode',
      'redis',
      protectedMode,
      /refuses .* DENIED Redis is running in protected mode/,
    ],
    ['a server that closes', 'redis', (socket: Socket) => socket.end(), /closes the connection at once/],
    ['a server without TLS', 'rediss', saying({}), /does not answer over TLS\. .*redis:\/\//],
    ['Redis 6.0', 'redis', redis6, /is Redis 6\.0\.16, and 6\.2 or later is needed/],
    ['Redis 5', 'redis', redis5, /is Redis 5 or older, and 6\.2 or later is needed/],
  ])('is refused when it is %s', async (_what, scheme, talk, reason) => {
    const port = await serve(talk);
    expect(await refusalOf(`${scheme}://:secret@localhost:${port}`)).toMatch(reason);
  });

  it('is refused when it expects TLS and the URL does not, and when its certificate is unknown', async () => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }]);
    const port = await serve(() => undefined, { key, cert });
    expect(await refusalOf(`redis://127.0.0.1:${port}`)).toMatch(/expects TLS: write rediss:\/\//);
    expect(await refusalOf(`rediss://127.0.0.1:${port}`)).toMatch(/self-signed .*NODE_EXTRA_CA_CERTS/);
  });

  it('is refused when the host has no address', async () => {
    expect(await refusalOf('redis://no-such-host.invalid')).toMatch(/no-such-host.invalid:6379 is not found/);
  });

  it('is not contacted without the package redis', async () => {
    vi.doMock('redis', () => {
      throw new Error('not there');
    });
    opened.push(() => vi.doUnmock('redis'));
    await expect(connect('redis://localhost')).rejects.toThrow(/redis cannot be loaded .*npm install redis/);
  });
});

describe.skipIf(!hasRedisServer())('a Redis server', () => {
  it('that needs a password is refused without one, or with a wrong one', async () => {
    const { port } = await start('requirepass right', 'user ann on >right ~* +@all -info');
    expect(await refusalOf(`redis://127.0.0.1:${port}`)).toMatch(/needs a password: write redis:/);
    for (const user of ['', 'ann']) {
      expect(await refusalOf(`redis://${user}:secret@127.0.0.1:${port}`)).toMatch(/refuses this user/);
      await answers(await connect(`redis://${user}:right@127.0.0.1:${port}/1`));
    }
  });

  it('of another kind than the URL says, or without that database, is refused', async () => {
    const { server, url } = await startWithSentinel();
    const sentinel = new URL(url.replace(/.*,/, 'redis://')).host;
    const node = await startCluster();
    expect(await refusalOf(`redis+cluster://127.0.0.1:${server.port}`)).toMatch(
      /is a single server: write redis:/,
    );
    expect(await refusalOf(`redis+sentinel://127.0.0.1:${server.port}/main`)).toMatch(/is a single server/);
    expect(await refusalOf(`${server.url}/99`)).toMatch(/no database of that number/);
    expect(await refusalOf(node.server.url)).toMatch(/is a node of a cluster: write redis\+cluster/);
    expect(await refusalOf(`redis://${sentinel}`)).toMatch(/is a sentinel: write redis\+sentinel/);
    expect(await refusalOf(`redis+sentinel://${sentinel}/other`)).toMatch(/knows no master .* 'other'/);
  });

  it('that is a replica is accepted, with a warning', async () => {
    const { url } = await start('replicaof 127.0.0.1 1');
    const { logged } = await connect(url);
    expect(logged).toMatchObject([{ level: 40, msg: expect.stringContaining('no writes') as string }]);
  });

  it.each([
    ['alone', startSingle, 2],
    ['in a cluster', startCluster, 1],
    ['behind a sentinel', startWithSentinel, 0],
  ])(
    '%s is retried when it is absent or fails, which is logged once',
    async (_where, startOne, losses) => {
      const { server, url } = await startOne();
      await answers(await connect(url));
      await server.kill();
      const connection = await connect(url);
      const levels = [50, 30];
      for (let nth = 0; nth < losses; nth += 1) {
        await server.start();
        await answers(connection);
        await server.kill();
        levels.push(50, 30);
        await vi.waitFor(() => expect(connection.logged).toHaveLength(levels.length - 1), 60_000);
        await expect(connection.client.get('nothing')).rejects.toThrow(/offline|closed/i);
      }
      await server.start();
      await answers(connection);
      expect(connection.logged.map(({ level }) => level)).toEqual(levels);
      const [absent, back] = connection.logged.map(({ msg }) => msg);
      expect(absent).toMatch(/^Redis \(redis(?!.*secret).*\) cannot be reached; retrying/);
      expect(back).toMatch(/can be reached again$/);
    },
    120_000,
  );
});

function at(host: string, port: number) {
  return { host, port };
}

describe('REDIS_URL', () => {
  it.each([
    ['redis://localhost', { kind: 'server', nodes: [at('localhost', 6379)], tls: false, database: 0 }],
    ['rediss://cache.example:7000/3', { nodes: [at('cache.example', 7000)], tls: true, database: 3 }],
    ['redis://ann:s%40@h:1/2', { username: 'ann', password: 's@', shown: 'redis://***@h:1/2' }],
    ['redis://:a:b@h', { username: undefined, password: 'a:b', nodes: [at('h', 6379)] }],
    ['redis://:p@s/s@h', { password: 'p@s/s', nodes: [at('h', 6379)], shown: 'redis://***@h' }],
    [
      'rediss+cluster://:pw@a:1,[fe80::1]',
      { kind: 'cluster', tls: true, nodes: [at('a', 1), at('fe80::1', 6379)] },
    ],
    [
      'REDIS+sentinel://:pw@a/my%20m',
      { kind: 'sentinel', master: 'my m', shown: 'REDIS+sentinel://***@a/my%20m' },
    ],
    ['redis+sentinel://a,b:1/m', { nodes: [at('a', 26_379), at('b', 1)] }],
  ])('%s is understood', (url, target) => {
    expect(parseRedisUrl(url)).toMatchObject(target);
  });

  it.each([
    ['', '…', /write redis:\/\//],
    ['http://localhost', 'http://…', /write redis:\/\//],
    ['redis://a,b', 'redis://…', /names several hosts/],
    ['redis://a:0', 'redis://…', /a host or its port \(1 to 65535\) cannot be read/],
    ['redis://a:65536', 'redis://…', /cannot be read/],
    ['redis+cluster://a,,b', 'redis+cluster://…', /cannot be read/],
    ['redis://a/sessions', 'redis://…', /its database is 'sessions'/],
    ['redis+cluster://a/1', 'redis+cluster://…', /leave out \/1/],
    ['redis+sentinel://a', 'redis+sentinel://…', /name of the master/],
    ['redis://:50%secret@a', 'redis://…', /write %25 for a %/],
    ['redis://ann:secret127.0.0.1:1', 'redis://…', /cannot be read/],
    ['ann:secret@host', '…', /write redis:\/\//],
  ])('%j is refused with a reason, shown as %s', (url, shown, reason) => {
    expect(() => parseRedisUrl(url)).toThrow(RedisUrlError);
    expect(() => parseRedisUrl(url)).toThrow(reason);
    expect(() => parseRedisUrl(url)).not.toThrow(/secret/);
    expect(schemeOf(url)).toBe(shown);
  });
});
