import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { expect, it } from 'vitest';

const SRC = join(import.meta.dirname, '..');

/** What the build compiles. Left out of it, a file comes back as soon as one of these imports it. */
const shipped = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(
  (file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.split(sep).includes('testing'),
);

it('nothing that is built imports what stands in a testing folder', () => {
  expect(shipped).toContain('app.ts');
  const importing = shipped.filter((file) =>
    /(from|import\() ?'[^']*\/testing\//.test(readFileSync(join(SRC, file), 'utf8')),
  );
  expect(importing).toEqual([]);
});
