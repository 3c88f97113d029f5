/**
 * The process of one candidate: `server.ts <name>`. It tells its parent the port on which it listens, and answers
 * each message with the CPU time of the process so far, µs.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Name } from './candidates.ts';
import { START } from './start.ts';

const name = process.argv[2] as Name;
const server = createServer(await START[name]());
server.keepAliveTimeout = 0;
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.(user + system);
});
process.once('disconnect', () => process.exit());
