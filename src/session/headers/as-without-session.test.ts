import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import { type AddressInfo, connect } from 'node:net';
import Koa, { type Context } from 'koa';
import { afterEach, describe, expect, it } from 'vitest';
import session, {
  LateWriteError,
  MemoryRevocations,
  MemoryStore,
  type SessionEvent,
  type SessionOptions,
} from '../index.ts';
import { delayed } from '../testing/delayed.ts';
import { type RawReply, serveRaw } from '../testing/raw-server.ts';
import { bag, setUp } from '../testing/set-up.ts';

const turn = (): Promise<void> => new Promise((done) => void setImmediate(done));

function later(): SessionOptions['store'] {
  return delayed(new MemoryStore(), turn);
}

async function create(): Promise<never> {
  await turn();
  throw new Error('disk full');
}

function failing(): SessionOptions['store'] {
  return Object.assign(new MemoryStore(), { create });
}

const STORAGES: [string, () => SessionOptions][] = [
  ['in the cookie', () => ({})],
  ['in a store that answers later', () => ({ store: later() })],
];

const open: { close: () => void }[] = [];
afterEach(() => open.splice(0).forEach((server) => server.close()));

/** The responses of an app, with and without a session that the handler changes. */
async function answer(options: SessionOptions | undefined, handler: (ctx: Context) => unknown) {
  const app = new Koa();
  app.keys = ['a key of thirty-two characters...'];
  const errors: Error[] = [];
  app.on('error', (error: Error) => errors.push(error));
  if (options) app.use(session(options, app));
  app.use((ctx) => {
    if (options) bag(ctx).a = 1;
    return handler(ctx) as Promise<void>;
  });
  const server = await serveRaw(app);
  open.push(server);
  return { ...(await server.get()), errors };
}

function visible({ head, body }: RawReply): string[] {
  const lines = head.split('\r\n').filter((line) => !/^(?:date|set-cookie|vary|cache-control):/i.test(line));
  return [...lines, /^transfer-encoding: chunked$/im.test(head) ? joined(body) : body];
}

/** The content of a chunked body. Node 24 sends what is written in one turn as one chunk (RFC 9112, 7.1: no meaning). */
function joined(body: string): string {
  const [line = '', size = ''] = /^([\da-f]+)(?:\r\n|$)/i.exec(body) ?? [];
  const length = Number.parseInt(size, 16);
  const [chunk, rest] = [body.slice(line.length, line.length + length), body.slice(line.length + length)];
  if (length === 0) return rest;
  expect(rest, 'the end of a chunk').toMatch(/^\r\n/);
  return chunk + joined(rest.slice(2));
}

const WAYS: [string, (ctx: Context) => unknown][] = [
  [
    'writeHead() again, if the headers are not sent',
    (ctx) => {
      ctx.respond = false;
      ctx.res.writeHead(200);
      if (!ctx.res.headersSent) ctx.res.writeHead(502);
      ctx.res.end('x');
    },
  ],
  [
    'a chunk that cannot be sent, and an end nevertheless',
    ({ res }) => {
      res.write('a');
      try {
        res.write(123);
      } catch {
        // The handler goes on after the error.
      } finally {
        res.end();
      }
    },
  ],
  [
    'ctx.body after the first byte',
    (ctx) => {
      ctx.res.write('one ');
      ctx.body = 'two';
    },
  ],
  [
    'a status and a length after the first byte',
    (ctx) => {
      ctx.res.write('one ');
      ctx.status = 201;
      ctx.set('Content-Length', '2');
      ctx.res.end('two');
    },
  ],
  [
    'a second end()',
    async ({ res }) => {
      res.end('ok');
      await turn();
      if (res.headersSent) return;
      res.statusCode = 503;
      if (!res.writableEnded) res.end('timeout');
    },
  ],
  [
    'writeHead() with an array of headers, some of them twice',
    ({ res }) => {
      res.writeHead(201, 'Made', ['X-A', '1', 'X-A', '2', 'X-B', '3']);
      res.end('x');
    },
  ],
];

describe.each(STORAGES)('with a session %s', (_where, options) => {
  it.each(WAYS)('the bytes are the same as without: %s', async (_way, handler) => {
    const [plain, ours] = [await answer(undefined, handler), await answer(options(), handler)];
    expect(visible(ours)).toEqual(visible(plain));
    expect(ours.head).toMatch(/set-cookie: koa\.sess=/i);
  });

  it.each<[string, object]>([
    ['an object', { 'set-cookie': 'theme=dark', vary: 'Accept' }],
    ['a list of cookies', { 'Set-Cookie': ['theme=dark', 'b=1'], vary: 'Accept' }],
    ['an array', ['Set-Cookie', 'theme=dark', 'Vary', 'Accept']],
    [
      'pairs',
      [
        ['Set-Cookie', 'theme=dark'],
        ['Vary', 'Accept'],
      ],
    ],
  ])('headers given to writeHead() take nothing from the session: %s', async (_what, headers) => {
    const { head } = await answer(options(), ({ res }) => {
      res.writeHead(200, headers as never);
      res.end('x');
    });
    expect(head).toMatch(/set-cookie: theme=dark/i);
    expect(head).toMatch(/set-cookie: koa\.sess=/i);
    expect(head).toMatch(/vary: Accept, Cookie/i);
  });
});

it('over HTTP/2 headers given to writeHead() do not replace those of the session', async () => {
  const app = new Koa();
  app.keys = ['a key of thirty-two characters...'];
  app.use(session({ store: later() }, app));
  app.use((ctx) => {
    bag(ctx).a = 1;
    ctx.res.writeHead(200, { 'set-cookie': 'theme=dark', 'x-a': '1' });
    ctx.res.end('x');
  });
  const server = createHttp2Server(app.callback() as never).listen(0, '127.0.0.1');
  open.push(server);
  await once(server, 'listening');
  const client = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const [headers] = (await once(client.request({ ':path': '/' }), 'response')) as [Record<string, string[]>];
  client.destroy();
  expect(headers['x-a']).toBe('1');
  expect(headers['set-cookie']).toEqual([
    'theme=dark',
    expect.stringMatching(/^koa\.sess=/),
    expect.any(String),
  ]);
});

it('an externalKey that sets a header is sent before the first byte', async () => {
  const externalKey: SessionOptions['externalKey'] = {
    get: () => undefined,
    set: (ctx, id) => ctx.set('X-Session', id),
  };
  const { head } = await answer({ store: later(), externalKey }, ({ res }) => {
    res.write('one ');
    res.end('two');
  });
  expect(head).toMatch(/x-session: sid-/i);
});

describe('a handler that waits for its response goes on when the commit fails', () => {
  it.each<[string, (ctx: Context) => Promise<unknown>]>([
    ['end()', ({ res }) => new Promise((done) => res.end('x', done as never))],
    ['write()', ({ res }) => new Promise((done) => res.write('x', done))],
    ['drain', async ({ res }) => res.write('x') || once(res, 'drain')],
  ])('%s', async (_what, wait) => {
    let isDone = false;
    const reply = await answer({ store: failing() }, async (ctx) => {
      await wait(ctx);
      isDone = true;
    });
    expect([reply.status, reply.body]).toEqual([500, 'Internal Server Error']);
    for (let left = 20; left > 0; left -= 1) await turn();
    expect(isDone).toBe(true);
  });
});

it.each(STORAGES)(
  'ending a response by hand after the client has gone is no error, %s',
  async (_where, options) => {
    const app = new Koa();
    app.keys = ['a key of thirty-two characters...'];
    const errors: Error[] = [];
    app.on('error', (error: Error) => errors.push(error));
    app.use(session(options(), app));
    let hangUp: (() => void) | undefined;
    const done = new Promise<void>((resolve) => {
      app.use(async (ctx) => {
        bag(ctx).a = 1;
        ctx.respond = false;
        const closed = once(ctx.res, 'close');
        hangUp?.();
        await closed;
        ctx.res.end('x');
        resolve();
      });
    });
    const server = createServer((req, res) => void app.callback()(req, res)).listen(0, '127.0.0.1');
    open.push(server);
    await once(server, 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    hangUp = () => void socket.destroy();
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await done;
    for (let left = 20; left > 0; left -= 1) await turn();
    expect(errors).toEqual([]);
  },
);

describe.each(['body', 'end', 'write'])(
  'if one of two sessions cannot be stored, with a response by %s,',
  (way) => {
    it.each([false, true])('the response is a complete 500 (the other one: %s)', async (isReversed) => {
      const app = new Koa();
      app.keys = ['a key of thirty-two characters...'];
      app.on('error', () => {});
      const sessions = [
        session({ key: 'a', property: 'one', store: later() }, app),
        session({ key: 'b', property: 'two', store: failing() }, app),
      ];
      for (const middleware of isReversed ? sessions.toReversed() : sessions) app.use(middleware);
      app.use((ctx) => {
        bag(ctx, 'one').a = 1;
        bag(ctx, 'two').a = 1;
        if (way === 'body') ctx.body = 'secret';
        if (way === 'write') ctx.res.write('secret');
        if (way !== 'body') ctx.res.end('secret');
      });
      const server = await serveRaw(app);
      open.push(server);
      const { head, status, body } = await server.get();
      expect([status, body]).toEqual([500, 'Internal Server Error']);
      expect(head).toMatch(/^HTTP\/1\.1 500 .*\r\n/);
    });
  },
);

describe('a change by a timer during the commit before the first byte', () => {
  it.each([true, false])(
    'is stored, or reported if it is too late for the cookie (in a store: %s)',
    async (isInStore) => {
      let go: (() => void) | undefined;
      let isHeld = false;
      const hold = async (): Promise<void> => {
        if (isHeld) await new Promise<void>((resolve) => (go = resolve));
      };
      const revocations = Object.assign(new MemoryRevocations(), { stamp: () => hold().then(() => 'stamp') });
      const store = delayed(new MemoryStore(), hold);
      const options = isInStore ? { store } : { encrypt: true, revocations };
      const { app, request, errors } = setUp(options);
      const saved: unknown[] = [];
      for (const name of ['created', 'saved'])
        app.on(`session:${name}`, ({ value }: SessionEvent) => saved.push({ ...(value as object) }));
      await request((ctx) => {
        ctx.respond = false;
        void bag(ctx);
        const answerLater = async (): Promise<void> => {
          await turn();
          isHeld = true;
          bag(ctx).a = 1;
          ctx.res.end('x');
          await turn();
          bag(ctx).a = 2;
          isHeld = false;
          go?.();
        };
        void answerLater();
      });
      for (let left = 50; left > 0; left -= 1) await turn();
      const late = errors.map((error) => error instanceof LateWriteError);
      expect([saved.at(-1), late]).toEqual(isInStore ? [{ a: 2 }, []] : [{ a: 1 }, [true]]);
    },
  );
});
