import { beforeEach, expect, it, vi } from 'vitest';
import { RandomPool } from './random-pool.ts';

/** The buffers that were filled. */
const drawn = vi.hoisted((): Buffer[] => []);

vi.mock('node:crypto', async (importOriginal) => {
  const crypto: Record<string, unknown> & { randomFillSync: (buffer: Buffer) => Buffer } =
    await importOriginal();
  const randomFillSync = (buffer: Buffer): Buffer => {
    drawn.push(buffer);
    return crypto.randomFillSync(buffer);
  };
  return { ...crypto, randomFillSync };
});

beforeEach(() => {
  drawn.length = 0;
});

it('never gives the same bytes again', () => {
  const pool = new RandomPool(12);
  const given = new Set<string>();
  for (let nth = 0; nth < 2000; nth += 1) given.add(pool.nextText());
  expect(given.size).toBe(2000);
  expect([...given].every((text) => /^[\w-]{16}$/.test(text))).toBe(true);
});

it('gives exactly the bytes that were drawn', () => {
  const pool = new RandomPool(8);
  const first = pool.nextText();
  const rest = Buffer.from(drawn[0] ?? '').subarray(8);
  expect(Buffer.from(first, 'base64url')).toHaveLength(8);
  for (let nth = 1; nth < 128; nth += 1) {
    expect(Buffer.from(pool.nextText(), 'base64url')).toEqual(rest.subarray((nth - 1) * 8, nth * 8));
  }
  expect(drawn).toHaveLength(1);
  pool.nextText();
  expect(drawn).toHaveLength(2);
});

it('wipes what it has given', () => {
  const pool = new RandomPool(8);
  pool.nextText();
  pool.nextText();
  const [bytes = Buffer.alloc(0)] = drawn;
  expect(bytes.subarray(0, 16)).toEqual(Buffer.alloc(16));
  expect(bytes.subarray(16)).not.toEqual(Buffer.alloc(bytes.length - 16));
});
