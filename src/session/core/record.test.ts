import { describe, expect, it } from 'vitest';
import { type Life, fromRecord, isRecord, lifeOf, toRecord } from './life.ts';

const NOW = 1_000_000;
const life: Life = { createdAt: undefined, idleEndsAt: NOW + 5000, maxAge: 5000, hasOwnMaxAge: false };

describe('a record', () => {
  it('of a session with an idle timeout says when it ends and how long it lives', () => {
    expect(toRecord({ a: 1 }, life)).toEqual({ a: 1, _expire: NOW + 5000, _maxAge: 5000 });
  });

  it('of a session that ends with the browser says just that', () => {
    expect(toRecord({ a: 1 }, { ...life, idleEndsAt: undefined, maxAge: 'session' })).toEqual({
      a: 1,
      _session: true,
    });
  });

  it('says when the session began, which id it has and that its maxAge is its own, when that is known', () => {
    expect(toRecord({ a: 1 }, { ...life, createdAt: NOW, hasOwnMaxAge: true }, 'sid-1')).toEqual({
      a: 1,
      _expire: NOW + 5000,
      _maxAge: 5000,
      _created: NOW,
      _own: true,
      _sid: 'sid-1',
    });
  });

  it('is an object of its own', () => {
    const data = { a: 1 };
    toRecord(data, life).a = 2;
    expect(data).toEqual({ a: 1 });
  });

  it.each<Life>([
    life,
    { ...life, createdAt: NOW, hasOwnMaxAge: true },
    { ...life, createdAt: NOW, idleEndsAt: undefined, maxAge: 'session' },
    { ...life, idleEndsAt: undefined, maxAge: undefined },
  ])('gives back the data and the life it was made of: %o', (one) => {
    expect(fromRecord(toRecord({ a: 1 }, one, 'sid-1'))).toEqual({ data: { a: 1 }, life: one });
  });

  it.each([[undefined], ['1'], [null], [{}]])('whose times are %o has none', (time) => {
    const record = { _expire: time, _maxAge: time, _created: time, _own: time } as never;
    expect(lifeOf(record)).toEqual({
      createdAt: undefined,
      idleEndsAt: undefined,
      maxAge: undefined,
      hasOwnMaxAge: false,
    });
  });

  it.each([[null], [undefined], [5], ['text'], [true], [[1]]])('is not %o', (value) => {
    expect(isRecord(value)).toBe(false);
  });

  it('is any plain object', () => {
    expect(isRecord({})).toBe(true);
  });
});
