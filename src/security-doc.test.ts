import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const ROOT = new URL('../', import.meta.url);

/** What a row with this state needs: tests, a remark that says why or what is missing, or both. */
const STATES = new Map([
  ['Met', { tests: true, remark: false }],
  ['By configuration', { tests: true, remark: true }],
  ['In part', { tests: true, remark: true }],
  ['Not met', { tests: false, remark: true }],
  ['Not applicable', { tests: false, remark: true }],
]);

/** The requirements of ASVS 5.0 that the document covers. */
const NUMBERS = [
  ['7.1', 3],
  ['7.2', 4],
  ['7.3', 2],
  ['7.4', 5],
  ['7.5', 3],
  ['7.6', 2],
  ['3.3', 5],
  ['14.3', 3],
].flatMap(([section, count]) => Array.from({ length: Number(count) }, (_, nth) => `${section}.${nth + 1}`));

interface Row {
  what: string;
  state: string;
  tests: string[];
  remark: string;
}

const rows = rowsOf(readFileSync(new URL('docs/security.md', ROOT), 'utf8'));

function rowsOf(markdown: string): Row[] {
  const lines = markdown.split('\n').filter((line) => line.startsWith('|'));
  const cells = lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  return cells
    .filter(([what = '', , state]) => state !== 'State' && !/^[-:]+$/.test(what))
    .map(([what = '', asked = '', state = '', tests = '', remark = '', ...more]) => {
      if (asked === '' || more.length > 0) throw new Error(`a row of another form: ${what}`);
      return { what, state, tests: tests === '' ? [] : tests.split('<br>'), remark };
    });
}

/** Why a named test cannot be found; undefined if it can. */
function missing(named: string): string | undefined {
  const [, path = '', title = ''] = /^`((?:src|e2e)\/[^`]+\.(?:test|spec)\.ts)`: "(.+)"$/.exec(named) ?? [];
  if (path === '') return `not of the form \`file\`: "title": ${named}`;
  if (!existsSync(new URL(path, ROOT))) return `no such file: ${path}`;
  // A title of `it.each`, or one with values in it, is named as it is written there.
  const text = readFileSync(new URL(path, ROOT), 'utf8');
  const isThere = [`'${title}'`, `"${title}"`, `\`${title}\``].some((literal) => text.includes(literal));
  return isThere ? undefined : `no such title in ${path}: ${title}`;
}

describe('docs/security.md', () => {
  const named = rows.map((row) => [row.what, row] as const);
  it.each(named)(
    'names tests that exist, or says why there are none: %s',
    (_what, { state, tests, remark }) => {
      expect([...STATES.keys()]).toContain(state);
      expect(tests.map(missing).filter(Boolean)).toEqual([]);
      const needs = STATES.get(state);
      expect(tests.length > 0, 'tests').toBe(needs?.tests);
      expect(remark.length > 0 || !needs?.remark, 'a remark').toBe(true);
    },
  );

  it('has each requirement of ASVS that it covers, once', () => {
    const numbers = rows.map(({ what }) => what).filter((what) => /^\d+\.\d+\.\d+$/.test(what));
    expect(numbers.toSorted()).toEqual(NUMBERS.toSorted());
  });

  it('has at least fifty rows', () => {
    expect(rows.length).toBeGreaterThanOrEqual(50);
  });
});
