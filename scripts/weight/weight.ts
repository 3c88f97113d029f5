// `npm run weight`: lines and files beside their budgets. Exits with 1 when a budget is exceeded or out of date.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Store } from '../create/choices.ts';
import { plan } from '../create/plan.ts';
import { templateOf } from '../create/repository.ts';
import { type Budget, BUDGETS, complaintOf, figuresOf, type Files, longestSource } from './budgets.ts';

const ROOT = join(import.meta.dirname, '..', '..');

function filesOfRepository(): Files {
  const paths = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' }).split('\0');
  const named = paths.filter((path) => path !== '');
  return new Map(named.map((path) => [path, readFileSync(join(ROOT, path), 'utf8')]));
}

const template = templateOf(ROOT);
const CHOICES = {
  directory: 'app',
  name: 'app',
  sessionTests: false,
  pm: 'npm',
  install: false,
  git: false,
} as const;

function filesOfApp(store: Store, minimal: boolean): Files {
  const app = plan(template, { ...CHOICES, store, minimal }, 'a key');
  return new Map(Array.from(app, ([path, { content }]) => [path, content]));
}

const repository = filesOfRepository();
const figures = figuresOf(repository, {
  minimal: filesOfApp('memory', true),
  minimalOnRedis: filesOfApp('redis', true),
  full: filesOfApp('memory', false),
});
const rows = Object.entries<Budget>(BUDGETS).map(([what, budget]) => {
  const figure = figures[what as keyof typeof figures];
  return { what, figure, ...budget, complaint: complaintOf(figure, budget) };
});
const format = (n: number | undefined): string => (n?.toLocaleString('en') ?? '').padStart(10);

console.log(`${''.padEnd(38)}${'goal'.padStart(10)}${'now'.padStart(10)}${'allowed'.padStart(10)}`);
for (const { what, goal, figure, allowed } of rows) {
  console.log(what.padEnd(38) + format(goal) + format(figure) + format(allowed));
}
console.log(`\nThe longest source file is ${longestSource(repository).path}.`);
for (const { what, complaint } of rows) {
  if (complaint === undefined) continue;
  console.error(`${what}: ${complaint}`);
  process.exitCode = 1;
}
