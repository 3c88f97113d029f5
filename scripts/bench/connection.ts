import { connect, type Socket } from 'node:net';

/** An answer of a server: its head as it came, and its body. */
export interface Answer {
  head: string;
  body: string;
}

const END_OF_HEAD = '\r\n\r\n';

/**
 * One connection that is kept. Requests that are made together are sent together, before the answers of the first are there
 * (RFC 9112, 9.3.2): what the system takes for each packet is the same for all candidates, and would drown what differs.
 */
export class Connection {
  readonly #socket: Socket;
  #received = '';
  #unsent = '';
  readonly #waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void }[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the server has closed the connection')));
  }

  static open(port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.off('error', reject);
        resolve(new Connection(socket));
      });
      socket.once('error', reject);
    });
  }

  /** @throws {Error} when the connection ends before the answer is there */
  get(path: string, cookie: string): Promise<Answer> {
    if (this.#unsent === '') setImmediate(() => this.#send());
    this.#unsent += `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nCookie: ${cookie}\r\n\r\n`;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }

  close(): void {
    this.#socket.removeAllListeners('close').destroy();
  }

  #send(): void {
    this.#socket.write(this.#unsent, 'latin1');
    this.#unsent = '';
  }

  #take(chunk: Buffer): void {
    this.#received += chunk.toString('latin1');
    let start = 0;
    for (;;) {
      const end = this.#received.indexOf(END_OF_HEAD, start);
      if (end < 0) break;
      const head = this.#received.slice(start, end);
      const length = /\ncontent-length: (\d+)/i.exec(head)?.[1];
      if (length === undefined) {
        this.#fail(new Error(`an answer without Content-Length:\n${head}`));
        return;
      }
      const startOfBody = end + END_OF_HEAD.length;
      const endOfBody = startOfBody + Number(length);
      if (this.#received.length < endOfBody) break;
      const body = this.#received.slice(startOfBody, endOfBody);
      start = endOfBody;
      this.#waiting.shift()?.resolve({ head, body });
    }
    this.#received = this.#received.slice(start);
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}
