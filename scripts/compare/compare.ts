/** `npm run compare`: tries every case of the kit on every session middleware. `-- --help` lists the options. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { findRedisServer } from '../../src/session/testing/redis-server.ts';
import { versionIn } from '../peers.ts';
import { findBrowsers } from '../setup/engines.js';
import { SetupError } from '../setup/setup-error.js';
import { SHIPPED } from './adapters.ts';
import { chosen, GROUPS } from './cases.ts';
import { peers, ROOT } from './peers.ts';
import { documentTables, terminalTables } from './report.ts';
import { runAll } from './run-all.ts';

const DOCUMENT = join(ROOT, 'docs', 'comparison.md');

/** The document keeps what is written above this line. */
const GENERATED = '<!-- What follows is written by npm run compare. -->';

const USAGE = `npm run compare [-- [--only <name>]… [--adapter <file>]…]

Tries every case on every session middleware and prints the tables. Without --only and --adapter it also writes
docs/comparison.md, which says how to write an adapter.

  --only     a case, by its name in the table, or a group of them:
             ${GROUPS.map(({ name }) => name.toLowerCase()).join(', ')}
  --adapter  a module that exports one or more adapters, instead of the adapters that are compared by default`;

try {
  await main();
} catch (error) {
  const isForPeople = error instanceof SetupError || (error instanceof TypeError && 'code' in error);
  if (!isForPeople) throw error;
  console.error(`compare: ${error.message}`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      adapter: { type: 'string', multiple: true, default: [] },
      only: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const groups = chosen(values.only);
  const ids = groups.flatMap(({ cases }) => cases.map(({ id }) => id));
  const own = values.adapter.map((file) => resolve(file));
  await peers.install();
  const begun = performance.now();
  const columns = await runAll(own.length > 0 ? own : SHIPPED, ids, ({ name, findings }) => {
    const passed = [...findings.values()].filter(({ verdict }) => verdict === 'passes').length;
    console.error(`compare: ${name} passes ${passed} of ${findings.size} cases`);
  });
  console.log(terminalTables(groups, columns));
  console.error(`compare: done in ${Math.round((performance.now() - begun) / 1000)} s`);
  const findings = columns.flatMap((column) => [...column.findings.values()]);
  if (findings.some(({ verdict }) => verdict === 'broken')) {
    process.exitCode = 1;
  } else if (own.length === 0 && values.only.length === 0) {
    const run = `## The run of ${new Date().toISOString().slice(0, 10)}\n\nOn ${tools().join(', ')}.`;
    const [text = ''] = readFileSync(DOCUMENT, 'utf8').split(GENERATED);
    writeFileSync(DOCUMENT, `${text}${GENERATED}\n\n${run}\n\n${documentTables(groups, columns)}\n`);
  }
}

/** Name and version of what a run uses besides the middleware. */
function tools(): string[] {
  const browser = findBrowsers().find(({ engine }) => engine === 'chromium');
  const redis = findRedisServer();
  const printed = redis && execFileSync(redis, ['--version'], { encoding: 'utf8' });
  return [
    `Node ${process.versions.node}`,
    `Koa ${versionIn(ROOT, 'koa')}`,
    ...(browser ? [`Chromium ${browser.version}`] : []),
    ...(printed ? [`Redis ${/\d+(\.\d+)+/.exec(printed)?.[0] ?? printed.trim()}`] : []),
  ];
}
