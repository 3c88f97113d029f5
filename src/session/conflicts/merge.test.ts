import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foreignChanges } from './merge.ts';

type Data = Record<string, unknown>;

function merged(base: Data, mine: Data, theirs: Data): Data {
  const result = { ...mine };
  for (const [key, value] of foreignChanges(base, mine, theirs)) {
    if (value === undefined) delete result[key];
    else result[key] = value;
  }
  return result;
}

describe('merging what two requests made of one session', () => {
  it.each<[string, Data, Data, Data, Data]>([
    ['keeps different keys of both', {}, { a: 1 }, { b: 2 }, { a: 1, b: 2 }],
    ['takes their change of a key that I did not change', { a: 1 }, { a: 1 }, { a: 2 }, { a: 2 }],
    ['keeps my change of a key that they did not change', { a: 1 }, { a: 2 }, { a: 1 }, { a: 2 }],
    ['keeps mine if both changed a key', { a: 1 }, { a: 2 }, { a: 3 }, { a: 2 }],
    ['takes their deletion', { a: 1, b: 1 }, { a: 1, b: 1 }, { b: 1 }, { b: 1 }],
    ['keeps my deletion, also of a key that they changed', { a: 1 }, {}, { a: 2 }, {}],
    ['keeps my change of a key that they deleted', { a: 1 }, { a: 2 }, {}, { a: 2 }],
    [
      'takes nested values as a whole',
      { a: { n: 1, m: 1 } },
      { a: { n: 1, m: 1 } },
      { a: { n: 2 } },
      { a: { n: 2 } },
    ],
    ['knows toString only as a key of the data', {}, {}, { toString: 'x' }, { toString: 'x' }],
    ['distinguishes null from a missing key', { a: null }, { a: null }, {}, {}],
    [
      'keeps my object if theirs differs only in the order of keys',
      { a: { n: 1, in: { x: 1, y: [{ k: 1, l: 2 }] } } },
      { a: { n: 1, in: { x: 1, y: [{ k: 1, l: 2 }] } } },
      { a: { in: { y: [{ l: 2, k: 1 }], x: 1 }, n: 1 }, b: 1 },
      { a: { n: 1, in: { x: 1, y: [{ k: 1, l: 2 }] } }, b: 1 },
    ],
  ])('%s', (_name, base, mine, theirs, expected) => {
    expect(merged(base, mine, theirs)).toEqual(expected);
  });

  it('finds no change if data differ only in the order of keys', () => {
    const base = { a: { n: 1, m: { k: 1, l: 2 } } };
    expect(foreignChanges(base, base, { a: { m: { l: 2, k: 1 }, n: 1 } })).toEqual([]);
  });

  it('takes theirs if mine differs from the base only in the order of keys', () => {
    const base = { a: { n: 1, m: 2 } };
    expect(merged(base, { a: { m: 2, n: 1 } }, { a: { n: 3 } })).toEqual({ a: { n: 3 } });
  });

  it('never loses a key that only one side has changed', () => {
    const value = fc.constantFrom<unknown>(1, 2, 'x', null, { n: 1 });
    const data = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), value);
    fc.assert(
      fc.property(data, data, data, (base, mine, theirs) => {
        const result = merged(base, mine, theirs);
        for (const key of ['a', 'b', 'c', 'd']) {
          const isMine = JSON.stringify(base[key]) !== JSON.stringify(mine[key]);
          expect(result[key]).toEqual(isMine ? mine[key] : theirs[key]);
        }
      }),
    );
  });
});
