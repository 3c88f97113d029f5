// `npm run weight`: lines, words and files beside their budgets. It fails if a budget is exceeded or out of date.
import { join } from 'node:path';
import type { Store } from '../create/choices.ts';
import { plan } from '../create/plan.ts';
import { templateOf } from '../create/repository.ts';
import { filesInGit } from '../files-in-git.ts';
import { BUDGETS, complaintOf, figuresOf, type Files, longestSource } from './budgets.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const NEITHER = { sessionTests: false, install: false, git: false };

function filesOfApp(store: Store, minimal: boolean): Files {
  const choices = { directory: 'app', name: 'app', pm: 'npm', store, minimal, ...NEITHER } as const;
  const app = plan(templateOf(ROOT), choices, 'a key');
  return new Map(Array.from(app, ([path, { content }]) => [path, content]));
}

const repository = filesInGit(ROOT, '--cached', '--others');
const figures = figuresOf(repository, {
  minimal: filesOfApp('memory', true),
  minimalOnRedis: filesOfApp('redis', true),
  full: filesOfApp('memory', false),
});
const table: Record<string, object> = {};
const complaints: string[] = [];
for (const [what, budget] of Object.entries(BUDGETS)) {
  const figure = figures[what] ?? NaN;
  table[what] = { ...budget, now: figure };
  const complaint = complaintOf(figure, budget);
  if (complaint !== undefined) complaints.push(`${what}: ${complaint}`);
}
console.table(table, ['goal', 'now', 'allowed']);
console.log(`The longest source file is ${longestSource(repository).path}.`);
for (const complaint of complaints) console.error(complaint);
if (complaints.length > 0) process.exitCode = 1;
