import { EventEmitter, once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { generate } from 'selfsigned';
import { html, type Html } from '../../src/views/html.ts';
import { close } from '../app-server.ts';

/** A request has the cookies of all cases, and some have characters that the HTTP parser refuses. */
const READ_ALL = { maxHeaderSize: 1024 * 1024, insecureHTTPParser: true };

/** The response at one address. */
export interface Answer {
  /** Sent byte for byte, even if an HTTP library would refuse it. */
  setCookie?: readonly string[];
  /** @default 200, or 302 with a `location` */
  status?: number;
  location?: string;
  /** @default a page without content */
  body?: Html;
}

/** Web servers on http and https that answer for every host name, and record the cookies that come. */
export interface Sites {
  /** Makes an address for one request: `url` with the port of its scheme, and a query that stands for `answer`. */
  answering(url: string, answer?: Answer): string;
  /** The Cookie header of the request for an address that `answering` has made; waits for the request. */
  cookieHeader(address: string): Promise<string>;
  close(): Promise<void>;
}

export async function startSites(): Promise<Sites> {
  const expected = new Map<string, Expected>();
  const onRequest = (req: IncomingMessage): void => {
    const one = expected.get(idOf(req.url ?? '/'));
    // A browser also requests an icon.
    if (one === undefined) return send(req, { status: 404 });
    one.arrived(Buffer.from(req.headers.cookie ?? '', 'latin1').toString());
    send(req, one.answer);
  };
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }]);
  const http = createHttpServer(READ_ALL, onRequest);
  const https = createHttpsServer({ key, cert, ...READ_ALL }, onRequest);
  const ports = new Map([
    ['http:', await listen(http)],
    ['https:', await listen(https)],
  ]);

  return {
    answering(url, answer = {}) {
      const address = new URL(url);
      address.port = String(ports.get(address.protocol));
      address.searchParams.set('id', String(expected.size));
      expected.set(String(expected.size), expect(answer));
      return address.href;
    },
    async cookieHeader(address) {
      const one = expected.get(idOf(address));
      if (one === undefined) throw new Error(`Not an address of these sites: ${address}`);
      return one.cookies;
    },
    async close() {
      await Promise.all([http, https].map(close));
    },
  };
}

interface Expected {
  answer: Answer;
  /** Of the first request. */
  cookies: Promise<string>;
  arrived(cookies: string): void;
}

function expect(answer: Answer): Expected {
  const requests = new EventEmitter();
  const cookies = once(requests, 'arrived').then(([header]) => String(header));
  return { answer, cookies, arrived: (header) => void requests.emit('arrived', header) };
}

function idOf(url: string): string {
  return new URL(url, 'http://site.invalid').searchParams.get('id') ?? '';
}

function send({ socket }: IncomingMessage, { setCookie = [], location, status, body }: Answer): void {
  const page = html`<!doctype html>
    <meta charset="utf-8" />
    <title>Cookies</title>
    ${body}`.toString();
  const lines = [
    `HTTP/1.1 ${status ?? (location === undefined ? 200 : 302)} -`,
    'Content-Type: text/html; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(page)}`,
    'Cache-Control: no-store',
    'Connection: close',
    ...(location === undefined ? [] : [`Location: ${location}`]),
    ...setCookie.map((line) => `Set-Cookie: ${line}`),
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${page}`);
}

async function listen(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}
