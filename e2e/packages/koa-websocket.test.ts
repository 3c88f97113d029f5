import { once } from 'node:events';
import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type Koa from 'koa';
import type { Context, Middleware } from 'koa';
import websocket from 'koa-websocket';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import type { SessionOptions } from '../../src/session/index.ts';
import { bag } from '../../src/session/testing/set-up.ts';
import { appWith, Browser, COOKIES, PLACES, serve, STORES } from './app.ts';

const UNSIGNED: (typeof COOKIES)[number] = ['an unsigned cookie', () => ({ signed: false })];

interface Socket {
  send(text: string): void;
  on(event: 'message', listener: () => unknown): void;
}

type Upgrade = (req: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** Answers with the session, to which `/login` adds a user. */
const pages: Middleware = (ctx) => {
  if (ctx.path === '/login') bag(ctx)['user'] = 'ann';
  ctx.body = JSON.stringify(ctx.session);
};

/** A client that has logged in, and its socket to the app. */
async function logIn(
  app: Koa,
  onUpgrade?: Upgrade,
): Promise<{ browser: Browser; ask: () => Promise<string> }> {
  app.use(pages);
  const { server, url } = await serve(app);
  if (onUpgrade) server.on('upgrade', onUpgrade);
  const browser = new Browser(url);
  await browser.get('/login');
  const client = new WebSocket(url.replace('http', 'ws'), { headers: { cookie: browser.cookie } });
  onTestFinished(() => client.terminate());
  await once(client, 'open');
  return {
    browser,
    ask: async () => {
      const answer = once(client, 'message');
      client.send('?');
      return String((await answer)[0]);
    },
  };
}

/** Answers each message with what `answer` returns. */
function answerWith(socket: Socket, answer: () => unknown): void {
  const safely = async (): Promise<unknown> => answer();
  socket.on('message', async () => {
    socket.send(String(await safely().catch((error: unknown) => `failed: ${String(error)}`)));
  });
}

/** An app of koa-websocket. `handle` runs when a socket opens; what it returns is called for each message. */
function socketApp(options: SessionOptions, handle: (ctx: Context) => () => unknown): Koa {
  const { app, sessions } = appWith(options);
  const { ws } = websocket(app);
  ws.use((ctx: Context, next: () => Promise<void>) => {
    const opened = next();
    answerWith(ctx['websocket'] as Socket, async () => {
      await opened;
      return (ctx.state['onMessage'] as () => unknown)();
    });
    return opened;
  });
  ws.use(sessions);
  ws.use((ctx: Context) => {
    ctx.state['onMessage'] = handle(ctx);
  });
  return app;
}

describe('koa-websocket', () => {
  it.each([UNSIGNED, ...PLACES])(
    'reads the session in %s, when a socket opens and later',
    async (_place, options) => {
      const app = socketApp(options(), (ctx) => {
        const { user } = bag(ctx);
        return () => [user, bag(ctx)['user']];
      });
      const { ask } = await logIn(app);
      expect(await ask()).toBe('ann,ann');
    },
  );

  it.each(STORES)('saves the session in %s at a message', async (_place, options) => {
    const app = socketApp(options(), (ctx) => async () => {
      bag(ctx)['seen'] = true;
      await ctx.session.save();
      return 'saved';
    });
    const { ask, browser } = await logIn(app);
    expect(await ask()).toBe('saved');
    expect(JSON.parse((await browser.get('/')).body)).toEqual({ user: 'ann', seen: true });
  });

  it.each(STORES)('saves in %s what changed when a socket opened', async (_place, options) => {
    const app = socketApp(options(), (ctx) => {
      bag(ctx)['seen'] = true;
      return () => 'done';
    });
    const { ask, browser } = await logIn(app);
    expect(await ask()).toBe('done');
    expect(JSON.parse((await browser.get('/')).body)).toEqual({ user: 'ann', seen: true });
  });

  it.each([UNSIGNED, ...COOKIES])('refuses to save in %s, which cannot be sent', async (_place, options) => {
    const app = socketApp(options(), (ctx) => async () => {
      bag(ctx)['seen'] = true;
      await ctx.session.save();
    });
    const { ask, browser } = await logIn(app);
    expect(await ask()).toMatch(/^failed: .*cookie/);
    expect(JSON.parse((await browser.get('/')).body)).toEqual({ user: 'ann' });
  });
});

/** What apps pass to `app.createContext` if there is no response. */
const STAND_INS: [string, (req: IncomingMessage) => unknown][] = [
  ['no response', () => undefined],
  ['an empty object', () => ({})],
  ['a ServerResponse that leads nowhere', (req) => new ServerResponse(req)],
];

describe.each(STAND_INS)('app.createContext by hand on upgrade, with %s', (_what, standIn) => {
  /** Answers each message of a socket with what `handle` returns. */
  function upgrades(app: Koa, handle: (ctx: Context) => unknown): Upgrade {
    const sockets = new WebSocketServer({ noServer: true });
    return (req, socket, head) => {
      const ctx = app.createContext(req, standIn(req) as ServerResponse);
      sockets.handleUpgrade(req, socket, head, (client: Socket) => answerWith(client, () => handle(ctx)));
    };
  }

  it.each([UNSIGNED, ...COOKIES])('reads the session in %s', async (_place, options) => {
    const { app } = appWith(options());
    const { ask } = await logIn(
      app,
      upgrades(app, (ctx) => bag(ctx)['user']),
    );
    expect(await ask()).toBe('ann');
  });

  it.each([UNSIGNED, ...PLACES])('reads the session in %s behind the middleware', async (_place, options) => {
    const { app, sessions } = appWith(options());
    const handle = async (ctx: Context): Promise<unknown> => {
      let user: unknown;
      await sessions(ctx, async () => void ({ user } = bag(ctx)));
      return user;
    };
    const { ask } = await logIn(app, upgrades(app, handle));
    expect(await ask()).toBe('ann');
  });

  it.each(STORES)('saves the session in %s', async (_place, options) => {
    const { app, sessions } = appWith(options());
    const handle = (ctx: Context): Promise<void> =>
      sessions(ctx, async () => {
        bag(ctx)['seen'] = true;
        await ctx.session.save();
      });
    const { ask, browser } = await logIn(app, upgrades(app, handle));
    expect(await ask()).toBe('undefined');
    expect(JSON.parse((await browser.get('/')).body)).toEqual({ user: 'ann', seen: true });
  });
});
