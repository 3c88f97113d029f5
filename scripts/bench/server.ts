/**
 * The process of one candidate: `server.ts <name>`. It sends its parent the port it listens on, and replies to each
 * message with the CPU time of the process so far, in µs.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CANDIDATES, type Name } from './candidates.ts';

const name = process.argv[2] as Name;
const server = createServer(await CANDIDATES[name].start());
server.keepAliveTimeout = 0;
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.(user + system);
});
process.once('disconnect', () => process.exit());
