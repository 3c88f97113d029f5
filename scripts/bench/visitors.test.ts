import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Connection } from './connection.ts';
import type { Kind } from './kinds.ts';
import { visitPlain, Visitors } from './visitors.ts';

let server: Server;
let connection: Connection;

afterEach(() => {
  connection.close();
  server.close();
});

async function serve(listener: RequestListener): Promise<void> {
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  connection = await Connection.open((server.address() as AddressInfo).port);
}

type Answer = (res: ServerResponse) => void;

function text(body: string): Answer {
  return (res) => res.setHeader('Content-Length', body.length).end(body);
}

const begins: Answer = (res) => text('user-1 has seen 0')(res.setHeader('Set-Cookie', 'sid=1; path=/'));

/** One visitor of a server that begins sessions as it should, and then gives this answer. */
async function visit(kind: Kind, answer: Answer): Promise<void> {
  await serve((req, res) => (req.url === '/new' ? begins(res) : answer(res)));
  const visitors = new Visitors({ setsCookies: true });
  await visitors.join(connection);
  await visitors.visit(connection, kind);
}

describe('visitors', () => {
  it('are content with what their session has to hold', async () => {
    await expect(visit('read', text('user-1 has seen 0'))).resolves.toBeUndefined();
  });

  it('send the cookies that they were given, and that of another site', async () => {
    let sent: string | undefined;
    await serve((req, res) => {
      sent = req.headers.cookie;
      begins(res);
    });
    const visitors = new Visitors({ setsCookies: true });
    await visitors.join(connection);
    expect(sent).toBe('theme=dark');
    await expect(visitors.visit(connection, 'read')).rejects.toThrow("where 'no cookie' was due");
    expect(sent).toBe('theme=dark; sid=1');
  });

  it.each([
    ['the session of another', 'read', text('user-2 has seen 0'), "where 'user-1 has seen 0' was due"],
    ['a lost change', 'write', text('user-1 has seen 0'), "where 'user-1 has seen 1' was due"],
    ['a change without its cookie', 'write', text('user-1 has seen 1'), "where 'a cookie' was due"],
    [
      'a cookie for nothing',
      'none',
      (res) => text('nobody has looked')(res.setHeader('Set-Cookie', 'a=1')),
      'no cookie',
    ],
    [
      'an error',
      'none',
      (res) => text('nobody has looked')(Object.assign(res, { statusCode: 500 })),
      /answered.*\nHTTP\/1.1 500/,
    ],
    [
      'an answer whose end nobody can tell',
      'read',
      (res) => void res.write('user-1'),
      'an answer without Content-Length',
    ],
    ['no answer', 'read', (res) => void res.destroy(), 'the server has closed the connection'],
  ] satisfies [string, Kind, Answer, string | RegExp][])(
    'notice %s',
    async (_what, kind, answer, message) => {
      await expect(visit(kind, answer)).rejects.toThrow(message);
    },
  );

  it('notice a session that does not begin', async () => {
    await serve((_req, res) => text('undefined has seen 0')(res));
    const visitors = new Visitors({ setsCookies: false });
    await expect(visitors.join(connection)).rejects.toThrow("where 'a new session' was due");
  });

  it('notice a bare app that looks at sessions', async () => {
    await serve((_req, res) => begins(res));
    await expect(visitPlain(connection)).rejects.toThrow("where 'nobody has looked' was due");
  });
});
