import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import { createClient } from 'redis';
import session, { RedisStore } from '../index.ts';
import { bag } from './set-up.ts';

// A process of `many-processes.test.ts`: one of several apps whose sessions are in the same Redis. Its argument is the
// URL of the Redis server. Its only message is its own port.

const client = createClient({ url: process.argv[2] ?? '', disableOfflineQueue: true });
client.on('error', (error) => console.error(error));
await client.connect();

const app = new Koa();
app.use(session({ store: new RedisStore({ client, timeout: 60_000 }), signed: false }, app));
app.use(async (ctx) => {
  const [, what, value = ''] = ctx.path.split('/');
  if (what === 'begin') Object.assign(bag(ctx), { user: 'ann', n: 0 });
  if (what === 'count') await bag(ctx).update((data) => ((data as { n: number }).n += 1));
  if (what === 'key') bag(ctx)[value] = true;
  if (what === 'end') {
    ctx.session = null;
    ctx.status = 204;
  } else ctx.body = bag(ctx).toJSON();
});
const server = app.listen(0, '127.0.0.1', () => {
  process.send?.((server.address() as AddressInfo).port);
});
