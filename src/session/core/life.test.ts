import { describe, expect, it } from 'vitest';
import { endOf, type Life, outlasts, savedAt } from './life.ts';

const START = 1_000_000;
const HOUR = 3_600_000;

/** Begun at START, last extended an hour later for two hours. */
const life: Life = {
  createdAt: START,
  idleEndsAt: START + 3 * HOUR,
  maxAge: 2 * HOUR,
  hasOwnMaxAge: false,
};
const ofKoaSession: Life = { ...life, createdAt: undefined };

describe('the end of a session', () => {
  it.each<[string, Life, number | 'session', number | undefined, number | undefined]>([
    ['is that of its idle timeout', life, 2 * HOUR, undefined, START + 3 * HOUR],
    ['comes sooner if the configured maxAge is shorter', life, HOUR, undefined, START + 2 * HOUR],
    ['is never later than at the last save', life, 9 * HOUR, undefined, START + 3 * HOUR],
    ['is the absolute end when that is earlier', life, 2 * HOUR, 2.5 * HOUR, START + 2.5 * HOUR],
    ['is not moved by a later absolute end', life, 2 * HOUR, 9 * HOUR, START + 3 * HOUR],
    [
      'with a maxAge of its own follows that',
      { ...life, hasOwnMaxAge: true },
      HOUR,
      undefined,
      START + 3 * HOUR,
    ],
    [
      'with a maxAge of its own is at most the absolute end',
      { ...life, hasOwnMaxAge: true },
      HOUR,
      HOUR,
      START + HOUR,
    ],
    ['in a record of koa-session is as written', ofKoaSession, HOUR, undefined, START + 3 * HOUR],
    [
      'in a record of koa-session counts the absolute end from the last save',
      ofKoaSession,
      HOUR,
      HOUR,
      START + 2 * HOUR,
    ],
    [
      'with maxAge session is undefined',
      { ...life, idleEndsAt: undefined, maxAge: 'session' },
      HOUR,
      undefined,
      undefined,
    ],
    [
      'with maxAge session is the absolute end',
      { ...life, idleEndsAt: undefined, maxAge: 'session' },
      HOUR,
      HOUR,
      START + HOUR,
    ],
    ["stays when the configured maxAge becomes 'session'", life, 'session', undefined, START + 3 * HOUR],
  ])('%s', (_name, one, maxAge, absoluteMaxAge, expected) => {
    expect(endOf(one, { maxAge, absoluteMaxAge })).toBe(expected);
  });

  it('says when the session was last extended', () => {
    expect(savedAt(life)).toBe(START + HOUR);
    expect(savedAt({ ...life, idleEndsAt: undefined })).toBeUndefined();
    expect(savedAt({ ...life, maxAge: 'session' })).toBeUndefined();
    expect(savedAt({ ...life, maxAge: undefined })).toBeUndefined();
  });
});

describe('a stored life outlasts another', () => {
  it.each<[Partial<Life>, Partial<Life>, boolean]>([
    [{ idleEndsAt: 2 }, { idleEndsAt: 1 }, true],
    [{ idleEndsAt: 1 }, { idleEndsAt: 1 }, false],
    [{ idleEndsAt: 1 }, { idleEndsAt: 2 }, false],
    [{ idleEndsAt: 2, maxAge: 9 }, { idleEndsAt: 1, maxAge: 8 }, false],
    [{ idleEndsAt: 2 }, { idleEndsAt: undefined }, false],
    [{ idleEndsAt: undefined }, { idleEndsAt: 2 }, false],
    [{ idleEndsAt: 2 }, { idleEndsAt: undefined, maxAge: 'session' }, false],
  ])('%o than %o: %o', (stored, given, expected) => {
    expect(outlasts({ ...life, ...stored }, { ...life, ...given })).toBe(expected);
  });
});
