import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, createServer as createHttp2Server, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip, gunzipSync } from 'node:zlib';
import Koa, { type Context, type Middleware } from 'koa';
import { afterEach, describe, expect, it } from 'vitest';
import session, { LateWriteError, MemoryStore, type SessionEvent, type SessionOptions } from '../index.ts';
import { CookieJar, parseSetCookie } from '../testing/client.ts';
import { delayed } from '../testing/delayed.ts';
import { RecordingStore } from '../testing/recording-store.ts';
import { bag } from '../testing/set-up.ts';

const turn = (): Promise<void> => new Promise((done) => void setImmediate(done));

function later(): SessionOptions['store'] {
  return delayed(new MemoryStore(), async () => {
    await turn();
    await turn();
  });
}

const STORAGES: [string, () => SessionOptions][] = [
  ['a signed cookie', () => ({})],
  ['a sealed cookie', () => ({ encrypt: true })],
  ['a store that answers at once', () => ({ store: new MemoryStore() })],
  ['a store that answers later', () => ({ store: later() })],
  ["a store of koa-session's kind", () => ({ store: new RecordingStore(true) })],
];

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

const open: (Server | Http2Server)[] = [];
afterEach(() => open.splice(0).forEach((server) => server.close()));

/** An app with one session on a real server, and one browser. */
async function serve(options: SessionOptions, { http2 = false, before = [] as Middleware[] } = {}) {
  const app = new Koa();
  app.keys = ['a key of thirty-two characters...'];
  const errors: Error[] = [];
  const rejected: unknown[] = [];
  app.on('error', (error: Error) => errors.push(error));
  app.on('session:rejected', ({ value }: SessionEvent) => rejected.push(value));
  for (const middleware of before) app.use(middleware);
  app.use(session(options, app));
  let handle: ((ctx: Context) => unknown) | undefined;
  app.use((ctx) => {
    ctx.status = 200;
    return handle?.(ctx) as Promise<void>;
  });
  const callback = app.callback() as never;
  const server = http2 ? createHttp2Server(callback) : createServer(callback);
  open.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const jar = new CookieJar();
  const request = async (handler: (ctx: Context) => unknown): Promise<Answer> => {
    handle = handler;
    const cookie = jar.header(Date.now()) ?? '';
    const answer = await (http2 ? askHttp2(origin, cookie) : ask(origin, cookie));
    jar.take(
      [answer.headers['set-cookie'] ?? []].flat().map((line) => parseSetCookie(line)),
      Date.now(),
    );
    return answer;
  };
  return { errors, rejected, jar, request };
}

async function ask(origin: string, cookie: string): Promise<Answer> {
  const response = await fetch(origin, { headers: { cookie, 'accept-encoding': 'identity' } });
  const headers = { ...Object.fromEntries(response.headers), 'set-cookie': response.headers.getSetCookie() };
  return { status: response.status, headers, body: Buffer.from(await response.arrayBuffer()) };
}

async function askHttp2(origin: string, cookie: string): Promise<Answer> {
  const client = connect(origin);
  try {
    const stream = client.request({ ':path': '/', cookie });
    const [headers] = (await once(stream, 'response')) as [Answer['headers']];
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    return { status: Number(headers[':status']), headers, body: Buffer.concat(chunks) };
  } finally {
    client.close();
  }
}

/** How handlers respond without Koa, or before their end. The body is always `one two`. */
const WAYS: [string, (ctx: Context) => unknown][] = [
  ['res.end()', ({ res }) => res.end('one two')],
  [
    'ctx.respond = false and res.end()',
    (ctx) => {
      ctx.respond = false;
      ctx.res.end('one two');
    },
  ],
  [
    'writeHead(), write() and end()',
    (ctx) => {
      ctx.respond = false;
      ctx.res.writeHead(200, { 'content-type': 'text/plain' });
      ctx.res.write('one ');
      ctx.res.write('two');
      ctx.res.end();
    },
  ],
  [
    'flushHeaders() first',
    (ctx) => {
      ctx.respond = false;
      ctx.status = 200;
      ctx.flushHeaders();
      ctx.res.write('one ');
      ctx.res.end('two');
    },
  ],
  [
    'a stream as the body',
    (ctx) => {
      ctx.body = Readable.from(['one ', 'two']);
    },
  ],
  [
    'a pipe that the handler waits for',
    async (ctx) => {
      ctx.respond = false;
      await pipeline(Readable.from(['one ', 'two']), ctx.res);
    },
  ],
  [
    'parts with a pause between them',
    async ({ res }) => {
      res.write('one ');
      await turn();
      res.write('two');
      await turn();
      await new Promise<void>((done) => void res.end(done));
    },
  ],
  [
    'a timer, when the middleware is done',
    (ctx) => {
      ctx.respond = false;
      setTimeout(() => ctx.res.end('one two'), 5);
    },
  ],
];

describe.each([
  ['HTTP/1.1', false],
  ['HTTP/2', true],
] as const)('over %s, with the session in', (_protocol, http2) => {
  describe.each(STORAGES)('%s', (_name, options) => {
    it.each(WAYS)('changes made before the first byte are kept: %s', async (_way, answer) => {
      const { errors, request } = await serve(options(), { http2 });
      const first = await request((ctx) => {
        bag(ctx).a = 1;
        return answer(ctx);
      });
      expect([first.status, first.body.toString(), errors]).toEqual([200, 'one two', []]);
      const second = await request((ctx) => {
        const a = bag(ctx).a as number;
        bag(ctx).a = a + 1;
        return answer(ctx);
      });
      expect([second.status, second.headers['vary']]).toEqual([200, 'Cookie']);
      const third = await request((ctx) => (ctx.body = { a: bag(ctx).a }));
      expect([third.body.toString(), errors]).toEqual(['{"a":2}', []]);
      // And its end.
      await request((ctx) => {
        ctx.session = null;
        return answer(ctx);
      });
      const last = await request((ctx) => (ctx.body = String(bag(ctx).isNew)));
      expect([last.body.toString(), errors]).toEqual(['true', []]);
    });

    it('a session that was only read changes nothing but Vary', async () => {
      const { errors, request } = await serve(options(), { http2 });
      await request((ctx) => (ctx.body = String((bag(ctx).a = 1))));
      const reply = await request((ctx) => ctx.res.end(String(bag(ctx).a)));
      expect([reply.body.toString(), reply.headers['vary'], errors]).toEqual(['1', 'Cookie', []]);
      expect([reply.headers['set-cookie'] ?? []].flat()).toEqual([]);
    });
  });
});

it('a request that does not use its session gets an unchanged response object', async () => {
  const { request } = await serve({ store: later(), rolling: true });
  await request((ctx) => (ctx.body = String((bag(ctx).a = 1))));
  const reply = await request((ctx) => {
    ctx.body = Object.keys(ctx.res).filter((key) => /^(?:writeHead|write|end|flushHeaders)$/.test(key));
  });
  expect(reply.body.toString()).toBe('[]');
});

it('a session set by a timer after the middleware and before the first byte is kept', async () => {
  const { errors, request } = await serve({ store: later() });
  await request((ctx) => {
    ctx.respond = false;
    bag(ctx).a = 1;
    setTimeout(() => {
      bag(ctx).a = 2;
      ctx.res.end('done');
    }, 5);
  });
  const reply = await request((ctx) => (ctx.body = String(bag(ctx).a)));
  expect([reply.body.toString(), errors]).toEqual(['2', []]);
});

it('a session changed by an outer middleware after all others is kept', async () => {
  const before: Middleware[] = [
    async (ctx, next) => {
      await next();
      bag(ctx).last = true;
    },
  ];
  const { errors, request } = await serve({ store: later() }, { before });
  await request((ctx) => (ctx.body = 'one'));
  const reply = await request((ctx) => (ctx.body = { ...bag(ctx) }));
  expect([reply.body.toString(), errors]).toEqual(['{"last":true}', []]);
});

it('a session changed by an outer middleware before all others is kept, if a handler responds by hand', async () => {
  const before: Middleware[] = [
    (ctx, next) => {
      bag(ctx).first = true;
      return next();
    },
  ];
  const { errors, request } = await serve({}, { before });
  await request(({ res }) => res.end('one'));
  const reply = await request((ctx) => (ctx.body = { ...bag(ctx) }));
  expect([reply.body.toString(), errors]).toEqual(['{"first":true}', []]);
});

it('a change during the commit is kept, if the handler responds by hand after it', async () => {
  let onCall: (() => void) | undefined;
  const store = delayed(new MemoryStore(), async () => {
    await turn();
    onCall?.();
  });
  const { errors, request } = await serve({ store });
  await request((ctx) => {
    ctx.respond = false;
    const held = bag(ctx);
    held.a = 1;
    // The commit already has the data to be stored.
    onCall = () => {
      onCall = undefined;
      held.a = 2;
      ctx.res.end('done');
    };
  });
  const reply = await request((ctx) => (ctx.body = String(bag(ctx).a)));
  expect([reply.body.toString(), errors]).toEqual(['2', []]);
});

it.each(STORAGES)(
  'a change by a timer through a session object of the handler is kept in %s',
  async (_name, options) => {
    const { errors, request } = await serve(options());
    await request((ctx) => {
      ctx.respond = false;
      const held = bag(ctx);
      held.a = 1;
      setTimeout(() => {
        held.a = 2;
        ctx.res.end('done');
      }, 5);
    });
    const reply = await request((ctx) => (ctx.body = String(bag(ctx).a)));
    expect([reply.body.toString(), errors]).toEqual(['2', []]);
  },
);

it('write() returns false while the session is committed, and drain is emitted after that', async () => {
  const { request } = await serve({ store: later() });
  const reply = await request(async (ctx) => {
    bag(ctx).a = 1;
    const answers = [ctx.res.write('one '), ctx.res.headersSent];
    await once(ctx.res, 'drain');
    answers.push(ctx.res.headersSent, ctx.res.write('two '));
    await new Promise<void>((done) => void ctx.res.write(answers.join(), () => done()));
    ctx.res.end();
  });
  expect(reply.body.toString()).toBe('one two false,false,true,true');
});

it('a compressed body arrives complete, and with the cookie', async () => {
  const before: Middleware[] = [
    async (ctx, next) => {
      await next();
      ctx.body = Readable.from([String(ctx.body)]).pipe(createGzip());
    },
  ];
  const { request } = await serve({ store: later() }, { before });
  const text = 'many words '.repeat(20_000);
  const reply = await request((ctx) => {
    bag(ctx).a = 1;
    ctx.body = text;
  });
  expect(gunzipSync(reply.body).toString()).toBe(text);
  expect([reply.headers['set-cookie']].flat()).toHaveLength(2);
});

describe.each([
  ['HTTP/1.1', false],
  ['HTTP/2', true],
] as const)('over %s, a commit that fails', (_protocol, http2) => {
  const FAILING: [string, () => SessionOptions, string][] = [
    ['since the cookie is too large', () => ({}), 'CookieTooLargeError'],
    [
      'since the store fails later',
      () => ({
        store: Object.assign(new MemoryStore(), {
          create: async () => {
            await turn();
            throw new TypeError('disk full');
          },
        }),
      }),
      'TypeError',
    ],
  ];

  it.each(
    FAILING.flatMap(([why, options, name]) => WAYS.map((way) => [why, ...way, options, name] as const)),
  )('%s answers 500 and nothing of the body: %s', async (_why, way, answer, options, name) => {
    const { errors, request } = await serve(options(), { http2 });
    const reply = await request((ctx) => {
      bag(ctx).text = 'x'.repeat(5000);
      return answer(ctx);
    });
    expect([reply.status, reply.body.toString(), way && errors[0]?.name]).toEqual([
      500,
      'Internal Server Error',
      name,
    ]);
    expect([reply.headers['set-cookie'] ?? []].flat()).toEqual([]);
    expect((await request((ctx) => (ctx.body = 'next'))).body.toString()).toBe('next');
  });
});

function writeTooLate(ctx: Context): void {
  ctx.body = 'done';
  bag(ctx).a = 1;
  ctx.res.once('close', () => {
    // After everything that belongs to the response.
    setImmediate(() => Reflect.set(ctx.session, 'a', 2));
  });
}

describe('a session that is changed after the response has ended', () => {
  it.each(STORAGES.slice(0, 2))('is reported with the place, if it is %s', async (_name, options) => {
    const { errors, rejected, request } = await serve(options());
    await request(writeTooLate);
    while (rejected.length === 0 || errors.length === 0) await turn();
    expect(errors).toEqual([expect.any(LateWriteError)]);
    expect(errors[0]?.message).toMatch(/too late at .*header-gate\.test\.ts:\d+/);
    expect(rejected).toEqual(errors);
  });

  it.each(STORAGES.slice(2))('is kept, if it is in %s', async (_name, options) => {
    const { errors, request } = await serve(options());
    await request(writeTooLate);
    for (let left = 50; left > 0; left -= 1) await turn();
    const reply = await request((ctx) => (ctx.body = String(bag(ctx).a)));
    expect([reply.body.toString(), errors]).toEqual(['2', []]);
  });

  it.each(STORAGES.slice(2))('is kept each time, if it is in %s', async (_name, options) => {
    const { errors, request } = await serve(options());
    await request((ctx) => {
      writeTooLate(ctx);
      ctx.res.once('close', () => {
        setTimeout(() => Reflect.set(ctx.session, 'a', 3), 5);
      });
    });
    let last = '';
    while (last !== '3') last = (await request((ctx) => (ctx.body = String(bag(ctx).a)))).body.toString();
    expect(errors).toEqual([]);
  });
});

it('a session in the cookie that is changed after the first byte is reported once, by session:rejected', async () => {
  const { errors, rejected, request } = await serve({});
  const reply = await request(async (ctx) => {
    ctx.res.write('one ');
    await turn();
    bag(ctx).a = 1;
    ctx.res.end('two');
  });
  expect(reply.body.toString()).toBe('one two');
  while (rejected.length === 0) await turn();
  expect(errors).toEqual([expect.any(LateWriteError)]);
  expect(rejected).toEqual(errors);
});
