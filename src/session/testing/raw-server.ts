import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type Koa from 'koa';

export interface RawReply {
  status: number;
  head: string;
  body: string;
}

/** A real HTTP server, and requests to it byte for byte: HTTP clients correct what a test wants to get wrong. */
export async function serveRaw(app: Koa): Promise<{
  get: (...headers: (string | Buffer)[]) => Promise<RawReply>;
  close: () => void;
}> {
  const server = createServer((req, res) => void app.callback()(req, res)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  async function get(...headers: (string | Buffer)[]): Promise<RawReply> {
    const socket = connect(port, '127.0.0.1');
    const lines = ['GET / HTTP/1.1', 'Host: localhost', 'Connection: close', ...headers].flatMap((line) => [
      Buffer.isBuffer(line) ? line : Buffer.from(line),
      Buffer.from('\r\n'),
    ]);
    socket.write(Buffer.concat([...lines, Buffer.from('\r\n')]));
    const received: Buffer[] = [];
    for await (const chunk of socket) received.push(chunk as Buffer);
    const [head = '', body = ''] = Buffer.concat(received).toString('latin1').split('\r\n\r\n');
    return { status: Number(head.split(' ')[1]), head, body };
  }

  return { get, close: () => server.close() };
}
