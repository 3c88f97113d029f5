import { once } from 'node:events';
import { createServer } from 'node:http';
import { createSecureServer } from 'node:http2';
import { createServer as createTlsServer } from 'node:https';
import { generate } from 'selfsigned';
import type { Protocol } from './client.ts';
import type { Running } from './adapter.ts';

export interface Server {
  /** `http://localhost:<port>` or the like. */
  url: string;
  close(): Promise<void>;
}

/** A server of the app's on a free port of the loopback. */
export async function listen(running: Running, protocol: Protocol): Promise<Server> {
  const { listener } = running;
  const server =
    protocol === 'http'
      ? createServer(listener)
      : protocol === 'https'
        ? createTlsServer(await certificate(), listener)
        : // Its requests and responses are made to be taken for those of HTTP/1.1.
          createSecureServer(await certificate(), listener as never);
  const connections = new Set<{ destroy(): void }>();
  server.on('connection', (socket: { destroy(): void }) => connections.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (!address || typeof address === 'string') throw new Error('a TCP server has a port');
  return {
    url: `${protocol === 'http' ? 'http' : 'https'}://localhost:${address.port}`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const connection of connections) connection.destroy();
      await closed;
      await running.close?.();
    },
  };
}

let made: Promise<{ key: string; cert: string }> | undefined;

/** One for localhost that nobody trusts. */
function certificate(): Promise<{ key: string; cert: string }> {
  made ??= generate([{ name: 'commonName', value: 'localhost' }]).then((pems) => ({
    key: pems.private,
    cert: pems.cert,
  }));
  return made;
}
