import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DOCUMENTS } from './document.ts';
import { ROOT } from './peers.ts';
import { readRecorded } from './record.ts';
import { SECTIONS } from './sections.ts';

/** `≈ 0` is none. */
const FIGURE = /(?<![\w.]|≈ )\d+(?:[.,]\d+)*/g;

const recorded = readRecorded();
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const bench = readFileSync(join(ROOT, 'docs', 'bench.md'), 'utf8');

describe('what was measured', () => {
  it.each(DOCUMENTS.map((document) => [basename(document.path), document] as const))(
    'stands in %s as it is recorded',
    (_name, { path, make }) => {
      const text = readFileSync(path, 'utf8');
      expect(make(recorded, text), 'Run: npm run bench -- documents').toBe(text);
    },
  );

  it('is there of all sections', () => {
    expect(Object.keys(recorded.measured).toSorted()).toEqual(Object.keys(SECTIONS).toSorted());
  });
});

describe('the section of the README', () => {
  const section = /\n## What sessions cost\n[^]*?(?=\n## )/.exec(readme)?.[0] ?? '';

  it('has the table', () => {
    expect(section).toContain('| Sessions cost, µs');
  });

  it('has no figure that the command does not print', () => {
    const printed = new Set(bench.match(FIGURE));
    const figures = section.match(FIGURE) ?? [];
    expect(figures.length).toBeGreaterThan(0);
    expect(figures.filter((figure) => !printed.has(figure))).toEqual([]);
  });
});
