import { once } from 'node:events';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createApp } from '../../src/app.ts';
import type { Config } from '../../src/config.ts';
import { cookieNames } from '../../src/http/cookie-name.ts';
import { listen } from '../../src/http/listen.ts';
import { createLog } from '../../src/http/request-log.ts';
import { quickUsers } from '../../e2e/quick-users.ts';
import { type Input, inputs, type RawRequest } from './inputs.ts';

/*
 * What a request costs by the size of what a stranger put into it: each parser that such a request reaches, at three sizes. Whatever
 * costs more than its share is marked, and the program ends with 1.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** In bytes. Node takes 16 KiB of headers, the app 32 KiB of a body. */
const SIZES = { head: [3500, 7000, 14_000], body: [8000, 16_000, 32_000] } as const;
/**
 * From the second size to the third is twice as far as from the first to the second: by the square it costs four times as much.
 */
const MOST = 3;
/** In ms of CPU: less from the second size to the third is no harm, whatever it grows by. */
const HARMLESS = 1;
/** Where something else kept the machine busy, another try shows it. */
const TRIES = 3;
const ROUNDS = 8;

const config: Config = {
  production: false,
  host: '127.0.0.1',
  port: 0,
  keys: ['a key of this measurement, and of nobody else'],
  sessionStore: 'memory',
  logLevel: 'silent',
  // So that what a proxy passes on is parsed as well.
  trustProxy: true,
};

const app = createApp(config, { log: createLog('silent'), users: quickUsers() });
const { server } = await listen(app, config);
const { port } = server.address() as AddressInfo;

function textOf({ method = 'GET', target = '/', headers = {}, body = '' }: RawRequest): Buffer {
  const bytes = Buffer.from(body);
  const all = { Host: 'localhost', Connection: 'close', ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  const length = bytes.length > 0 ? [`Content-Length: ${bytes.length}`] : [];
  return Buffer.concat([
    Buffer.from([`${method} ${target} HTTP/1.1`, ...lines, ...length, '', ''].join('\r\n'), 'latin1'),
    bytes,
  ]);
}

/** @returns the status */
async function send(request: Buffer): Promise<number> {
  const socket = connect(port, '127.0.0.1');
  let head = '';
  socket.on('data', (data: Buffer) => {
    if (head === '') head = data.toString('latin1');
  });
  // A server that has heard enough may be gone before all is sent.
  socket.on('error', () => undefined);
  socket.write(request);
  await once(socket, 'close');
  return Number(/^HTTP\/1.1 (\d+)/.exec(head)?.[1] ?? 0);
}

interface Cost {
  status: number;
  /** ms of CPU, the least of all rounds. */
  ms: number;
}

async function costOf(request: Buffer): Promise<Cost> {
  let [status, ms] = [0, Infinity];
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = process.cpuUsage();
    status = await send(request);
    const { user, system } = process.cpuUsage(before);
    ms = Math.min(ms, (user + system) / 1000);
  }
  return { status, ms };
}

interface Measured {
  costs: Cost[];
  isTooMuch: boolean;
}

async function measureOnce(input: Input): Promise<Measured> {
  const costs: Cost[] = [];
  for (const size of SIZES[input.part]) costs.push(await costOf(textOf(input.request(size))));
  const [small = 0, middle = 0, large = 0] = costs.map(({ ms }) => ms);
  const failed = costs.some(({ status }) => status === 0 || status >= 500);
  const grows = large - middle > HARMLESS && large - middle > MOST * (middle - small);
  return { costs, isTooMuch: failed || grows };
}

async function measure(input: Input): Promise<Measured> {
  let measured = await measureOnce(input);
  for (let tries = 1; measured.isTooMuch && tries < TRIES; tries += 1) measured = await measureOnce(input);
  return measured;
}

// What runs for the first time is compiled first.
for (let warm = 0; warm < 30; warm += 1) await costOf(textOf({ target: '/memory/views' }));
console.log(
  'ms of CPU for a request with 3.5, 7 and 14 KB of it (8, 16 and 32 KB in a body), and its status\n',
);
let tooMuch = 0;
for (const input of inputs(cookieNames(ROOT, config)('session-memory'))) {
  const { costs, isTooMuch } = await measure(input);
  if (isTooMuch) tooMuch += 1;
  const cells = costs.map(({ ms, status }) => `${ms.toFixed(2).padStart(7)} (${status})`);
  console.log(`${isTooMuch ? '!' : ' '} ${input.name.padEnd(44)} ${cells.join(' ')}`);
}
console.log(
  tooMuch === 0 ? '\nNo cost grows faster than the request.' : `\n${tooMuch} cost more than their size.`,
);
process.exitCode = tooMuch === 0 ? 0 : 1;
server.close();
