import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';

const MANUAL = readFileSync(new URL('README.md', import.meta.url), 'utf8');
/** The expression in the quick start that makes the list of keys. */
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
