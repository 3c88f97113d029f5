import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutRecord, fromRecord, isRecord, type Life, recordJson, toRecord } from './life.ts';
import { dataOf } from './session.ts';

const NOW = 1_000_000;
const life: Life = { createdAt: undefined, idleEndsAt: NOW + 5000, maxAge: 5000, hasOwnMaxAge: false };

describe('a record', () => {
  it('of a session with an idle timeout says when it ends and after how long', () => {
    expect(toRecord({ a: 1 }, life)).toEqual({ a: 1, _expire: NOW + 5000, _maxAge: 5000 });
  });

  it('of a session that ends with the browser says only that', () => {
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

  it.each([[undefined], ['1'], [null], [{}]])('whose times are %o counts as one without times', (time) => {
    const record = { _expire: time, _maxAge: time, _created: time, _own: time } as never;
    expect(fromRecord(record).life).toEqual({
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

describe('the JSON of a record', () => {
  const time = fc.option(fc.integer({ min: 0, max: 8e15 }), { nil: undefined });
  const life = fc.record<Life>({
    createdAt: time,
    idleEndsAt: time,
    maxAge: fc.option(fc.oneof(fc.constant('session' as const), fc.integer({ min: 1, max: 8e15 })), {
      nil: undefined,
    }),
    hasOwnMaxAge: fc.boolean(),
  });
  const key = fc.string({ unit: 'binary' }).filter((name) => Object.keys(dataOf({ [name]: 1 })).length > 0);
  const data = fc.dictionary(key, fc.jsonValue());
  const id = fc.option(fc.string({ unit: 'binary' }), { nil: undefined });

  it('is made from the JSON of its data', () => {
    fc.assert(
      fc.property(data, life, id, (one, its, own) => {
        // 1e999 in a cookie is read as Infinity, which JSON writes as null.
        for (const it of [its, { ...its, maxAge: Infinity, createdAt: Infinity }])
          expect(recordJson(JSON.stringify(one), it, own)).toBe(JSON.stringify(toRecord(one, it, own)));
      }),
    );
  });

  it('is cut into data and life without parsing the data', () => {
    fc.assert(
      fc.property(
        data,
        life.filter(hasWholeEnd),
        fc.option(fc.stringMatching(/^[\w:.-]*$/), { nil: undefined }),
        (one, its, own) => {
          const json = JSON.stringify(one);
          expect(cutRecord(recordJson(json, its, own))).toEqual({
            data: json,
            life: fromRecord(toRecord({}, its, own)).life,
            id: own,
          });
        },
      ),
    );
  });

  it('is never cut into anything else than parsing it gives', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '\\"',
      '"a"',
      '1',
      '"_expire":1',
      '"_maxAge":2',
      '"_expire":1,"_maxAge":2',
      '"_session":true',
      '"_session":true,"_expire":1',
      ',"_created":3',
      ',"_own":true',
      ',"_sid":"x"',
      '"_expire":"1"',
      '01',
      '-1',
    );
    let cuts = 0;
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const json = `{${pieces.join('')}}`;
        const cut = cutRecord(json);
        const [record, rest] = [parsed(json), cut && parsed(cut.data)];
        // Whether the text is JSON is only checked when the data are read.
        if (!cut || rest === undefined) return;
        cuts += 1;
        expect(record).toEqual({ ...(rest as object), ...toRecord({}, cut.life, cut.id) });
      }),
      { numRuns: 20_000 },
    );
    expect(cuts).toBeGreaterThan(100);
  });

  it.each([
    ['in another order', '{"_expire":1,"a":1,"_maxAge":2}'],
    ['with blanks', '{"a": 1, "_expire": 1, "_maxAge": 2}'],
    ['with a time that is no number', '{"a":1,"_expire":"1","_maxAge":2}'],
    ['with these keys deeper in', '{"a":{"b":1,"_expire":1,"_maxAge":2}}'],
    ['with these keys in a string', '{"a":",\\"_expire\\":1,\\"_maxAge\\":2}"}'],
    ['with data after them', '{"_expire":1,"_maxAge":2,"a":1}'],
    ['as a list', '[1,"_expire":1,"_maxAge":2}'],
    ['without a time', '{"a":1}'],
    ['in a longer text', `{"a":"${'x'.repeat(8192)}","_expire":1,"_maxAge":2}`],
  ])('written %s is not cut', (_what, json) => {
    expect(cutRecord(json)).toBeUndefined();
  });
});

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** A life as we write it: it ends with the browser, or has both an end and an idle timeout; `createdAt` is not 0. */
function hasWholeEnd({ maxAge, idleEndsAt, createdAt }: Life): boolean {
  const isWhole = maxAge === 'session' ? idleEndsAt !== 0 : maxAge !== undefined && Boolean(idleEndsAt);
  return isWhole && createdAt !== 0;
}
