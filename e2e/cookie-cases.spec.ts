import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LaunchOptions, TestInfo } from 'playwright/test';
import type { Engine } from '../src/set-cookie/index.ts';
import { expect, type Page, test as base } from './browser.ts';
import { GROUPS } from './cookie-cases/all-cases.ts';
import type { CookieCase } from './cookie-cases/cookie-case.ts';
import { markOf } from './cookie-cases/mark.ts';
import type { Observation } from './cookie-cases/observation.ts';
import { createSend, look, type Send, take, travelsOf } from './cookie-cases/observe.ts';
import { predict } from './cookie-cases/predict.ts';
import { readRecorded, TABLE } from './cookie-cases/recorded.ts';
import { type Sites, startSites } from './cookie-cases/sites.ts';
import { browsersTable, enginesDiffer } from './cookie-cases/table.ts';

interface WorkerFixtures {
  /** Launch options of an ordinary browser. */
  keepingPages: LaunchOptions;
  sites: Sites;
  /** One page for all cases: each has cookie names of its own. */
  observedPage: Page;
  /** Sends requests from that page, after it received the responses of all cases with `travels`. */
  send: Send;
  /** A page in a browser that was restarted after it received the responses of all cases with `restarts`. */
  restartedPage: Page;
}

/** In the order of the list. */
const CASES = GROUPS.flatMap(({ cases }) => cases);
const ENGINES = { chromium: 'chromium', firefox: 'firefox', webkit: 'webkitgtk' } as const;
const recorded = readRecorded();
const isRecording = Boolean(process.env['RECORD_BROWSERS']);

const test = base.extend<object, WorkerFixtures>({
  keepingPages: [{}, { option: true, scope: 'worker' }],

  sites: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright reads the names of fixtures from a pattern
    async ({}, use) => {
      const sites = await startSites();
      await use(sites);
      await sites.close();
    },
    { scope: 'worker' },
  ],

  observedPage: [
    async ({ playwright, browserName, keepingPages }, use) => {
      const browser = await playwright[browserName].launch(keepingPages);
      const context = await browser.newContext({ ignoreHTTPSErrors: true });
      await use(await context.newPage());
      await browser.close();
    },
    { scope: 'worker' },
  ],

  send: [
    async ({ observedPage, sites }, use) => {
      for (const one of CASES.filter(({ travels }) => travels)) {
        await take(observedPage, sites, one.steps, markOf(CASES.indexOf(one)));
      }
      await use(createSend(observedPage, sites));
    },
    { scope: 'worker' },
  ],

  restartedPage: [
    async ({ playwright, browserName, keepingPages, sites }, use) => {
      const profile = await mkdtemp(join(tmpdir(), 'cookie-cases-'));
      const start = () =>
        playwright[browserName].launchPersistentContext(profile, {
          ...keepingPages,
          ignoreHTTPSErrors: true,
        });
      const before = await start();
      const page = await before.newPage();
      for (const one of CASES.filter(({ restarts }) => restarts)) {
        await take(page, sites, one.steps, markOf(CASES.indexOf(one)));
      }
      await before.close();

      const after = await start();
      await use(await after.newPage());
      await after.close();
      await rm(profile, { recursive: true, force: true });
    },
    { scope: 'worker' },
  ],
});

// One at a time: all cases share one browser, one restart, and one request of each kind.
test.describe.configure({ mode: 'default' });

for (const { title, cases } of GROUPS) {
  test.describe(title, () => {
    for (const one of cases) {
      const mark = markOf(CASES.indexOf(one));
      // A new case is not recorded yet.
      const isNew = recorded?.observed[title]?.[one.title] === undefined;
      const tag = isNew || enginesDiffer(one, recorded) ? '@engines' : [];
      if (one.restarts) {
        test(one.title, { tag }, async ({ restartedPage, sites, browserName }, info) => {
          const seen = await look(restartedPage, sites, one, mark);
          expectAgreement({ title, one, mark, engine: ENGINES[browserName], seen, info });
        });
      } else if (one.travels) {
        test(one.title, { tag }, async ({ observedPage, sites, send, browserName }, info) => {
          const seen = {
            ...(await look(observedPage, sites, one, mark)),
            travels: await travelsOf(one, mark, send),
          };
          expectAgreement({ title, one, mark, engine: ENGINES[browserName], seen, info });
        });
      } else {
        test(one.title, { tag }, async ({ observedPage, sites, browserName }, info) => {
          await take(observedPage, sites, one.steps, mark);
          const seen = await look(observedPage, sites, one, mark);
          expectAgreement({ title, one, mark, engine: ENGINES[browserName], seen, info });
        });
      }
    }
  });
}

test('docs/browsers.md shows what is recorded', () => {
  if (isRecording) return;
  expect(recorded && browsersTable(recorded)).toBe(readFileSync(TABLE, 'utf8'));
});

interface Observed {
  /** Of the group. */
  title: string;
  one: CookieCase;
  mark: string;
  engine: Engine;
  seen: Observation;
  info: TestInfo;
}

function expectAgreement({ title, one, mark, engine, seen, info }: Observed): void {
  info.annotations.push({ type: 'observed', description: JSON.stringify(seen) });
  expect(seen, 'the verdict says otherwise').toEqual(predict(one, mark, engine, Date.now()));
  if (isRecording) return;
  expect(recorded?.observed[title]?.[one.title]?.[engine], 'docs/browsers.md says otherwise').toEqual(seen);
}
