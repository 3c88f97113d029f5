import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { expect, it } from 'vitest';

const SRC = join(import.meta.dirname, '..');

/** The files that the build compiles. It also compiles each file that one of these imports. */
const shipped = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(
  (file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.split(sep).includes('testing'),
);

it('no compiled file imports a file of a testing folder', () => {
  expect(shipped).toContain('app.ts');
  const importing = shipped.filter((file) =>
    /(from|import\() ?'[^']*\/testing\//.test(readFileSync(join(SRC, file), 'utf8')),
  );
  expect(importing).toEqual([]);
});
