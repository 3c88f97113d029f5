import { codeLines, isForTests, isTest, linesOf, longLines, mutableFields, words } from './count.ts';

export interface Budget {
  /** The most that the figure may be in the end. */
  goal: number;
  /** The limit until the goal is reached. Lower it with the figure. */
  allowed?: number;
}

/** By what is counted and its unit. Rows of apps count everything; rows of folders leave out tests and their support. */
export const BUDGETS: Record<string, Budget> = {
  'src/session/core/, lines': { goal: 1500, allowed: 1741 },
  'src/session/core/, files': { goal: 15 },
  'src/session/cookie/, lines': { goal: 500, allowed: 546 },
  'src/session/memory/, lines': { goal: 350 },
  'src/session/, lines': { goal: 3900, allowed: 4104 },
  'src/session/, files': { goal: 50 },
  'longest source file, lines': { goal: 300 },
  "mutable fields of a request's session": { goal: 12 },
  'README.md, lines': { goal: 200 },
  'README.md, words': { goal: 2200 },
  'README.md, lines too long': { goal: 0 },
  'src/session/README.md, lines': { goal: 300 },
  'src/session/README.md, words': { goal: 4000 },
  'src/session/README.md, lines too long': { goal: 0 },
  'minimal app, files': { goal: 130 },
  'minimal app, lines': { goal: 8000, allowed: 8100 },
  'Redis adds to it, files': { goal: 20 },
  'Redis adds to it, lines': { goal: 1800 },
  'app with all examples, files': { goal: 240 },
  'app with all examples, lines': { goal: 15_000 },
  'scripts/, lines': { goal: 6000 },
  'all code but tests, lines': { goal: 19_000 },
};

const LONGEST = 'longest source file, lines';
const FIELDS = "mutable fields of a request's session";
const REQUEST = 'src/session/core/request-session.ts';
const TEXT = { lines: (text: string) => linesOf(text).length, words, 'lines too long': longLines };

/** Content by path. */
export type Files = ReadonlyMap<string, string>;

/** The files of new apps. */
export interface Apps {
  /** With `--minimal`, sessions in memory. */
  minimal: Files;
  /** With `--minimal`, sessions in Redis. */
  minimalOnRedis: Files;
  /** With all examples, sessions in memory. */
  full: Files;
}

/** The figure of each budget. */
export function figuresOf(
  repository: Files,
  { minimal, minimalOnRedis, full }: Apps,
): Record<string, number> {
  const sources = select(
    repository,
    (path, text) => !isForTests(path) && codeLines(path, text) !== undefined,
  );
  const named: Record<string, Files> = {
    'minimal app': minimal,
    'Redis adds to it': select(minimalOnRedis, (path) => !minimal.has(path)),
    'app with all examples': full,
    'all code but tests': sources,
  };
  const figureOf = (what: string): number => {
    const [name = '', unit = ''] = what.split(', ');
    if (what === LONGEST) return longestSource(repository).lines;
    if (what === FIELDS) return mutableFields(repository.get(REQUEST) ?? '');
    if (name.endsWith('.md')) return TEXT[unit as keyof typeof TEXT](repository.get(name) ?? '');
    const files = named[name] ?? select(sources, (path) => path.startsWith(name));
    return unit === 'files' ? files.size : count(files).reduce((sum, { lines }) => sum + lines, 0);
  };
  return Object.fromEntries(Object.keys(BUDGETS).map((what) => [what, figureOf(what)]));
}

function select(files: Files, isWanted: (path: string, text: string) => boolean): Files {
  return new Map(Array.from(files).filter(([path, text]) => isWanted(path, text)));
}

/** Support for tests included. */
export function longestSource(files: Files): { path: string; lines: number } {
  const counted = count(select(files, (path) => !isTest(path) && !path.endsWith('.json')));
  return counted.toSorted((a, b) => b.lines - a.lines)[0] ?? { path: '', lines: 0 };
}

function count(files: Files): { path: string; lines: number }[] {
  return Array.from(files, ([path, text]) => ({ path, lines: codeLines(path, text) ?? 0 }));
}

/** What is wrong with a figure or its budget, if anything. */
export function complaintOf(figure: number, { goal, allowed }: Budget): string | undefined {
  const limit = allowed ?? goal;
  if (goal > 0 && !(figure > 0)) return `is ${figure}: correct the name of what it counts`;
  if (figure > limit) return `is ${figure}, but the limit is ${limit}`;
  if (allowed === undefined || figure > goal) return undefined;
  return `has reached its goal of ${goal}: remove its \`allowed\``;
}
