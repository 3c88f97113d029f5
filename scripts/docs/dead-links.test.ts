import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesInGit } from '../files-in-git.ts';
import { deadLinks } from './dead-links.ts';

const ROOT = join(import.meta.dirname, '../..');
const files = filesInGit(ROOT, '--cached', '--others');
const decisions = Array.from(files).filter(([path]) => path.startsWith('docs/decisions/'));

it('no Markdown file leads to a file, heading or command that is not there', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
  // An app made with `--session-tests` has `test:session`.
  expect(deadLinks(files, [...Object.keys(scripts), 'test:session'])).toEqual([]);
});

describe('a dead link', () => {
  const others = { 'docs/b.md': '# B\n\n## What `x` is, in [C](a.md)\n\n## B\n', 'src/b.ts': '' };
  const dead = (text: string) => deadLinks(new Map(Object.entries({ 'docs/a.md': text, ...others })), ['a']);

  it.each([
    ['[B](c.md)', 'c.md'],
    ['[B](../docs/c/)', '../docs/c/'],
    ['[B](b.md#c)', 'b.md#c'],
    ['[A](#b)', '#b'],
    ['| A |\n| - |\n| ![B](b.png) |', 'b.png'],
    ['[`src/c.ts`](../src/b.ts)', 'src/c.ts'],
    ['It is in src/c.ts.', 'src/c.ts'],
    ['[B](https://example)', 'https://example'],
    ['[B](htps://example.com)', 'htps://example.com'],
    ['It is in `.ci/run`.', '.ci/run'],
    ['```sh\nnpx tsx src/c.ts\n```', 'src/c.ts'],
    ['`npm run b`', 'npm run b'],
    ['`npm run --silent b`', 'npm run b'],
  ])('is found in %s', (text, target) => {
    expect(dead(text)).toEqual([`docs/a.md: ${target}`]);
  });

  it.each([
    '[B](b.md#what-x-is-in-c), [B](b.md#b-1), [A](#a)\n\n# A',
    '[B](../src/), `src/b.ts`, src/b.ts. `src/*.ts`, `src/<name>.ts`, `src/…`, `dist/b.js`, `npm run a`',
    '```ts\n// src/c.ts\n```\n\n`src/c.ts`:\n\n`[B](c.md)`',
    'https://example.com, [B](https://example.com/b?c#d), [B](http://localhost:3000/b)',
  ])('is not found in %s', (text) => {
    expect(dead(text)).toEqual([]);
  });
});

describe('a decision', () => {
  it.each(decisions)(
    '%s has its number, three parts, and at most 40 lines of 120 characters',
    (path, text) => {
      const lines = text.trimEnd().split('\n');
      expect(lines.length).toBeLessThanOrEqual(40);
      expect(lines.filter((line) => line.length > 120)).toEqual([]);
      const [, number] = /(\d\d)-[a-z\d-]+\.md$/.exec(path) ?? [];
      expect(lines[0]).toMatch(new RegExp(`^# ${Number(number)}\\. `));
      expect(text.match(/^\*\*(?:Context|Decision|Consequence)\.\*\*/gm)).toEqual([
        '**Context.**',
        '**Decision.**',
        '**Consequence.**',
      ]);
    },
  );
});
