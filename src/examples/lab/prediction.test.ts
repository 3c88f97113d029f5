import { describe, expect, it } from 'vitest';
import { MISTAKES } from './mistakes.ts';
import { engineOf, ENGINES, keptAfter, predict } from './prediction.ts';
import { trialProblem } from './trial/rules.ts';

const NOW = Date.UTC(2026, 10, 24);
const ARRIVAL = { url: 'http://localhost:3000/lab/trial', now: NOW };

describe('the cookies of a browser after some lines', () => {
  it.each<[what: string, lines: string[], kept: string[]]>([
    ['the cookies that it stored', ['lab=1; Path=/', 'lab-b=2'], ['lab=1 /', 'lab-b=2 /lab']],
    ['the last of the same name, domain and path', ['lab=1; Path=/', 'lab=2; Path=/'], ['lab=2 /']],
    ['both of two paths', ['lab=1; Path=/', 'lab=2; Path=/lab'], ['lab=1 /', 'lab=2 /lab']],
    ['both of two domains', ['lab=1; Path=/', 'lab=2; Path=/; Domain=shop.test'], ['lab=1 /', 'lab=2 /']],
    ['both of two names', ['lab=1; Path=/', 'LAB=2; Path=/'], ['lab=1 /', 'LAB=2 /']],
    ['none after its deletion', ['lab=1; Path=/', 'lab=; Path=/; Max-Age=0'], []],
    ['those of another path than the deletion', ['lab=1; Path=/', 'lab=; Path=/lab; Max-Age=0'], ['lab=1 /']],
    [
      'those that a dropped line leaves alone',
      ['__Host-lab=1; Path=/; Secure', '__Host-lab=; Path=/; Max-Age=0'],
      ['__Host-lab=1 /'],
    ],
    ['none after a dropped line', ['lab=1; SameSite=None; Path=/'], []],
  ])('are %s', (_what, lines, kept) => {
    const cookies = keptAfter(lines, { url: 'https://shop.test/lab/trial', now: NOW });
    expect(cookies.map(({ cookie: { name, value, path } }) => `${name}=${value} ${path}`)).toEqual(kept);
  });
});

/** Whether a line does what was meant, without a warning: sets its cookie, or deletes the one before. */
function isRight(line: string, before: string, engine?: (typeof ENGINES)[number]): boolean {
  const { verdict, kept } = predict(line, before, { ...ARRIVAL, engine });
  const isDone = before === '' ? verdict.stored : verdict.deletes && kept.length === 0;
  return isDone && verdict.warnings.length === 0;
}

describe.each(MISTAKES)('the mistake "$title"', ({ title, before = '', line, fix }) => {
  it('is one by the RFC or in an engine, has a fix that works in most engines, and can be tried', () => {
    expect([undefined, ...ENGINES].map((engine) => isRight(line, before, engine))).toContain(false);
    const rules = [undefined, 'chromium', 'firefox'] as const;
    expect(rules.filter((engine) => !isRight(fix, before, engine))).toEqual([]);
    expect([line, fix].map((one) => trialProblem(one, before, ARRIVAL))).toEqual([undefined, undefined]);
  });

  it('has a title of its own', () => {
    expect(MISTAKES.filter((one) => one.title === title)).toHaveLength(1);
  });
});

const LINUX = 'Mozilla/5.0 (X11; Linux x86_64)';
const BLINK = 'AppleWebKit/537.36 (KHTML, like Gecko)';
const WEBKIT = 'AppleWebKit/605.1.15 (KHTML, like Gecko)';

it.each([
  ['chromium', `${LINUX} ${BLINK} Chrome/156.0.0.0 Safari/537.36`],
  ['chromium', `${LINUX} ${BLINK} HeadlessChrome/156.0.0.0 Safari/537.36`],
  [
    'chromium',
    `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${BLINK} Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0`,
  ],
  ['firefox', 'Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0'],
  ['webkitgtk', `${LINUX} ${WEBKIT} Version/26.0 Safari/605.1.15`],
  [undefined, `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${WEBKIT} Version/26.0 Safari/605.1.15`],
  [undefined, `Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) ${WEBKIT} Version/18.5 Mobile/15E148`],
  [undefined, `Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) ${WEBKIT} FxiOS/153.0 Mobile/15E148`],
  [undefined, 'curl/8.5.0'],
  [undefined, ''],
])('sees %s in "%s"', (engine, userAgent) => {
  expect(engineOf(userAgent)).toBe(engine);
});
