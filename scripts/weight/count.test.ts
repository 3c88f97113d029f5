import { describe, expect, it } from 'vitest';
import { codeLines, isForTests, isTest, longLines, mutableFields, words } from './count.ts';

describe('lines of code', () => {
  it.each([
    ['no blank lines', 'a();\n\n  \nb();\n', 2],
    ['no comments', '// one\na();\n/* two\n\nthree */\n  // four\n', 1],
    ['no hashbang', '#!/usr/bin/env node\na();\n', 1],
    ['code beside comments', 'a(); // one\n/** two */ b();\n/* three\n*/ c();\n', 3],
    ['text like comments, in templates', 'a(`\n// one\n\n/* two\n${b /* three */}\n`);\n', 5],
    ['text like comments, in strings', "a('/*');\nb('http://host');\nc('*/');\n", 3],
    ['regular expressions', 'a(/[/*]/);\nb(/\\/\\//, c / d);\ne(/*/ /*/);\n', 3],
    ['types', 'const a = <T,>(b?: T): T => b!;\nfunction f(this: A<B<C>>): asserts this is D;\n', 2],
  ])('are %s', (_, source, lines) => {
    expect(codeLines('src/a.ts', source)).toBe(lines);
    expect(codeLines('src/a.js', source)).toBe(lines);
  });

  it('are counted in style sheets', () => {
    expect(codeLines('public/a.css', '/* one\n\ntwo */\na {\n  color: red; /* three */\n}\n\n')).toBe(3);
    expect(codeLines('public/a.css', 'a {\n  background: url(http://host/x);\n}\n')).toBe(3);
  });

  it('are 120 characters each in JSON that programs read', () => {
    expect(codeLines('src/course/steps.json', 'x'.repeat(120))).toBe(1);
    expect(codeLines('public/steps.json', 'x'.repeat(121))).toBe(2);
  });

  it.each([
    'README.md',
    'package.json',
    'scripts/bench/package-lock.json',
    'src/tsconfig.build.json',
    'docs/a.json',
  ])('are not counted in %s', (path) => {
    expect(codeLines(path, '{}\n')).toBeUndefined();
  });
});

it('tells tests, and what supports them, by the path', () => {
  const paths = [
    'src/a.test.ts',
    'e2e/a.spec.ts',
    'src/session/testing/a.ts',
    'e2e/a.ts',
    'src/a.ts',
    'src/testing.ts',
  ];
  expect(paths.filter(isTest)).toEqual(paths.slice(0, 2));
  expect(paths.filter(isForTests)).toEqual(paths.slice(0, 4));
});

it('counts words between spaces and line breaks', () => {
  expect(words('# A\n\n- two,  `three`\n')).toBe(5);
  expect(words('\n')).toBe(0);
});

it('finds lines that are too long in Markdown, where rows of tables may be longer', () => {
  const lines = ['x'.repeat(120), 'x'.repeat(121), `|${'x'.repeat(179)}`, `|${'x'.repeat(180)}`];
  expect(longLines(`${lines.join('\n')}\n`)).toBe(2);
});

it('counts the fields of classes that can be assigned', () => {
  const source = `
let state = 1;
interface Shape {
  a: string;
}
export class Request {
  readonly kept: string;
  static readonly #limit = 9;
  static made = 0;
  life: Life;
  #seen?: string;
  #count = 0;
  late!: Date;
  private plain;
  #waiting: {
    nested: string;
  };

  constructor(life: Life) {
    this.life = life;
  }

  get size(): number {
    return 1;
  }

  async load(id: string): Promise<void> {}
}
const object = {
  a: 1,
};
`;
  expect(mutableFields(source)).toBe(7);
  expect(mutableFields('')).toBe(0);
});
