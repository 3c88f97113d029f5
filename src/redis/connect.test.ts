import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { pino } from 'pino';
import { generate } from 'selfsigned';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ConfigError } from '../config.ts';
import { hasRedisServer, type RedisServer, startRedisServer } from '../session/testing/redis-server.ts';
import { MASTER_NAME, startRedisSentinels } from '../session/testing/redis-sentinel.ts';
import { slowness } from '../session/testing/slowness.ts';
import { connectRedis, type RedisConnection } from './connect.ts';
import { parseRedisUrl } from './redis-target.ts';

const opened: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close();
});

interface Connected extends RedisConnection {
  /** What was logged. */
  lines: string[];
}

async function connect(url: string): Promise<Connected> {
  const lines: string[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  const connection = await connectRedis(parseRedisUrl(url), log);
  opened.push(() => connection.close());
  return { ...connection, lines };
}

/** Why the URL is refused. */
async function refusalOf(url: string): Promise<string> {
  const error: unknown = await connect(url).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConfigError);
  const { problems } = error as ConfigError;
  expect(problems).toHaveLength(1);
  expect(problems[0]).not.toContain('\n');
  return problems[0] ?? '';
}

async function portOf(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  opened.push(() => server.close());
  return (server.address() as { port: number }).port;
}

async function startRedis(...args: string[]): Promise<RedisServer> {
  const server = await startRedisServer(...args);
  opened.push(() => server.dispose());
  return server;
}

/** A client that has heard enough is gone. */
function ignoreErrors(socket: Socket): void {
  socket.on('error', () => undefined);
}

/** Something that listens there and is no Redis that can be used. */
function serve(talk: (socket: Socket) => void): Promise<number> {
  return portOf(
    createServer((socket) => {
      ignoreErrors(socket);
      talk(socket);
    }),
  );
}

/** Speaks as much of Redis as to tell its version. */
function olderRedis(version: string, hello: string): Promise<number> {
  const info = `# Server\r\nredis_version:${version}\r\n`;
  return serve((socket) => {
    socket.on('data', (data) => {
      for (const [, name] of data.toString().matchAll(/\r\n\$\d+\r\n(HELLO|CLIENT|INFO)\r\n/g)) {
        if (name === 'HELLO') socket.write(hello);
        else socket.write(name === 'INFO' ? `$${info.length}\r\n${info}\r\n` : '+OK\r\n');
      }
    });
  });
}

describe('what answers at the place of Redis and cannot be used', () => {
  it('is refused when it is a web server', async () => {
    const port = await portOf(createHttpServer((_request, response) => response.end()));
    expect(await refusalOf(`redis://:secret@127.0.0.1:${port}`)).toBe(
      `REDIS_URL is redis://***@127.0.0.1:${port}: what answers at 127.0.0.1:${port} does not speak as Redis does. ` +
        "Is it another program's port, or one for TLS?",
    );
  });

  it('is refused when it closes the connection', async () => {
    const port = await serve((socket) => socket.end());
    expect(await refusalOf(`redis://127.0.0.1:${port}`)).toMatch(/closes the connection at once/);
  });

  it('is refused when it wants TLS and the URL does not say so', async () => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }]);
    const port = await portOf(createTlsServer({ key, cert }, ignoreErrors));
    expect(await refusalOf(`redis://127.0.0.1:${port}`)).toMatch(/wants TLS: write rediss:\/\//);
    expect(await refusalOf(`rediss://127.0.0.1:${port}`)).toMatch(
      /self-signed certificate.*NODE_EXTRA_CA_CERTS/,
    );
  });

  it('is refused when there is no TLS and the URL says so', async () => {
    const port = await serve(() => undefined);
    expect(await refusalOf(`rediss://127.0.0.1:${port}`)).toMatch(/nothing at .* answers in TLS.*redis:\/\//);
  });

  it.each([
    ['6.0.16', '%1\r\n$5\r\nproto\r\n:3\r\n', /the server is Redis 6\.0\.16, and 6\.2 or later is needed/],
    ['5.0.14', '-ERR unknown command `HELLO`\r\n', /the server is Redis 5 or older, and 6\.2 or later/],
  ])('is refused when it is Redis %s', async (version, hello, message) => {
    const port = await olderRedis(version, hello);
    expect(await refusalOf(`redis://127.0.0.1:${port}`)).toMatch(message);
  });

  it('is refused when the host has no address', async () => {
    expect(await refusalOf('redis://no-such-host.invalid')).toMatch(
      /no host of the name 'no-such-host.invalid'/,
    );
  });
});

describe.skipIf(!hasRedisServer())('a Redis server', () => {
  it('that wants a password is not taken without, or with another one', async () => {
    const { port } = await startRedis('--requirepass', 'right');
    expect(await refusalOf(`redis://127.0.0.1:${port}`)).toMatch(
      /wants a password: write redis:\/\/:password@/,
    );
    const refusal = await refusalOf(`redis://:wrong@127.0.0.1:${port}`);
    expect(refusal).toMatch(/refuses the password/);
    expect(refusal).not.toContain('wrong');
    expect(await refusalOf(`redis://ann:wrong@127.0.0.1:${port}`)).toMatch(/the password of the user 'ann'/);
    const { client } = await connect(`redis://:right@127.0.0.1:${port}`);
    expect(await client.get('nothing')).toBeNull();
  });

  it('that is no cluster, no sentinel, or has no such database, is not taken for one', async () => {
    const { port } = await startRedis();
    const at = `127.0.0.1:${port}`;
    expect(await refusalOf(`redis+cluster://${at}`)).toMatch(/no node of a cluster/);
    expect(await refusalOf(`redis+sentinel://${at}/mymaster`)).toMatch(/that is no sentinel/);
    expect(await refusalOf(`redis://${at}/99`)).toMatch(/no database of that number/);
  });

  it('that belongs to a cluster is not taken for a single one', async () => {
    const { url } = await startRedis('--cluster-enabled', 'yes');
    expect(await refusalOf(url)).toMatch(/is a node of a cluster: write redis\+cluster/);
  });

  it('that is not there is waited for, and that is logged once', async () => {
    const server = await startRedis('--requirepass', 'secret');
    await server.kill();
    const { client, lines } = await connect(`redis://:secret@127.0.0.1:${server.port}`);
    await expect(client.get('nothing')).rejects.toThrow(/offline|closed/i);
    await server.start();
    await vi.waitFor(async () => expect(await client.get('nothing')).toBeNull(), 60_000);
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { level: 50, msg: expect.stringMatching(/^Redis \(redis:\/\/\*\*\*@.*cannot be reached/) as string },
      { level: 30, msg: expect.stringMatching(/is there again$/) as string },
    ]);
  }, 120_000);

  it('that goes and comes back is found again', async () => {
    const server = await startRedis();
    const { client, lines } = await connect(server.url);
    expect(await client.get('key')).toBeNull();
    for (let nth = 0; nth < 3; nth += 1) {
      await server.kill();
      await expect(client.get('key')).rejects.toThrow(/closed|offline/i);
      await server.start();
      await vi.waitFor(async () => expect(await client.get('key')).toBeNull(), 60_000);
    }
    expect(lines.map((line) => (JSON.parse(line) as { level: number }).level)).toEqual([
      50, 30, 50, 30, 50, 30,
    ]);
  }, 120_000);

  it('that is one of several may be missing, or have no address yet', async () => {
    const sentinels = await startRedisSentinels();
    const { master, replica, nodes } = sentinels;
    opened.push(() => sentinels.dispose());
    const [{ port } = { port: 0 }] = nodes;
    const url = `redis+sentinel://no-such-host.invalid,127.0.0.1:${port}/${MASTER_NAME}`;
    const { client } = await connect(url);
    expect(await client.get('nothing')).toBeNull();
    expect(await refusalOf(`redis+sentinel://127.0.0.1:${port}/another`)).toMatch(
      /knows no master .* 'another'/,
    );

    const { lines } = await connect(replica.url);
    expect(lines).toEqual([expect.stringContaining('takes no writes')]);

    // With no master at all the app listens all the same.
    await replica.kill();
    await master.kill();
    const scale = await slowness();
    const start = performance.now();
    const later = await connect(url);
    expect(performance.now() - start).toBeLessThan(8000 * scale);
    expect(later.lines.join('\n')).toMatch(/cannot be reached; trying again/);
  }, 120_000);
});
