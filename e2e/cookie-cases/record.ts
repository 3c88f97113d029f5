// `npm run browsers`: observes all cases in all engines, and writes docs/browsers.json and docs/browsers.md.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JSONReport, JSONReportSuite } from 'playwright/types/testReporter';
import { findBrowsers } from '../../scripts/setup/engines.js';
import type { Engine } from '../../src/set-cookie/index.ts';
import type { Observation } from './observation.ts';
import { RECORDED, type Recorded, TABLE } from './recorded.ts';
import { browsersTable } from './table.ts';

const CONFIG = 'e2e/engines/playwright.config.ts';
const PROJECTS: Record<string, Engine> = { chromium: 'chromium', firefox: 'firefox', webkit: 'webkitgtk' };

const found = findBrowsers();
const missing = Object.values(PROJECTS).filter((engine) => !found.some((one) => one.engine === engine));
if (missing.length > 0) {
  console.error(`The table needs all three engines, and this machine lacks ${missing.join(' and ')}.`);
  process.exit(1);
}

const folder = mkdtempSync(join(tmpdir(), 'browsers-'));
const file = join(folder, 'report.json');
const { status } = spawnSync(
  process.execPath,
  ['node_modules/playwright/cli.js', 'test', 'cookie-cases', '--config', CONFIG, '--reporter=line,json'],
  {
    stdio: 'inherit',
    env: { ...process.env, PLAYWRIGHT_JSON_OUTPUT_FILE: file, RECORD_BROWSERS: '1', E2E: 'all' },
  },
);
if (status !== 0) {
  console.error('Some cases differ from the verdict (see above), so nothing was written.');
  process.exit(1);
}
const report = JSON.parse(readFileSync(file, 'utf8')) as JSONReport;
rmSync(folder, { recursive: true });

const engines = Object.fromEntries(found.map(({ engine, version, driver }) => [engine, { version, driver }]));
const recorded = {
  date: new Date().toISOString().slice(0, 10),
  engines,
  observed: observedIn(report.suites),
} as Recorded;
writeFileSync(RECORDED, `${JSON.stringify(recorded, null, 1)}\n`);
writeFileSync(TABLE, browsersTable(recorded));
spawnSync(process.execPath, ['node_modules/oxfmt/bin/oxfmt', RECORDED], { stdio: 'inherit' });
console.log('docs/browsers.json and docs/browsers.md now have what was observed today.');

function observedIn(suites: readonly JSONReportSuite[]): Recorded['observed'] {
  const observed: Record<string, Record<string, Partial<Record<Engine, Observation>>>> = {};
  for (const group of suites.flatMap(({ suites: groups = [] }) => groups)) {
    for (const { title, tests } of group.specs) {
      for (const { annotations, projectName } of tests) {
        const seen = annotations.find(({ type }) => type === 'observed')?.description;
        const engine = PROJECTS[projectName];
        if (seen === undefined || engine === undefined) continue;
        const cases = (observed[group.title] ??= {});
        (cases[title] ??= {})[engine] = JSON.parse(seen) as Observation;
      }
    }
  }
  return observed as Recorded['observed'];
}
