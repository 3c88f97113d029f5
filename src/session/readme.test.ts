import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { format } from 'node:util';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { checkSetCookie } from './cookie/verdict.ts';

const MANUAL = readFileSync(new URL('README.md', import.meta.url), 'utf8');
/** Code that begins with an import, and the block after it: what it prints. */
const EXAMPLE = /```ts\nimport { checkSetCookie }[^\n]*\n([^`]*)```\n\n```\n([^`]*)\n```/;

it('shows what its example of checkSetCookie prints', () => {
  const [, code = '', output] = EXAMPLE.exec(MANUAL) ?? [];
  const printed: string[] = [];
  const log = (...values: unknown[]): void => void printed.push(format(...values));
  runInNewContext(code, { checkSetCookie, console: { log } });
  expect(printed.join('\n')).toBe(output);
});

/** The expression by which the quick start makes its list of keys. */
const KEYS = /^app\.keys = (\[.*\]);$/m;

it.each([{}, { SESSION_KEY: '' }])(
  'generates a random key in its quick start, in the environment %j',
  (env) => {
    const [, expression = ''] = KEYS.exec(MANUAL) ?? [];
    const start = (): unknown => runInNewContext(expression, { process: { env }, randomBytes })[0];
    expect(start()).toMatch(/^[\w-]{43}$/);
    expect(start()).not.toBe(start());
  },
);
