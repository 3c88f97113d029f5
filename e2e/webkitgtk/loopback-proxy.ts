import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { close } from '../app-server.ts';
import type { Response } from './api.ts';
import { createResponse } from './response.ts';

/** A proxy that resolves every name to this machine, so that tests can use any name, and reach nothing else. */
export interface LoopbackProxy {
  url: string;
  close(): Promise<void>;
}

/** @param onResponse called for each response over http, as soon as its headers are there */
export async function startLoopbackProxy(onResponse: (response: Response) => void): Promise<LoopbackProxy> {
  const server = createServer((incoming, response) => forward(incoming, response, onResponse));
  // The server does not track them, and a browser may leave some open that it never used.
  const tunnels = new Set<Duplex>();
  server.on('connect', (incoming: IncomingMessage, browser: Duplex, head: Buffer) => {
    tunnels.add(browser);
    browser.on('close', () => tunnels.delete(browser));
    tunnel(incoming, browser, head);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      for (const browser of tunnels) browser.destroy();
      await close(server);
    },
  };
}

/** Forwards a request over http, which has the whole address. */
function forward(
  incoming: IncomingMessage,
  response: ServerResponse,
  onResponse: (response: Response) => void,
): void {
  const { method = 'GET', url = '', headers } = incoming;
  const { port, pathname, search } = new URL(url, 'http://proxy.invalid');
  const path = pathname + search;
  const outgoing = request({ host: '127.0.0.1', port: port || 80, path, method, headers, agent: false });
  outgoing.on('response', (answer) => {
    onResponse(createResponse(url, incoming, answer));
    response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    answer.pipe(response);
  });
  outgoing.on('error', () => response.destroy());
  incoming.pipe(outgoing);
}

/** Connects for https, of which the proxy sees only the host and port. */
function tunnel(incoming: IncomingMessage, browser: Duplex, head: Buffer): void {
  const { port } = new URL(`https://${incoming.url ?? ''}`);
  const server = connect(Number(port || 443), '127.0.0.1', () => {
    browser.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    server.write(head);
    server.pipe(browser).pipe(server);
  });
  server.on('error', () => browser.destroy());
  browser.on('close', () => server.destroy());
  browser.on('error', () => server.destroy());
}
