import { randomFillSync } from 'node:crypto';
import { expect, it, vi } from 'vitest';
import { RandomPool } from './random-pool.ts';

vi.mock('node:crypto', async (importOriginal) => {
  const crypto = await importOriginal<typeof import('node:crypto')>();
  return { ...crypto, randomFillSync: vi.fn(crypto.randomFillSync) };
});

it('never gives the same bytes again', () => {
  const pool = new RandomPool(12);
  const target = Buffer.alloc(12);
  const given = new Set<string>();
  for (let nth = 0; nth < 1000; nth += 1) {
    given.add(pool.nextText());
    pool.fill(target, 0);
    given.add(target.toString('base64url'));
  }
  expect(given.size).toBe(2000);
  expect([...given].every((text) => /^[\w-]{16}$/.test(text))).toBe(true);
});

it('gives all that was drawn, and nothing else', () => {
  const draw = vi.mocked(randomFillSync);
  draw.mockClear();
  const pool = new RandomPool(8);
  const first = pool.nextText();
  const drawn = draw.mock.calls[0]?.[0] as Buffer;
  const rest = Buffer.from(drawn).subarray(8);
  const target = Buffer.alloc(10, 'x');
  pool.fill(target, 1);
  expect(Buffer.from(first, 'base64url')).toHaveLength(8);
  expect(target).toEqual(Buffer.concat([Buffer.from('x'), rest.subarray(0, 8), Buffer.from('x')]));
  for (let nth = 2; nth < 128; nth += 1) {
    expect(Buffer.from(pool.nextText(), 'base64url')).toEqual(rest.subarray((nth - 1) * 8, nth * 8));
  }
  expect(draw).toHaveBeenCalledTimes(1);
  pool.nextText();
  expect(draw).toHaveBeenCalledTimes(2);
});

it('keeps nothing of what it has given', () => {
  const draw = vi.mocked(randomFillSync);
  draw.mockClear();
  const pool = new RandomPool(8);
  pool.nextText();
  pool.fill(Buffer.alloc(8), 0);
  const drawn = draw.mock.calls[0]?.[0] as Buffer;
  expect(drawn.subarray(0, 16)).toEqual(Buffer.alloc(16));
  expect(drawn.subarray(16)).not.toEqual(Buffer.alloc(drawn.length - 16));
});
