import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { close } from '../app-server.ts';
import type { Response } from './api.ts';
import { createResponse } from './response.ts';

/** A proxy to which every name that ends with .test is this machine. Beside it, nothing is reached through it. */
export interface LoopbackProxy {
  url: string;
  close(): Promise<void>;
}

/** @param onResponse is told of each answer over http, as soon as its head is there */
export async function startLoopbackProxy(onResponse: (response: Response) => void): Promise<LoopbackProxy> {
  const server = createServer((incoming, response) => forward(incoming, response, onResponse));
  server.on('connect', tunnel);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => close(server) };
}

function isHere(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '127.0.0.1' || hostname.endsWith('.test');
}

/** A request over http names its whole address. */
function forward(
  incoming: IncomingMessage,
  response: ServerResponse,
  onResponse: (response: Response) => void,
): void {
  const { method = 'GET', url = '', headers } = incoming;
  const { hostname, port, pathname, search } = new URL(url, 'http://proxy.invalid');
  if (!isHere(hostname)) {
    response.writeHead(502).end();
    return;
  }
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

/** For https, all that the proxy sees is where to. */
function tunnel(incoming: IncomingMessage, browser: Duplex, head: Buffer): void {
  const { hostname, port } = new URL(`https://${incoming.url ?? ''}`);
  if (!isHere(hostname)) {
    browser.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    return;
  }
  const server = connect(Number(port || 443), '127.0.0.1', () => {
    browser.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    server.write(head);
    server.pipe(browser).pipe(server);
  });
  server.on('error', () => browser.destroy());
  browser.on('error', () => server.destroy());
}
