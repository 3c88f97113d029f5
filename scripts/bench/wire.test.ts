import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { expect, it } from 'vitest';
import { openWire } from './wire.ts';

const PING = '*1\r\n$4\r\nPING\r\n';
const GET = '*2\r\n$3\r\nGET\r\n$1\r\nx\r\n';

it('counts the commands and bytes that go over it, and is late with each answer', async () => {
  const redis = createServer((socket) => socket.on('data', () => socket.write('+PONG\r\n'))).listen(
    0,
    '127.0.0.1',
  );
  await once(redis, 'listening');
  const wire = await openWire((redis.address() as AddressInfo).port, 30);
  const client = connect(Number(new URL(wire.url).port), '127.0.0.1');
  try {
    const sent = performance.now();
    client.write(PING + GET);
    const [answer] = (await once(client, 'data')) as [Buffer];
    // Timers may come a millisecond early.
    expect(performance.now() - sent).toBeGreaterThan(28);
    expect(answer.toString()).toBe('+PONG\r\n');
    expect(wire.traffic).toEqual({ commands: 2, to: PING.length + GET.length, from: answer.length });
  } finally {
    client.destroy();
    wire.close();
    redis.close();
  }
});
