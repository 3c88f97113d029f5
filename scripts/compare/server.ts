import { once } from 'node:events';
import { createServer } from 'node:http';
import { createSecureServer } from 'node:http2';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { generate } from 'selfsigned';
import type { Running } from './adapter.ts';

export type Protocol = 'http' | 'https' | 'http2';

export interface Server {
  /** `http://localhost:<port>` */
  url: string;
  close(): Promise<void>;
}

/** Serves the app on a free port of this machine. */
export async function listen(running: Running, protocol: Protocol): Promise<Server> {
  const server = await serverOf(running.listener, protocol);
  const connections = new Set<Socket>();
  server.on('connection', (socket: Socket) => connections.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `${protocol === 'http' ? 'http' : 'https'}://localhost:${port}`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const connection of connections) connection.destroy();
      await closed;
      await running.close?.();
    },
  };
}

async function serverOf(listener: Running['listener'], protocol: Protocol) {
  if (protocol === 'http') return createServer(listener);
  certificate ??= generate([{ name: 'commonName', value: 'localhost' }]);
  const { private: key, cert } = await certificate;
  if (protocol === 'https') return createTlsServer({ key, cert }, listener);
  // Node's requests and responses of HTTP/2 imitate those of HTTP/1.1.
  return createSecureServer({ key, cert }, listener as never);
}

let certificate: ReturnType<typeof generate> | undefined;
