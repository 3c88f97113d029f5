/**
 * Measures the CPU time of requests for each parser that untrusted input reaches, at three sizes. It marks superlinear
 * growth with `!` and exits with 1.
 */
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createApp } from '../../src/app.ts';
import { quickPasswords } from '../../src/auth/testing/quick-passwords.ts';
import { cookieNames } from '../../src/http/cookie-name.ts';
import { listen } from '../../src/http/lifecycle.ts';
import { DEVELOPMENT } from '../../src/testing/test-app.ts';
import { type Input, inputs, type RawRequest } from './inputs.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** In bytes. Node takes 16 KiB of headers, the app 32 KiB of a body. */
const SIZES = { head: [3500, 7000, 14_000], body: [8000, 16_000, 32_000] } as const;
/** The sizes are s, 2s and 4s: the second difference is twice the first for linear growth, four times for quadratic. */
const MAX_GROWTH = 3;
/** In ms of CPU: no request may cost more. */
const MAX_COST = 25;
/** In ms of CPU: smaller growth is ignored. */
const NOISE_MS = 1;
/** A failed measurement is repeated, because the machine may have been busy. */
const TRIES = 3;
const ROUNDS = 8;

// With a proxy, so that the app parses X-Forwarded-* too.
const config = { ...DEVELOPMENT, logLevel: 'silent', trustProxy: true } as const;

const app = createApp(config, { passwords: quickPasswords });
const { server } = await listen(app, config);
const { port } = server.address() as AddressInfo;

function serialize({ method = 'GET', target = '/', headers = {}, body = '' }: RawRequest): Buffer {
  const bytes = Buffer.from(body);
  const length = bytes.length > 0 ? { 'Content-Length': bytes.length } : {};
  const all = Object.entries({ Host: 'localhost', Connection: 'close', ...headers, ...length });
  const lines = [`${method} ${target} HTTP/1.1`, ...all.map(([name, value]) => `${name}: ${value}`)];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), bytes]);
}

/** @returns the status */
async function send(request: Buffer): Promise<number> {
  const socket = connect(port, '127.0.0.1').setEncoding('latin1');
  let head = '';
  socket.on('data', (text: string) => {
    head ||= text;
  });
  // The server may close before it has received everything.
  socket.on('error', () => {});
  socket.write(request);
  await once(socket, 'close');
  return Number(/^HTTP\/1.1 (\d+)/.exec(head)?.[1] ?? 0);
}

/** @returns the status, and the least ms of CPU in all rounds */
async function costOf(request: Buffer): Promise<{ status: number; ms: number }> {
  let [status, ms] = [0, Infinity];
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = process.cpuUsage();
    status = await send(request);
    const { user, system } = process.cpuUsage(before);
    ms = Math.min(ms, (user + system) / 1000);
  }
  return { status, ms };
}

async function measure(input: Input, tries = TRIES): Promise<{ cells: string[]; isTooMuch: boolean }> {
  const costs = [];
  for (const size of SIZES[input.part]) costs.push(await costOf(serialize(input.request(size))));
  const [small = 0, middle = 0, large = 0] = costs.map(({ ms }) => ms);
  const failed = costs.some(({ status }) => status === 0 || status >= 500);
  const grows = large - middle > NOISE_MS && large - middle > MAX_GROWTH * (middle - small);
  const isTooMuch = failed || grows || large > MAX_COST;
  if (isTooMuch && tries > 1) return measure(input, tries - 1);
  return { cells: costs.map(({ ms, status }) => `${ms.toFixed(2).padStart(7)} (${status})`), isTooMuch };
}

// Warms up the JIT.
for (let warm = 0; warm < 30; warm += 1) await costOf(serialize({ target: '/memory/views' }));
console.log('CPU time in ms for 3.5, 7 and 14 KB of input (8, 16 and 32 KB in a body), and the status');
console.log('The part in «» is repeated; # is the number of the repetition\n');
let tooMuch = 0;
for (const input of inputs(cookieNames(ROOT, config)('session-memory'))) {
  const { cells, isTooMuch } = await measure(input);
  if (isTooMuch) tooMuch += 1;
  console.log(`${isTooMuch ? '!' : ' '} ${input.name.padEnd(60)} ${cells.join(' ')}`);
}
const failed = `${tooMuch} inputs scale worse than linearly, cost too much or fail (marked !).`;
console.log(`\n${tooMuch === 0 ? 'All inputs scale linearly.' : failed}`);
process.exitCode = tooMuch === 0 ? 0 : 1;
server.close();
