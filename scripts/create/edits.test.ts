import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { edited } from './edits.ts';

const FILES = new Map([
  ['a.ts', 'one two three two'],
  ['b.ts', 'one'],
]);

describe('edited', () => {
  it('makes each change where the one before has left the file', () => {
    const result = edited(FILES, [
      { file: 'a.ts', cut: 'one ', put: 'none ' },
      { file: 'a.ts', cut: 'none two ' },
      { file: 'a.ts', cut: /\w+$/, put: 'four' },
    ]);
    expect(Object.fromEntries(result)).toEqual({ 'a.ts': 'three four', 'b.ts': 'one' });
  });

  it('leaves what it was given as it is', () => {
    const files = new Map(FILES);
    edited(files, [{ file: 'b.ts', cut: 'one', put: 'two' }]);
    expect(files).toEqual(FILES);
  });

  it('puts any text as it stands, dollars too', () => {
    const text = fc.string({ unit: fc.constantFrom('$', '&', '`', "'", '1', '<a>', '\\', '\n', 'x') });
    fc.assert(
      fc.property(text, text, text, (before, put, after) => {
        for (const cut of ['CUT', /C(?<a>U)T/]) {
          const files = new Map([['a.ts', `${before}CUT${after}`]]);
          expect(edited(files, [{ file: 'a.ts', cut, put }]).get('a.ts')).toBe(`${before}${put}${after}`);
        }
      }),
    );
  });

  it('takes the same edit for one template after another', () => {
    const edits = [{ file: 'a.ts', cut: /three/g, put: '3' }];
    for (let time = 0; time < 3; time++) {
      expect(edited(FILES, edits).get('a.ts')).toBe('one two 3 two');
    }
  });

  it.each([
    ['a file that is not there', { file: 'c.ts', cut: 'one' }, /c\.ts.*not in the template/],
    ['what is not in the file', { file: 'b.ts', cut: 'two' }, /b\.ts.*0 times: two/],
    ['what is in it twice', { file: 'a.ts', cut: 'two' }, /a\.ts.*2 times: two/],
    ['an expression that does not match', { file: 'b.ts', cut: /^two/ }, /b\.ts.*0 times: \/\^two\//],
  ])('refuses %s', (_what, edit, message) => {
    expect(() => edited(FILES, [edit])).toThrow(message);
  });
});
