import { once } from 'node:events';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createApp } from '../../src/app.ts';
import { quickPasswords } from '../../src/auth/testing/quick-passwords.ts';
import type { Config } from '../../src/config.ts';
import { cookieNames } from '../../src/http/cookie-name.ts';
import { listen } from '../../src/http/lifecycle.ts';
import { createLog } from '../../src/http/log.ts';
import { type Input, inputs, type RawRequest } from './inputs.ts';

/*
 * Measures the CPU time of a request for each parser that untrusted input reaches, at three sizes. Superlinear growth is
 * marked with `!`, and the program exits with 1.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** In bytes. Node takes 16 KiB of headers, the app 32 KiB of a body. */
const SIZES = { head: [3500, 7000, 14_000], body: [8000, 16_000, 32_000] } as const;
/**
 * Sizes are s, 2s and 4s: the second difference is twice the first for linear growth, four times for quadratic growth.
 */
const MAX_GROWTH = 3;
/** What no request may cost, in ms of CPU, whatever it grows by. */
const MAX_COST = 25;
/** Growth below this, in ms of CPU, is ignored. */
const NOISE_MS = 1;
/** A failed measurement is repeated: the machine may have been busy. */
const TRIES = 3;
const ROUNDS = 8;

const config: Config = {
  production: false,
  host: '127.0.0.1',
  port: 0,
  keys: ['a key of this measurement, and of nobody else'],
  sessionStore: 'memory',
  logLevel: 'silent',
  // Has X-Forwarded-* parsed too.
  trustProxy: true,
};

const app = createApp(config, { log: createLog('silent'), passwords: quickPasswords });
const { server } = await listen(app, config);
const { port } = server.address() as AddressInfo;

function serialize({ method = 'GET', target = '/', headers = {}, body = '' }: RawRequest): Buffer {
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
  // The server may close before all is sent.
  socket.on('error', () => undefined);
  socket.write(request);
  await once(socket, 'close');
  return Number(/^HTTP\/1.1 (\d+)/.exec(head)?.[1] ?? 0);
}

interface Cost {
  status: number;
  /** ms of CPU, the minimum of all rounds. */
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
  for (const size of SIZES[input.part]) costs.push(await costOf(serialize(input.request(size))));
  const [small = 0, middle = 0, large = 0] = costs.map(({ ms }) => ms);
  const failed = costs.some(({ status }) => status === 0 || status >= 500);
  const grows = large - middle > NOISE_MS && large - middle > MAX_GROWTH * (middle - small);
  const isTooDear = large > MAX_COST;
  return { costs, isTooMuch: failed || grows || isTooDear };
}

async function measure(input: Input): Promise<Measured> {
  let measured = await measureOnce(input);
  for (let tries = 1; measured.isTooMuch && tries < TRIES; tries += 1) measured = await measureOnce(input);
  return measured;
}

// Warms up the JIT.
for (let warm = 0; warm < 30; warm += 1) await costOf(serialize({ target: '/memory/views' }));
console.log('CPU time in ms for 3.5, 7 and 14 KB of input (8, 16 and 32 KB in a body), and the status\n');
let tooMuch = 0;
for (const input of inputs(cookieNames(ROOT, config)('session-memory'))) {
  const { costs, isTooMuch } = await measure(input);
  if (isTooMuch) tooMuch += 1;
  const cells = costs.map(({ ms, status }) => `${ms.toFixed(2).padStart(7)} (${status})`);
  console.log(`${isTooMuch ? '!' : ' '} ${input.name.padEnd(44)} ${cells.join(' ')}`);
}
console.log(
  tooMuch === 0
    ? '\nAll inputs scale linearly.'
    : `\n${tooMuch} inputs scale worse than linearly, cost too much or failed (marked !).`,
);
process.exitCode = tooMuch === 0 ? 0 : 1;
server.close();
