import { describe, expect, it } from 'vitest';
import { isExpired, isRecord, maxAgeOf, toRecord } from './record.ts';

const NOW = 1_000_000;

describe('a record', () => {
  it('of a session with an idle timeout says when it ends and how long it lives', () => {
    expect(toRecord({ a: 1 }, 5000, NOW)).toEqual({ a: 1, _expire: NOW + 5000, _maxAge: 5000 });
  });

  it('of a session that ends with the browser says just that', () => {
    expect(toRecord({ a: 1 }, 'session', NOW)).toEqual({ a: 1, _session: true });
  });

  it('is an object of its own', () => {
    const data = { a: 1 };
    toRecord(data, 5000, NOW).a = 2;
    expect(data).toEqual({ a: 1 });
  });

  it('has not ended in the very millisecond of its end', () => {
    expect(isExpired({ _expire: NOW }, NOW)).toBe(false);
    expect(isExpired({ _expire: NOW }, NOW + 1)).toBe(true);
  });

  it.each([[undefined], ['1'], [null]])('whose end is %o has none', (end) => {
    expect(isExpired({ _expire: end as never }, Infinity)).toBe(false);
  });

  it('tells the idle timeout it was saved with', () => {
    expect(maxAgeOf({ _maxAge: 5000 })).toBe(5000);
    expect(maxAgeOf({ _session: true })).toBe('session');
    expect(maxAgeOf({ _maxAge: '5000' as never })).toBeUndefined();
    expect(maxAgeOf({})).toBeUndefined();
  });

  it.each([[null], [undefined], [5], ['text'], [true], [[1]]])('is not %o', (value) => {
    expect(isRecord(value)).toBe(false);
  });

  it('is any plain object', () => {
    expect(isRecord({})).toBe(true);
  });
});
