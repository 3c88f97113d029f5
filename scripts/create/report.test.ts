import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readArguments } from './arguments.ts';
import { type Choices, PACKAGE_MANAGERS, STORES } from './choices.ts';
import { defaultsTaken, ending, quoted, swallowedHint } from './report.ts';

const CHOICES: Choices = {
  directory: 'my-app',
  name: 'my-app',
  store: 'memory',
  minimal: false,
  sessionTests: false,
  pm: 'npm',
  install: true,
  git: true,
};

/** What a shell takes for the words of commands; `run` is one that prints them. */
function wordsOf(commands: string[]): string[][] {
  const script = [String.raw`run() { printf '%s\0' "$@"; printf '\0'; }`, ...commands].join('\n');
  const read = execFileSync('sh', { input: script, encoding: 'utf8', cwd: '/' });
  return read
    .split('\0\0')
    .slice(0, -1)
    .map((words) => words.split('\0'));
}

const SPECIAL =
  'a b 1 - _ . / : = ~ \' " \\ $ ` ! # & | ; < > ( ) [ ] { } * ? ^ % @ + , é 日 🦊 $HOME $(id)'.split(' ');
const word = fc.oneof(
  fc.string({
    unit: fc.constantFrom(...SPECIAL, ' ', '\t', '\n'),
    minLength: 1,
  }),
  fc.constantFrom(
    '~',
    '~root',
    'a=~',
    '#',
    '*',
    '-n',
    '-',
    '--',
    '--x y',
    "'",
    "''",
    '\\',
    '!!',
    'if',
    '{a,b}',
  ),
);

describe('quoted', () => {
  it('is read back by a shell as it was', () => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 300, maxLength: 300 }), (words) => {
        const read = wordsOf(words.map((one) => `run ${quoted(one, false)}`));
        expect(read).toEqual(words.map((one) => [one.startsWith('-') ? `./${one}` : one]));
      }),
      { numRuns: 2 },
    );
  });

  it('is something even of nothing', () => {
    expect(quoted('', false)).toBe("''");
    expect(quoted('', true)).toBe('""');
  });

  it.each(['my-app', './a/b_c.d', '@me/app@1.2.3', '/a:b,c+d%e', 'C:/x'])(
    'is %s itself where that needs no quotes',
    (text) => {
      expect(quoted(text, false)).toBe(text);
      expect(quoted(text, true)).toBe(text);
    },
  );

  it.each(['~/app', '=app', 'a=~/app', 'a=b:~'])('quotes %s, which some shells would expand', (text) => {
    expect(quoted(text, false)).toBe(`'${text}'`);
  });

  it('has double quotes on Windows', () => {
    expect(quoted(String.raw`C:\My Apps\it's`, true)).toBe(String.raw`"C:\My Apps\it's"`);
  });

  it('makes no flag of a name that looks like one', () => {
    expect(quoted('-rf', false)).toBe('./-rf');
    expect(quoted('--rf', false)).toBe('./--rf');
    expect(quoted('-r f', false)).toBe("'./-r f'");
  });
});

const choices = fc.record({
  directory: word.filter((text) => !/[\t\n]/.test(text)),
  name: fc.constantFrom('my-app', '@me/app'),
  store: fc.constantFrom(...STORES),
  minimal: fc.boolean(),
  sessionTests: fc.boolean(),
  pm: fc.constantFrom(...PACKAGE_MANAGERS),
  install: fc.boolean(),
  git: fc.boolean(),
});

const end = (
  given: Partial<Choices>,
  more: { path?: string; hasKey?: boolean; git?: 'made' | 'inside another' | 'no git' } = {},
) =>
  ending({
    path: 'my-app',
    files: 7,
    hasKey: true,
    git: 'made',
    choices: { ...CHOICES, ...given },
    version: '1.2.3',
    ...more,
  });

describe('the ending', () => {
  it('says what was made, what to do next, and how to do it again', () => {
    expect(end({})).toBe(
      `Made my-app (7 files, sessions in memory, with a key of its own in .env).
It is a git repository. Nothing is committed.

Next:
  cd my-app
  npm start   http://localhost:3000
  npm test    unit tests, then a real browser

The same again:
  npm create koa-session@1.2.3 -- my-app --name my-app --store memory --no-minimal --git --install --pm npm`,
    );
  });

  it('has a command that makes the same again, for every choice', () => {
    fc.assert(
      fc.property(fc.array(choices, { minLength: 50, maxLength: 50 }), (all) => {
        const commands = all.map((one) => end(one).split('\n').at(-1) ?? '');
        for (const [at, words] of wordsOf(commands.map((command) => `run ${command}`)).entries()) {
          const chosen = all[at];
          const [pm, create, what, ...args] = words;
          expect([pm, create]).toEqual([chosen?.pm, 'create']);
          expect(what).toBe(pm === 'yarn' ? 'koa-session' : 'koa-session@1.2.3');
          expect(args[0] === '--').toBe(pm === 'npm');
          const again = readArguments(pm === 'npm' ? args.slice(1) : args);
          const { directory = '', sessionTests = false, ...rest } = again;
          expect(directory.replace(/^\.\/-/, '-')).toBe(chosen?.directory);
          expect({ directory: chosen?.directory, sessionTests, ...rest }).toMatchObject(chosen ?? {});
        }
      }),
      { numRuns: 3 },
    );
  });

  it.each([
    ['my app', "cd 'my app'"],
    ["it's", String.raw`cd 'it'\''s'`],
    ['-', 'cd ./-'],
    ['--x', 'cd ./--x'],
    ['/a/b', 'cd /a/b'],
  ])('goes to %s by %s', (path, command) => {
    expect(end({}, { path }).split('\n')).toContain(`  ${command}`);
  });

  it('goes nowhere when it is there', () => {
    expect(end({}, { path: '' })).not.toContain('cd ');
  });

  it.each([
    ['made', 'It is a git repository'],
    ['inside another', 'inside a git repository, so no other was made'],
    ['no git', 'git was not found'],
  ] as const)('says when the repository is: %s', (git, words) => {
    expect(end({}, { git })).toContain(words);
  });

  it('says nothing of git when no repository was wanted', () => {
    const made = { path: '', files: 7, hasKey: true, choices: CHOICES, version: '1.2.3' };
    expect(ending({ ...made, git: 'not wanted' })).not.toMatch(/repository|\n\n\n/);
  });

  it('says that a .env that was there is kept', () => {
    const kept = end({}, { hasKey: false });
    expect(kept).toContain('(7 files, sessions in memory).\nIts .env was there and is unchanged');
  });

  it('says what a store in Redis needs, and only of that', () => {
    expect(end({ store: 'redis' })).toContain('needs a Redis server');
    expect(end({ store: 'cookie' })).not.toContain('Redis server');
  });

  it.each([
    ['npm', ['npm start', 'npm test']],
    ['pnpm', ['pnpm start', 'pnpm test']],
    ['yarn', ['yarn install', 'yarn start', 'yarn test']],
    ['bun', ['bun run start', 'bun run test']],
  ] as const)('names the commands of %s', (pm, commands) => {
    const lines = end({ pm, install: false }, { path: '' }).split('\n');
    const next = lines.slice(lines.indexOf('Next:') + 1, lines.lastIndexOf(''));
    expect(next.map((line) => line.trim().split(/ {2,}/)[0])).toEqual(commands);
  });
});

describe('the defaults taken', () => {
  it('are listed with how to say otherwise', () => {
    expect(defaultsTaken({}, CHOICES)?.split('\n')).toEqual([
      'Not given, so by default:',
      '  my-app: name another directory as the first argument',
      '  the name my-app: --name',
      '  sessions in memory: --store cookie, --store redis',
      '  with the example pages: --minimal',
      '  a git repository: --no-git',
      '  dependencies installed: --no-install',
      '  for npm: --pm npm, pnpm, yarn or bun',
    ]);
  });

  it('are not mentioned when all was given', () => {
    expect(defaultsTaken(CHOICES, CHOICES)).toBeUndefined();
  });

  it('are only those that were not given', () => {
    const { store: _store, ...given } = CHOICES;
    expect(defaultsTaken(given, CHOICES)).toBe(
      'Not given, so by default:\n  sessions in memory: --store cookie, --store redis',
    );
  });
});

it('says of flags that npm took how to write them', () => {
  expect(swallowedHint(['--store=redis', '--minimal'], 'my app')).toMatch(
    /^npm took --store=redis, --minimal for .*: npm create koa-session 'my app' -- --store=redis --minimal$/,
  );
});
