import { describe, expect, it } from 'vitest';
import { without } from './without.ts';

/** What is left of one file when `src/gone/` and `src/gone.ts` are removed. */
function left(text: string, path = 'src/app.ts'): string | undefined {
  return without(new Map([[path, text]]), ['src/gone', 'src/gone.ts']).get(path);
}

/** A text in which `×` marks the lines that are removed: before and after. */
function marked(text: string): { before: string; after: string } {
  const lines = text.replace(/^\n/, '').split('\n');
  const after = lines.filter((line) => !line.startsWith('×'));
  return { before: lines.map((line) => line.replace(/^×/, '')).join('\n'), after: after.join('\n') };
}

it('leaves out files and folders, and does not change others', () => {
  const files = { 'a/b/c.ts': '1', 'a/b.ts': '2', 'a/bc.ts': '3', 'd.css': "@import './a/b.ts';" };
  const kept = without(new Map(Object.entries(files)), ['a/b', 'a/b.ts']);
  expect(Object.fromEntries(kept)).toEqual({ 'a/bc.ts': '3', 'd.css': "@import './a/b.ts';" });
});

describe('in code', () => {
  it.each([
    [
      'an import, and the statement that uses its name',
      `
import Koa from 'koa';
×import { one } from './gone/one.ts';

×app.use(one());
app.use(two());
`,
    ],
    [
      'an import for its effects',
      `
×import './gone.ts';
import './kept.ts';
`,
    ],
    [
      'the uses of a default, a namespace, a type and a renamed import',
      `
×import one from './gone.ts';
×import * as two from './gone.ts';
×import {
×  x as three,
×  type y as Four,
×} from './gone.ts';
×import type { Five } from '../src/gone/five.ts';
const all = {
×  one,
×  b: two.b,
×  c: three(),
×  d: {} as Four,
  x: y,
};
interface All {
×  five?: Five[];
  six: Six;
}
`,
    ],
    [
      'an export from there',
      `
×export * from './gone.ts';
×export { a } from './gone.ts';
export { b } from './kept.ts';
`,
    ],
    [
      'an element of an array, and the comment above',
      `
×import { one } from './gone.ts';
const all = [
×  // Of one.
×  ...one,
  two, // one
];
`,
    ],
    [
      'the comment above a statement, except at the top of the file',
      `
// About the file.
×import { one } from './gone.ts';

×/**
× * About one.
× */
×one(1);
// About two.
two(2);
`,
    ],
    [
      'blank lines that the formatter would remove',
      `
×import { one } from './gone.ts';
×
function f() {
×  one();
×
  two();
×
×  one();
}

×one();
×
×one();
×
f();
×
×one();
`,
    ],
    [
      'no other use of the word',
      `
×import { one } from './gone.ts';
say('one'); // one
say("it's one", two.one, { one: 1 });
interface A {
  one?: string;
}
someone(one1, $one);
`,
    ],
  ])('removes %s', (_what, text) => {
    const { before, after } = marked(text);
    expect(left(before)).toBe(after);
    expect(left(after)).toBe(after);
  });

  it.each([
    ['an argument', 'app.use(\n  one(),\n);'],
    ['the beginning of a statement', 'app.use(one(), {\n  a,\n});'],
    ['a part of a chain', 'one()\n  .two();'],
    ['the end of a chain', 'const a = two\n  .three(one);'],
    ['a branch that has an else', 'if (a) one();\nelse two();'],
    ['an else', 'if (a) two();\nelse one();'],
    ['the whole of a branch', 'if (a)\n  one();'],
    ['what another line needs', 'const [a, b] = one();\nuse(b);'],
    ['an export', 'export const all = [one, two];'],
    ['a part of a template', 'const page = html`<p>\n  ${one}\n</p>`;'],
    ['a part of a type', 'type All =\n  | Two\n  | one;'],
  ])('refuses to remove %s', (_what, code) => {
    const at = code.split('\n').findIndex((line) => line.includes('one')) + 3;
    expect(() => left(`import { one } from './gone/one.ts';\n\n${code}\n`)).toThrow(
      `src/app.ts:${at} uses one, which is to be removed`,
    );
  });

  it.each([
    "const one = await import('./gone.ts');",
    "/** @type {import('./gone.ts').One} */",
    'const file = "../src/gone/a.css";',
  ])('refuses to leave %s', (line) => {
    expect(() => left(line)).toThrow(/^src\/app\.ts names .*gone.*, which is to be removed/);
  });
});

describe('in Markdown', () => {
  it.each([
    ['a paragraph', '×One\n×of [it](gone/a.md#b).\n×\nTwo of [it](kept.md).\n'],
    ['an item with its nested items', 'A\n\n×- [one](gone.ts)\n×  more\n×  - less\n- two\n- three\n'],
    ['a list of one item', 'A\n\n×1. [one](gone.ts)\n×\nB\n'],
    ['a row', '| a |\n|---|\n×| [one](../src/gone.ts) |\n| two |\n'],
    [
      'a section whose heading links to it',
      '# A\n\n×## [B](gone.ts)\n×\n×b\n×\n×### C\n×\n×```sh\n×# D\n×\n×# E\n×```\n×\n## F\n\nf\n',
    ],
    ['the last paragraph', '# A\n×\n×[one](gone.ts)\n'],
  ])('removes %s', (_what, text) => {
    const { before, after } = marked(text);
    expect(left(before, 'src/README.md')).toBe(after);
    expect(left(after, 'src/README.md')).toBe(after);
  });
});
