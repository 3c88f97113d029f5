import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Given, HELP, readArguments } from './arguments.ts';
import { PACKAGE_MANAGERS, STORES } from './choices.ts';
import { UsageError } from './failure.ts';

const NOTHING: Given = {
  force: false,
  dryRun: false,
  yes: false,
  help: false,
  version: false,
  swallowed: [],
};

/** Anything thrown but a {@link UsageError} is thrown on. */
function outcomeOf(args: string[], env: NodeJS.ProcessEnv): { given: Given; problem: string } {
  try {
    return { given: readArguments(args, env), problem: 'none' };
  } catch (error) {
    if (error instanceof UsageError) return { given: NOTHING, problem: error.message };
    throw error;
  }
}

const problemOf = (args: string[], env: NodeJS.ProcessEnv = {}): string => outcomeOf(args, env).problem;

describe('the command line', () => {
  it('says nothing when it is empty', () => {
    expect(readArguments([])).toEqual(NOTHING);
  });

  it.each<[string, Partial<Given>]>([
    ['shop', { directory: 'shop' }],
    ['.', { directory: '.' }],
    ['-', { directory: '-' }],
    ['-- -x', { directory: '-x' }],
    ['-- --force', { directory: '--force' }],
    ['--minimal shop', { minimal: true, directory: 'shop' }],
    ['--store redis shop --pm=bun', { store: 'redis', directory: 'shop', pm: 'bun' }],
    ['--name @me/shop', { name: '@me/shop' }],
    ['--no-minimal --no-install --no-git', { minimal: false, install: false, git: false }],
    ['--install --git', { install: true, git: true }],
    ['--session-tests', { sessionTests: true }],
    ['--git --no-git', { git: false }],
    ['--store redis --store cookie', { store: 'cookie' }],
    ['-y', { yes: true }],
    ['-hv', { help: true, version: true }],
    ['--dry-run --force --yes', { dryRun: true, force: true, yes: true }],
    ['--no-force --no-dry-run', { force: false, dryRun: false }],
  ])('reads %s', (line, said) => {
    expect(readArguments(line.split(' '))).toEqual({ ...NOTHING, ...said });
  });

  it.each([
    [['--store', 'sqlite'], '--store is "sqlite": give one of memory, cookie, redis.'],
    [['--store='], '--store is "": give one of memory, cookie, redis.'],
    [['--store', 'Redis'], '--store is "Redis"'],
    [['--pm', 'deno'], '--pm is "deno": give one of npm, pnpm, yarn, bun.'],
    [['--store'], '--store needs a value, such as --store redis.'],
    [['--name', '--force'], '--name needs a value, such as --name my-app.'],
    [['--pm', '-y'], '--pm needs a value, such as --pm pnpm.'],
    [['--minimal=false'], '--minimal takes no value.'],
    [['--yes=1'], '--yes takes no value.'],
    [['--no-git=1'], '--git takes no value.'],
    [
      ['--name', 'MyShop'],
      'npm refuses the name "MyShop": name can no longer contain capital letters. Try myshop',
    ],
    [['--name='], 'npm refuses the name "": name length must be greater than zero. Try koa-app'],
    [['--minmal'], 'There is no flag --minmal: did you mean --minimal?'],
    [['--dryrun'], 'did you mean --dry-run?'],
    [['--no-instal'], 'did you mean --no-install?'],
    [['--typescript'], 'There is no flag --typescript. --help lists them all.'],
    [['--no-name'], 'There is no flag --no-name'],
    [['-x'], 'There is no flag -x'],
    [['--__proto__'], 'There is no flag --__proto__'],
    [['--constructor', 'a'], 'There is no flag --constructor'],
    [['a', 'b c', 'd'], 'not 3: "a", "b c", "d". Quote a path that has blanks.'],
    [['shop', '--', '--minimal'], 'not 2: "shop", "--minimal". Leave out the --.'],
    [['shop', ''], 'not 2: "shop", ""'],
    [[''], 'The directory is ""'],
    [['a\nb', 'c'], 'not 2: "a\\nb", "c"'],
  ])('refuses %j and says what to write', (args, words) => {
    expect(problemOf(args)).toContain(words);
  });

  const flags =
    '--name --store --pm --minimal --no-minimal --install --no-git --force -y -yhv --store=redis --name= --yes=1 --no-no-git';
  const oddities = "-- - --- --= -= --no- --__proto__ --toString=1 --it's -é --🦊=x redis npm my-app true";
  const token = fc.oneof(
    fc.constantFrom(...flags.split(' '), ...oddities.split(' ')),
    fc.constantFrom('', '-\n', '--\n', '--name=\n', '--force\u2028', 'My App', '\0', 'a\r\nb'),
    fc.string({ unit: 'binary', maxLength: 6 }),
    fc.string({ unit: fc.constantFrom('-', '=', 'n', 'o', 'y', '\n', "'", ' '), maxLength: 6 }),
  );
  const npmSays = fc.dictionary(
    fc
      .constantFrom(...'name store pm minimal install git dry_run force yes parseable message'.split(' '))
      .map((name) => `npm_config_${name}`),
    fc.oneof(fc.constantFrom('', 'true', 'false', 'redis', 'pnpm', 'my-app', '/usr/bin/git', 'a\nb'), token),
  );

  it('is understood, or refused in one line, whatever it is', () => {
    const env = fc.oneof(fc.constant({}), npmSays);
    fc.assert(
      fc.property(fc.array(token, { maxLength: 6 }), env, (args, env) => {
        const { given, problem } = outcomeOf(args, env);
        expect(problem).toMatch(/^[^\n\r]+$/);
        expect(given.directory).not.toBe('');
        expect(STORES).toContain(given.store ?? 'memory');
        expect(PACKAGE_MANAGERS).toContain(given.pm ?? 'npm');
      }),
      { numRuns: 1000 },
    );
  });

  it('gives back each value that was said, in any order and either way of writing', () => {
    const said = fc.record(
      {
        name: fc.constantFrom('shop', '@me/shop', '0'),
        store: fc.constantFrom(...STORES),
        pm: fc.constantFrom(...PACKAGE_MANAGERS),
        minimal: fc.boolean(),
        install: fc.boolean(),
        git: fc.boolean(),
      },
      { requiredKeys: [] },
    );
    const directory = fc.option(
      fc.string({ minLength: 1 }).filter((text) => !text.startsWith('-')),
      {
        nil: undefined,
      },
    );
    fc.assert(
      fc.property(
        said,
        directory,
        fc.boolean(),
        fc.infiniteStream(fc.nat()),
        (said, directory, joined, drawn) => {
          const groups = Object.entries(said).map(([name, value]) => {
            if (typeof value === 'boolean') return [value ? `--${name}` : `--no-${name}`];
            return joined ? [`--${name}=${value}`] : [`--${name}`, value];
          });
          if (directory !== undefined) groups.push([directory]);
          const args: string[][] = [];
          for (const group of groups) args.splice((drawn.next().value ?? 0) % (args.length + 1), 0, group);
          const expected = { ...NOTHING, ...said, ...(directory !== undefined && { directory }) };
          expect(readArguments(args.flat())).toEqual(expected);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('changes nothing that it was given', () => {
    const args = Object.freeze(['shop', '--minimal']);
    expect(readArguments(args, Object.freeze({ npm_config_store: 'redis' }))).toMatchObject({
      store: 'redis',
    });
  });
});

describe('flags that npm took for settings of its own', () => {
  it.each<[NodeJS.ProcessEnv, string[], Partial<Given>]>([
    [
      { npm_config_store: 'redis' },
      ['shop'],
      { directory: 'shop', store: 'redis', swallowed: ['--store=redis'] },
    ],
    [
      { npm_config_store: 'true' },
      ['shop', 'redis'],
      { directory: 'shop', store: 'redis', swallowed: ['--store=redis'] },
    ],
    [{ npm_config_store: 'true' }, ['cookie'], { store: 'cookie', swallowed: ['--store=cookie'] }],
    [{ npm_config_pm: 'bun' }, [], { pm: 'bun', swallowed: ['--pm=bun'] }],
    [{ npm_config_name: 'shop' }, [], { name: 'shop', swallowed: ['--name=shop'] }],
    [
      { npm_config_minimal: 'true' },
      ['shop'],
      { directory: 'shop', minimal: true, swallowed: ['--minimal'] },
    ],
    [{ npm_config_minimal: 'shop' }, [], { directory: 'shop', minimal: true, swallowed: ['--minimal'] }],
    [{ npm_config_install: '' }, [], { install: false, swallowed: ['--no-install'] }],
    [{ npm_config_install: 'false' }, [], { install: false, swallowed: ['--no-install'] }],
    [{ npm_config_session_tests: 'true' }, [], { sessionTests: true, swallowed: ['--session-tests'] }],
    [{ npm_config_git: 'false' }, [], { git: false, swallowed: ['--no-git'] }],
    [{ npm_config_dry_run: 'true' }, [], { dryRun: true, swallowed: ['--dry-run'] }],
  ])('are read from %j, with %j', (env, args, expected) => {
    expect(readArguments(args, env)).toEqual({ ...NOTHING, ...expected });
  });

  it.each([
    { npm_config_git: 'git' },
    { npm_config_git: '/usr/bin/git' },
    { npm_config_dry_run: '' },
    { npm_config_force: 'true', npm_config_yes: 'true' },
    { npm_config_store: '', npm_config_name: '', npm_config_pm: '' },
    { npm_config_registry: 'https://localhost', npm_config_user_agent: 'npm/11.0.0' },
    { NPM_CONFIG_STORE: 'redis' },
  ])('are not seen in %j, which is there for other reasons', (env) => {
    expect(readArguments([], env)).toEqual(NOTHING);
  });

  it('give way to what is said on the command line', () => {
    const env = {
      npm_config_store: 'redis',
      npm_config_minimal: 'true',
      npm_config_name: 'other',
      npm_config_pm: 'bun',
    };
    const args = ['--store', 'cookie', '--no-minimal', '--name', 'shop', '--pm', 'yarn'];
    expect(readArguments(args, env)).toEqual({
      ...NOTHING,
      store: 'cookie',
      minimal: false,
      name: 'shop',
      pm: 'yarn',
    });
  });

  it.each([
    [{ npm_config_store: 'sqlite' }, [], '--store is "sqlite"'],
    [{ npm_config_pm: 'deno' }, [], '--pm is "deno"'],
    [{ npm_config_name: 'My Shop' }, [], 'npm refuses the name "My Shop"'],
    [{ npm_config_name: 'true' }, ['shop', 'my-shop'], 'Write -- before the flags'],
    [{ npm_config_store: 'true' }, ['shop'], 'Write -- before the flags'],
    [{ npm_config_store: 'true' }, ['redis', 'cookie'], 'Write -- before the flags'],
  ])('are refused when they cannot be: %j, with %j', (env, args, words) => {
    expect(problemOf(args, env)).toContain(words);
  });
});

describe('the help', () => {
  it('names flags that there are, and each that there is', () => {
    const flags = new Set(HELP.match(/(?<![\w-])--?[a-z][a-z-]*/g));
    expect(Array.from(flags).toSorted().join(' ')).toBe(
      '--dry-run --force --help --minimal --name --no-git --no-install --no-minimal --pm --session-tests --store --version --yes -h -v -y',
    );
    const values: Record<string, string> = { '--name': 'a', '--store': 'redis', '--pm': 'bun' };
    for (const flag of flags) {
      const value = values[flag];
      expect(() => readArguments(value === undefined ? [flag] : [flag, value])).not.toThrow();
    }
  });
});
