import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { close } from '../../app-server.ts';

/** A load balancer of the simplest kind: each request goes to the next server in turn. */
export interface RoundRobin {
  /** `http://localhost:<port>` */
  url: string;
  /** Takes a server in. */
  add(url: string): void;
  /** Sends it no more requests. */
  remove(url: string): void;
  /** How many requests each server has answered. */
  served: Map<string, number>;
  close(): Promise<void>;
}

export async function startRoundRobin(): Promise<RoundRobin> {
  const servers: string[] = [];
  const served = new Map<string, number>();
  let turn = 0;

  const balancer = createServer((incoming, response) => {
    const server = servers[(turn += 1) % servers.length] ?? '';
    pass(incoming, response, server, () => served.set(server, (served.get(server) ?? 0) + 1));
  });
  await once(balancer.listen(0, '127.0.0.1'), 'listening');
  const { port } = balancer.address() as AddressInfo;
  return {
    url: `http://localhost:${port}`,
    add: (url) => void servers.push(url),
    remove: (url) => void servers.splice(servers.indexOf(url), 1),
    served,
    close: () => close(balancer),
  };
}

/** Passes a request on, with the host that the browser has asked for, and the answer back. */
function pass(
  incoming: IncomingMessage,
  response: ServerResponse,
  server: string,
  onAnswer: () => void,
): void {
  const { method = 'GET', url = '/', headers } = incoming;
  const outgoing = request(new URL(url, server), { method, headers, agent: false });
  outgoing.on('response', (answer) => {
    onAnswer();
    response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    answer.pipe(response);
    // A server that dies in the middle of its answer.
    answer.on('error', () => response.destroy());
  });
  outgoing.on('error', () => {
    if (response.headersSent) response.destroy();
    else response.writeHead(502).end();
  });
  incoming.pipe(outgoing);
}
