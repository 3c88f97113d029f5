// `node scripts/setup.js start|dev|unit|e2e|test|build`: the scripts of these names in package.json begin with it (`unit`
// and `e2e` are parts of `test`), so that a fresh clone needs no other command. They call it themselves because not every
// package manager runs pre* scripts. Whatever is in place already is left alone; then this costs less than a tenth of a
// second.
//
// What is imported here at the top must parse on the very Nodes that it turns away: no top-level await, for one.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { nodeProblem } from './setup/node-version.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const problem = nodeProblem(
  process.version,
  JSON.parse(readFileSync(root + 'package.json', 'utf8')).engines.node,
);

if (problem === undefined) {
  void import('./setup/steps.js').then((steps) => steps.main(process.argv[2], root));
} else {
  console.error(problem);
  process.exitCode = 1;
}
