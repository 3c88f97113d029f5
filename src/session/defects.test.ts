import koaSession from 'koa-session';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import session from './index.ts';
import { COLLIDING, DATA_DEFECTS } from './parity/data-defects.ts';
import { RESPONSE_DEFECTS } from './parity/response-defects.ts';
import { SET_UP_DEFECTS } from './parity/set-up-defects.ts';
import type { SessionLibrary } from './parity/side.ts';

// Defect 22 is one of types: see types.test.ts.
const checks = [...DATA_DEFECTS, ...SET_UP_DEFECTS, ...RESPONSE_DEFECTS];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-01-01T00:00:00Z') });
});

afterEach(() => {
  vi.useRealTimers();
});

describe.each(checks.map((one) => [one.name, one] as const))('%s', (_name, { check, koaSession: seen }) => {
  it('holds here', async () => {
    await expect(check(session)).resolves.toBeUndefined();
  });

  it('fails on koa-session 7.0.2', async () => {
    await expect(check(koaSession as unknown as SessionLibrary)).rejects.toThrow(seen);
  });
});

it('has two words that really collide', () => {
  const [one, other] = COLLIDING.map((word) => JSON.stringify({ word }));
  expect(one).not.toBe(other);
  expect(crc32(one ?? '')).toBe(crc32(other ?? ''));
});
