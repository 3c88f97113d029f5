import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type Connection, openConnection } from './connection.ts';
import { Visitors } from './visitors.ts';
import type { Kind } from './workload.ts';

let server: Server;
let connection: Connection;

afterEach(() => {
  connection.close();
  server.close();
});

async function serve(listener: RequestListener): Promise<void> {
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  connection = await openConnection((server.address() as AddressInfo).port);
}

type Answer = (res: ServerResponse) => void;

function text(body: string): Answer {
  return (res) => res.setHeader('Content-Length', body.length).end(body);
}

const begins: Answer = (res) => text('user-1 has seen 0')(res.setHeader('Set-Cookie', 'sid=1; path=/'));

/** A visitor gets a session from a server that begins sessions as it should, and then this answer. */
async function visit(kind: Kind, answer: Answer): Promise<void> {
  await serve((req, res) => (req.url === '/new' ? begins(res) : answer(res)));
  const visitors = new Visitors('cookie');
  await visitors.join(connection);
  await visitors.visit(connection, kind);
}

describe('visitors', () => {
  it('accept the data of their session', async () => {
    await expect(visit('read', text('user-1 has seen 0'))).resolves.toBeUndefined();
  });

  it('send the cookies that they received and one of another site', async () => {
    let sent: string | undefined;
    await serve((req, res) => {
      sent = req.headers.cookie;
      begins(res);
    });
    const visitors = new Visitors('cookie');
    await visitors.join(connection);
    expect(sent).toBe('theme=dark');
    await expect(visitors.visit(connection, 'read')).rejects.toThrow('and no cookie, but');
    expect(sent).toBe('theme=dark; sid=1');
  });

  it.each([
    ['the session of another visitor', 'read', text('user-2 has seen 0'), "expected 'user-1 has seen 0'"],
    ['a lost change', 'write', text('user-1 has seen 0'), "expected 'user-1 has seen 1'"],
    ['a change without its cookie', 'write', text('user-1 has seen 1'), 'and a cookie, but'],
    [
      'a cookie without a change',
      'none',
      (res) => text('no session was used')(res.setHeader('Set-Cookie', 'a=1')),
      'and no cookie, but',
    ],
    [
      'an error',
      'none',
      (res) => text('no session was used')(Object.assign(res, { statusCode: 500 })),
      /answered.*\nHTTP\/1.1 500/,
    ],
    [
      'an answer without Content-Length',
      'read',
      (res) => void res.write('user-1'),
      "expected 'user-1 has seen 0'",
    ],
    ['no answer', 'read', (res) => void res.destroy(), 'the server closed the connection'],
  ] satisfies [string, Kind, Answer, string | RegExp][])(
    'notice %s',
    async (_what, kind, answer, message) => {
      await expect(visit(kind, answer)).rejects.toThrow(message);
    },
  );

  it('notice a session that does not begin', async () => {
    await serve((_req, res) => text('undefined has seen 0')(res));
    const visitors = new Visitors('memory');
    await expect(visitors.join(connection)).rejects.toThrow("expected 'a new session'");
  });

  it('notice a bare app that begins sessions', async () => {
    await serve((_req, res) => begins(res));
    const visitors = new Visitors('nothing');
    await expect(visitors.visit(connection, 'read')).rejects.toThrow("expected 'no session was used'");
  });
});
