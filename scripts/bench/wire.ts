import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What has gone over a wire. */
export interface Traffic {
  /** Commands that a client has sent to Redis. */
  commands: number;
  /** Bytes to Redis. */
  to: number;
  /** Bytes from it. */
  from: number;
}

/** A wire to Redis that counts what goes over it, and is so long that one can tell how often somebody waits for it. */
export interface Wire {
  url: string;
  /** So far. */
  traffic: Traffic;
  close(): void;
}

/** What each command begins with: the number of its parts, and the length of the first. */
const COMMAND = /\*\d+\r\n\$/g;

/** @param delay of each answer, in ms */
export async function openWire(port: number, delay: number): Promise<Wire> {
  const traffic: Traffic = { commands: 0, to: 0, from: 0 };
  const sockets: Socket[] = [];
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    sockets.push(near, far);
    near.setNoDelay(true).on('data', (sent) => {
      traffic.commands += sent.toString('latin1').match(COMMAND)?.length ?? 0;
      traffic.to += sent.length;
      far.write(sent);
    });
    far.setNoDelay(true).on('data', (answer) => {
      traffic.from += answer.length;
      setTimeout(() => near.write(answer), delay);
    });
    near.on('close', () => far.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    traffic,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
