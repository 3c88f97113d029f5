/**
 * The process of one candidate: `server.ts <name>`. It listens on a port of its own, which it tells its parent, and answers
 * what that asks.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Name } from './candidates.ts';
import { startProfile, stopProfile } from './profiler.ts';
import { START } from './start.ts';

const QUESTIONS = {
  /** CPU time of the process so far, µs. */
  cpu: () => {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
  startProfile: () => startProfile().then(() => 'started'),
  stopProfile,
};

export type Question = keyof typeof QUESTIONS;
export type Reply<Asked extends Question> = Awaited<ReturnType<(typeof QUESTIONS)[Asked]>>;

const name = process.argv[2] as Name;
const server = createServer(await START[name]());
server.keepAliveTimeout = 0;
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));

async function reply(question: Question): Promise<void> {
  process.send?.(await QUESTIONS[question]());
}
process.on('message', (question: Question) => void reply(question));
process.once('disconnect', () => process.exit());
