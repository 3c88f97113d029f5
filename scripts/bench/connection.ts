import { once } from 'node:events';
import { connect } from 'node:net';

export interface Answer {
  /** The status line and the headers, as they arrived. */
  head: string;
  body: string;
}

export type Connection = Awaited<ReturnType<typeof openConnection>>;

const END_OF_HEAD = '\r\n\r\n';

/**
 * A keep-alive connection. Requests made in one turn of the event loop share a packet (RFC 9112, 9.3.2): the system's
 * work for a packet is the same for every candidate, and would hide their differences.
 */
export async function openConnection(port: number) {
  const socket = connect(port, '127.0.0.1').setNoDelay(true).setEncoding('latin1');
  await once(socket, 'connect');
  const waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void }[] = [];
  let received = '';
  const fail = (error: Error): void => {
    for (const { reject } of waiting.splice(0)) reject(error);
  };
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('the server closed the connection')));
  socket.on('data', (text: string) => {
    received += text;
    for (;;) {
      const endOfHead = received.indexOf(END_OF_HEAD);
      if (endOfHead < 0) return;
      const head = received.slice(0, endOfHead);
      const start = endOfHead + END_OF_HEAD.length;
      const end = start + Number(/\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
      if (received.length < end) return;
      waiting.shift()?.resolve({ head, body: received.slice(start, end) });
      received = received.slice(end);
    }
  });
  return {
    /** @throws {Error} if the connection closes before the answer arrives */
    get(path: string, cookie: string): Promise<Answer> {
      if (socket.writableCorked === 0) {
        socket.cork();
        setImmediate(() => socket.uncork());
      }
      const headers = `Host: localhost\r\nAccept: text/html\r\nCookie: ${cookie}`;
      socket.write(`GET ${path} HTTP/1.1\r\n${headers}\r\n\r\n`);
      return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
      });
    },
    close: () => void socket.destroy(),
  };
}
