import { EventEmitter, once } from 'node:events';
import { createServer, Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import Koa from 'koa';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { slowness } from '../session/testing/slowness.ts';
import { type Limits, ListenError, listen } from './listen.ts';

/** More than the buffers between two programs on one machine hold. */
const LARGE = Buffer.alloc(64 * 1024 * 1024, 'x');
const ANSWERED_408 = /HTTP\/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n$/;

/** Limits are small, and yet none must be over because the machine stands still for a moment. */
const scale = await slowness();

/** What the event 'close' brings when it was the server that gave up. */
const CUT_OFF = [false];

const servers: Server[] = [];
afterEach(() => {
  vi.restoreAllMocks();
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

/** A server with small limits. `open` sends bytes, reads nothing yet, and answers with both ends of the connection. */
async function serve(limits: Limits, respond: Koa.Middleware) {
  const app = new Koa();
  app.silent = true;
  app.use(respond);
  const { server, url } = await listen(app, { host: '127.0.0.1', port: 0 }, limits);
  servers.push(server);
  async function open(bytes = ''): Promise<{ client: Socket; connection: Socket }> {
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const client = connect(Number(new URL(url).port), '127.0.0.1').pause();
    client.on('error', () => undefined);
    client.write(bytes);
    const [connection] = await accepted;
    return { client, connection };
  }
  return { server, open };
}

function get(path = '/', connection = 'keep-alive'): string {
  return `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: ${connection}\r\n\r\n`;
}

const UPLOAD = 'POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\nConnection: close\r\n\r\n';

const readBody: Koa.Middleware = async (ctx) => {
  ctx.body = `${(await ctx.req.toArray()).length} chunks`;
};

/** All that comes until the connection is closed. */
async function readAll(client: Socket): Promise<string> {
  let text = '';
  client.on('data', (chunk: Buffer) => (text += chunk.toString())).resume();
  await once(client, 'close');
  return text;
}

/** Sends a piece every few ms until the connection is closed. */
function drip(client: Socket, piece: string): void {
  const timer = setInterval(() => client.write(piece), 5);
  client.once('close', () => clearInterval(timer));
}

/** What requests wait for until the test lets them go on. */
function gate() {
  const events = new EventEmitter();
  return { opened: once(events, 'open'), open: () => events.emit('open') };
}

describe('listen', () => {
  it('takes a free port for 0 and answers under the URL', async () => {
    const app = new Koa();
    app.use((ctx) => {
      ctx.body = 'hello';
    });
    const { server, url } = await listen(app, { host: '127.0.0.1', port: 0 });
    expect(url).toMatch(/^http:\/\/localhost:[1-9]\d*$/);
    const response = await fetch(url.replace('localhost', '127.0.0.1'));
    expect(await response.text()).toBe('hello');
    expect(server).toMatchObject({
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      connectionsCheckingInterval: 1000,
      timeout: 60_000,
    });
    server.close();
  });

  it('says in one line that the port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;

    const failure = await listen(new Koa(), { host: '127.0.0.1', port }).catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(ListenError);
    expect(failure).toHaveProperty(
      'message',
      `Port ${port} on 127.0.0.1 is taken by another program. End that, or set PORT to another number (0 takes a free one).`,
    );
    other.close();
  });

  it.each([
    ['EACCES', 'Port 80 on 127.0.0.1 may not be used by this user. Set PORT to a number from 1024 on.'],
    ['EADDRNOTAVAIL', '127.0.0.1 is no address of this machine.'],
    ['ENOTFOUND', '127.0.0.1 is no address of this machine.'],
    ['EWHATEVER', 'Cannot listen on port 80 of 127.0.0.1: listen EWHATEVER'],
  ])('explains %s', async (code, message) => {
    // Whether a port below 1024 is allowed depends on the machine and the user, so the failure is staged.
    vi.spyOn(Server.prototype, 'listen').mockImplementation(function (this: Server) {
      setImmediate(() => this.emit('error', Object.assign(new Error(`listen ${code}`), { code })));
      return this;
    });
    await expect(listen(new Koa(), { host: '127.0.0.1', port: 80 })).rejects.toThrow(message);
  });
});

describe('listen answers 408 and closes the connection', () => {
  const limits: Limits = {
    headersTimeout: 1000 * scale,
    requestTimeout: 1500 * scale,
    connectionsCheckingInterval: 10,
  };

  it('when nothing is sent', async () => {
    const { open } = await serve(limits, readBody);
    const { client } = await open();
    expect(await readAll(client)).toMatch(ANSWERED_408);
  });

  it('when headers take too long, though they keep coming', async () => {
    const { open } = await serve(limits, readBody);
    const { client } = await open('GET / HTTP/1.1\r\nHost: x\r\n');
    drip(client, 'A: b\r\n');
    expect(await readAll(client)).toMatch(ANSWERED_408);
  });

  it('when the headers of a later request do', async () => {
    const { open } = await serve(limits, readBody);
    const { client } = await open(`${get()}GET /`);
    drip(client, 'x');
    expect(await readAll(client)).toMatch(/^HTTP\/1.1 200 [^]*\n0 chunksHTTP\/1.1 408/);
  });

  it('when a body does, and not while a request that is whole waits for its answer', async () => {
    const { opened, open: letGo } = gate();
    const { open } = await serve(limits, async (ctx, next) => {
      if (ctx.method === 'POST') return readBody(ctx, next);
      await opened;
      ctx.body = 'finished';
    });
    const patient = await open(get());
    const slow = await open(UPLOAD);
    drip(slow.client, 'x');
    expect(await readAll(slow.client)).toMatch(ANSWERED_408);
    letGo();
    const [answer] = (await once(patient.client.resume(), 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1.1 200 [^]*finished$/);
  });
});

describe('listen lets a client send requests without waiting for their responses', () => {
  it('fifty of them', async () => {
    const { open } = await serve({}, (ctx) => void (ctx.body = 'x'));
    const { client } = await open(get().repeat(49) + get('/', 'close'));
    expect((await readAll(client)).match(/HTTP\/1.1 200/g)).toHaveLength(50);
  });

  it('and disconnects it at the next one', async () => {
    let handled = 0;
    const { opened } = gate();
    const { open } = await serve({}, async () => {
      handled += 1;
      await opened;
    });
    const { connection } = await open(get().repeat(1000));
    expect(await once(connection, 'close')).toEqual(CUT_OFF);
    expect(handled).toBe(50);
  });

  it('and any number of them when it waits', async () => {
    const { open } = await serve({}, (ctx) => void (ctx.body = 'x'));
    const { client } = await open();
    client.resume();
    for (let nth = 0; nth < 120; nth++) {
      client.write(get());
      await once(client, 'data');
    }
    expect(client.destroyed).toBe(false);
  });
});

describe('listen closes a connection that takes nothing of what is sent', () => {
  const limits: Limits = { sendTimeout: 500 * scale };

  it('of a response', async () => {
    const { open } = await serve(limits, (ctx) => void (ctx.body = LARGE));
    const { connection } = await open(get());
    expect(await once(connection, 'close')).toEqual(CUT_OFF);
  });

  it('of the responses to pipelined requests', async () => {
    const { open } = await serve(limits, (ctx) => void (ctx.body = LARGE.subarray(0, 2 * 1024 * 1024)));
    const { connection } = await open(get().repeat(50));
    expect(await once(connection, 'close')).toEqual(CUT_OFF);
  });

  it('of a stream to which the app goes on adding', async () => {
    const { open } = await serve(limits, (ctx) => {
      ctx.respond = false;
      ctx.res.write(LARGE);
      const timer = setInterval(() => ctx.res.write('more'), 5);
      ctx.res.once('close', () => clearInterval(timer));
    });
    const { connection } = await open(get());
    expect(await once(connection, 'close')).toEqual(CUT_OFF);
  });

  it('of the part of a response that follows a long silence', async () => {
    const { opened, open: letGo } = gate();
    const { open } = await serve(limits, async (ctx) => {
      ctx.respond = false;
      ctx.res.write('first');
      if (ctx.path !== '/unread') await opened;
      ctx.res.write(LARGE);
    });
    const silent = await open(get());
    const unread = await open(get('/unread'));
    await once(unread.connection, 'close');
    letGo();
    expect(await once(silent.connection, 'close')).toEqual(CUT_OFF);
  });

  it('and not one whose response begins late, is silent for long, or waits for a slow upload', async () => {
    const { opened, open: letGo } = gate();
    const { open } = await serve(limits, async (ctx) => {
      ctx.respond = false;
      if (ctx.path === '/unread') {
        ctx.res.write(LARGE);
        return;
      }
      if (ctx.path === '/events') ctx.res.write('first, ');
      if (ctx.path === '/upload') await ctx.req.toArray();
      else await opened;
      ctx.res.end('last');
    });
    const [late, silent, upload] = [
      await open(get('/', 'close')),
      await open(get('/events', 'close')),
      await open(UPLOAD),
    ];
    // Twice, since Node may take one limit to see that nothing moves.
    for (let nth = 0; nth < 2; nth += 1) {
      const { connection } = await open(get('/unread'));
      await once(connection, 'close');
    }
    letGo();
    upload.client.write(LARGE.subarray(0, 1_000_000));
    for (const { client } of [late, silent, upload]) {
      expect(await readAll(client)).toContain('last');
    }
  });

  it('and not one whose client reads slowly', async () => {
    const chunk = LARGE.subarray(0, 1024 * 1024);
    const taken = new EventEmitter();
    const unread: Socket[] = [];
    const { open } = await serve({ sendTimeout: 1500 * scale }, async (ctx) => {
      ctx.respond = false;
      if (ctx.path === '/unread') {
        ctx.res.write(LARGE);
        return;
      }
      while (!unread[0]?.destroyed) {
        if (!ctx.res.write(chunk)) await once(ctx.res, 'drain');
        taken.emit('chunk');
      }
      ctx.res.end('last');
    });
    const slow = await open(get('/', 'close'));
    const { connection } = await open(get('/unread'));
    unread.push(connection);
    while (!connection.destroyed) {
      slow.client.resume();
      await once(taken, 'chunk');
      slow.client.pause();
      await sleep(20);
    }
    expect((await readAll(slow.client)).slice(-20)).toContain('last');
  });

  it('and one that is idle still when it has been so for keepAliveTimeout', async () => {
    const { server, open } = await serve(limits, (ctx) => void (ctx.body = 'read'));
    server.keepAliveTimeout = 10;
    const { client } = await open(get());
    expect(await readAll(client)).toMatch(/read$/);
  });
});
