import { readFileSync } from 'node:fs';
import { format } from 'node:util';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { checkSetCookie } from './index.ts';

const README = readFileSync(new URL('README.md', import.meta.url), 'utf8');
/** Code that begins with an import, and the block after it: what it prints. */
const EXAMPLE = /```ts\nimport \{ checkSetCookie }[^\n]*\n([^]*?)\n```\n\n```\n([^`]*)\n```/;

it('shows what its example prints', () => {
  const [, code = '', output] = EXAMPLE.exec(README) ?? [];
  const printed: string[] = [];
  const log = (...values: unknown[]): void => void printed.push(format(...values));
  runInNewContext(code, { checkSetCookie, console: { log } });
  expect(printed.join('\n')).toBe(output);
});
