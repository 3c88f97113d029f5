import { once } from 'node:events';
import { createServer } from 'node:http';
import Koa from 'koa';
import { describe, expect, it, vi } from 'vitest';
import { ListenError, listen } from './listen.ts';

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
    expect([server.headersTimeout, server.requestTimeout]).toEqual([10_000, 30_000]);
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
    const app = new Koa();
    vi.spyOn(app, 'listen').mockImplementation(() => {
      const server = createServer();
      setImmediate(() => server.emit('error', Object.assign(new Error(`listen ${code}`), { code })));
      return server;
    });
    await expect(listen(app, { host: '127.0.0.1', port: 80 })).rejects.toThrow(message);
  });
});
