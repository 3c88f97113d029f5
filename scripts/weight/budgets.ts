import { codeLines, isForTests, isTest, linesOf, longLines, mutableFields } from './count.ts';

export interface Budget {
  /** The most that the figure may be in the end. */
  goal: number;
  /** While the goal is not reached: no more than there was last. Lower it with the figure. */
  allowed?: number;
}

/** Rows of apps count everything; rows of folders leave out tests and their support. */
export const BUDGETS = {
  'src/session/core/, lines': { goal: 1500, allowed: 1745 },
  'src/session/core/, files': { goal: 15 },
  'src/session/cookie/, lines': { goal: 500, allowed: 547 },
  'src/session/memory/, lines': { goal: 350 },
  'src/session/, lines': { goal: 3900, allowed: 4120 },
  'src/session/, files': { goal: 50 },
  'longest source file, lines': { goal: 300 },
  "mutable fields of a request's session": { goal: 12 },
  'README.md, lines': { goal: 200 },
  'README.md, lines too long': { goal: 0 },
  'src/session/README.md, lines': { goal: 300 },
  'src/session/README.md, lines too long': { goal: 0 },
  'minimal app, files': { goal: 130 },
  'minimal app, lines': { goal: 8000, allowed: 8100 },
  'Redis adds to it, files': { goal: 20 },
  'Redis adds to it, lines': { goal: 1800 },
  'app with all examples, files': { goal: 240 },
  'app with all examples, lines': { goal: 15_000 },
  'scripts/, lines': { goal: 6000, allowed: 8970 },
  'all code but tests, lines': { goal: 19_000, allowed: 19_130 },
} satisfies Record<string, Budget>;

/** Where the mutable state of a request stands. */
const REQUEST = ['src/session/core/request-session.ts'];

export type Figures = Record<keyof typeof BUDGETS, number>;

/** Content by path. */
export type Files = ReadonlyMap<string, string>;

/** The files of apps as they are made. */
export interface Apps {
  /** With `--minimal`, sessions in memory. */
  minimal: Files;
  /** With `--minimal`, sessions in Redis. */
  minimalOnRedis: Files;
  /** With all examples, sessions in memory. */
  full: Files;
}

/** @param repository its files */
export function figuresOf(repository: Files, { minimal, minimalOnRedis, full }: Apps): Figures {
  const all = count(repository);
  const sources = all.filter(({ path }) => !isForTests(path));
  const within = (folder: string): Counted[] => sources.filter(({ path }) => path.startsWith(folder));
  const text = (path: string): string => repository.get(path) ?? '';
  const added = new Map(Array.from(minimalOnRedis).filter(([path]) => !minimal.has(path)));
  return {
    'src/session/core/, lines': total(within('src/session/core/')),
    'src/session/core/, files': within('src/session/core/').length,
    'src/session/cookie/, lines': total(within('src/session/cookie/')),
    'src/session/memory/, lines': total(within('src/session/memory/')),
    'src/session/, lines': total(within('src/session/')),
    'src/session/, files': within('src/session/').length,
    'longest source file, lines': longestSource(repository).lines,
    "mutable fields of a request's session": mutableFields(REQUEST.map(text).join('\n')),
    'README.md, lines': linesOf(text('README.md')).length,
    'README.md, lines too long': longLines(text('README.md')),
    'src/session/README.md, lines': linesOf(text('src/session/README.md')).length,
    'src/session/README.md, lines too long': longLines(text('src/session/README.md')),
    'minimal app, files': minimal.size,
    'minimal app, lines': total(count(minimal)),
    'Redis adds to it, files': added.size,
    'Redis adds to it, lines': total(count(added)),
    'app with all examples, files': full.size,
    'app with all examples, lines': total(count(full)),
    'scripts/, lines': total(within('scripts/')),
    'all code but tests, lines': total(sources),
  };
}

/** Support for tests included. */
export function longestSource(files: Files): Counted {
  return count(files)
    .filter(({ path }) => !isTest(path) && !path.endsWith('.json'))
    .reduce((longest, file) => (file.lines > longest.lines ? file : longest), { path: '', lines: 0 });
}

interface Counted {
  path: string;
  lines: number;
}

function count(files: Files): Counted[] {
  return Array.from(files).flatMap(([path, source]) => {
    const lines = codeLines(path, source);
    return lines === undefined ? [] : { path, lines };
  });
}

function total(files: readonly Counted[]): number {
  return files.reduce((sum, { lines }) => sum + lines, 0);
}

/** What is wrong with a figure or its budget; undefined: nothing. */
export function complaintOf(figure: number, { goal, allowed }: Budget): string | undefined {
  const most = allowed ?? goal;
  if (figure > most) return `is ${figure}, at most ${most} are allowed`;
  if (allowed === undefined) return undefined;
  if (figure <= goal) return `has reached its goal of ${goal}: remove its \`allowed\``;
  return undefined;
}
