import { expect, it } from 'vitest';
import { complaintOf, figuresOf } from './budgets.ts';

it.each([
  ['a figure up to its goal', 10, { goal: 10 }],
  ['a figure up to what is allowed', 20, { goal: 10, allowed: 20 }],
  ['a figure a little below that', 19, { goal: 10, allowed: 20 }],
])('accepts %s', (_, figure, budget) => {
  expect(complaintOf(figure, budget)).toBeUndefined();
});

it.each([
  [11, { goal: 10 }, /is 11, .* 10/],
  [21, { goal: 10, allowed: 20 }, /is 21, .* 20/],
  [10, { goal: 10, allowed: 20 }, /goal of 10: remove/],
  [10, { goal: 10, allowed: 10 }, /goal of 10: remove/],
  [0, { goal: 10 }, /is 0: .*/],
  [NaN, { goal: 10 }, /is NaN/],
])('complains about %i under %j', (figure, budget, complaint) => {
  expect(complaintOf(figure, budget)).toMatch(complaint);
});

it('counts tests and their support only in apps', () => {
  const files = new Map([
    ['README.md', '# A\n\nB\n'],
    ['src/app.ts', 'a();\n'],
    ['src/session/index.ts', 'a();\nb();\n'],
    ['src/session/core/a.ts', 'a();\n// b();\nc();\n'],
    ['src/session/core/a.test.ts', 'a();\n'.repeat(9)],
    ['src/session/core/testing/b.ts', 'a();\n'.repeat(4)],
    ['src/session/core/request-session.ts', 'class A {\n  a = 1;\n}\n'],
    ['e2e/a.spec.ts', 'a();\n'.repeat(8)],
    ['scripts/a.js', 'a();\n'],
  ]);
  const minimalOnRedis = new Map([...files, ['src/redis/a.ts', 'a();\nb();\n']]);
  expect(figuresOf(files, { minimal: files, minimalOnRedis, full: new Map() })).toMatchObject({
    'src/session/core/, lines': 5,
    'src/session/core/, files': 2,
    'src/session/cookie/, lines': 0,
    'src/session/, lines': 7,
    'src/session/, files': 3,
    'longest source file, lines': 4,
    "mutable fields of a request's session": 1,
    'README.md, lines': 3,
    'README.md, words': 3,
    'src/session/README.md, words': 0,
    'minimal app, files': 9,
    'minimal app, lines': 30,
    'Redis adds to it, files': 1,
    'Redis adds to it, lines': 2,
    'app with all examples, files': 0,
    'scripts/, lines': 1,
    'all code but tests, lines': 9,
  });
});
