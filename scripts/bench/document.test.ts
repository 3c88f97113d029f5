import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './build.ts';
import { withResults } from './document.ts';

/** `≈ 0` is not one. */
const FIGURE = /(?<![\w.]|≈ )\d+(?:[.,]\d+)*/g;

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const bench = readFileSync(join(ROOT, 'docs', 'bench.md'), 'utf8');

describe('the section of the README', () => {
  const section = /\n## What sessions cost\n[^]*?(?=\n## )/.exec(readme)?.[0] ?? '';

  it('has the table', () => {
    expect(section).toContain('| Sessions cost, µs');
  });

  it('has only figures of docs/bench.md', () => {
    const printed = new Set(bench.match(FIGURE));
    const figures = section.match(FIGURE) ?? [];
    expect(figures.length).toBeGreaterThan(0);
    expect(figures.filter((figure) => !printed.has(figure))).toEqual([]);
  });
});

describe('the results of a run', () => {
  const text =
    'Last run on an old machine.\n\n| One | a |\n| --- | - |\n| old | 1 |\n\n| Two | a |\n| --- | - |\n';

  it('replace the tables that begin with the same cell, and the description of the last run', () => {
    expect(
      withResults(text, ['| One | a |\n| --- | - |\n| new | 2 |', '| Six | a |'], 'Last run on a new one.'),
    ).toBe('Last run on a new one.\n\n| One | a |\n| --- | - |\n| new | 2 |\n\n| Two | a |\n| --- | - |\n');
  });

  it.each(['Equal set-up, µs', 'CPU of the app, µs', 'A full `MemoryStore`', 'What sessions in Redis cost'])(
    'have a place for the table %s',
    (cell) => {
      expect(bench.split('\n').filter((line) => line.startsWith(`| ${cell} `))).toHaveLength(1);
    },
  );
});
