import koaSession from 'koa-session';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import session from './index.ts';
import { COLLIDING, DATA_DEFECTS } from './testing/parity/data-defects.ts';
import { RACE_DEFECTS } from './testing/parity/race-defects.ts';
import { RESPONSE_DEFECTS } from './testing/parity/response-defects.ts';
import { SET_UP_DEFECTS } from './testing/parity/set-up-defects.ts';
import type { SessionLibrary } from './testing/parity/side.ts';
import { TYPE_DEFECTS } from './testing/parity/type-defects.ts';

const checks = [
  ...RACE_DEFECTS,
  ...DATA_DEFECTS,
  ...SET_UP_DEFECTS,
  ...RESPONSE_DEFECTS,
  ...TYPE_DEFECTS,
].toSorted((one, other) => parseInt(one.name, 10) - parseInt(other.name, 10));

/** The defects in docs/koa-session-defects.md. */
const DEFECTS = 22;

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
    const failure = await check(koaSession as unknown as SessionLibrary).then(
      () => undefined,
      (error: Error) => error.message,
    );
    expect(failure, 'it passes on koa-session').toBeDefined();
    expect(failure).toMatch(seen);
  });
});

it('has a check for each defect of the list', () => {
  const numbers = new Set(checks.map(({ name }) => parseInt(name, 10)));
  expect([...numbers]).toEqual(Array.from({ length: DEFECTS }, (_none, at) => at + 1));
});

it('has two words that really collide', () => {
  const [one, other] = COLLIDING.map((word) => JSON.stringify({ word }));
  expect(one).not.toBe(other);
  expect(crc32(one ?? '')).toBe(crc32(other ?? ''));
});
