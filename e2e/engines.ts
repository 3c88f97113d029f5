import type { LaunchOptions, PlaywrightTestProject } from 'playwright/test';
import { findEngines, findHeadlessShell } from '../scripts/browsers.js';
import { firefox } from './firefox.ts';
import type { EngineOptions } from './fixtures.ts';
import { webkit } from './webkit.ts';

const full = findEngines().find(({ engine }) => engine === 'chromium');
if (full === undefined) {
  throw new Error(
    'There is no Chromium to test with. `npm test` finds or installs one; alone: node scripts/setup.js test',
  );
}

const launchOptions: LaunchOptions = {
  executablePath: (findHeadlessShell() ?? full).executablePath,
  // *.test makes sites of their own out of this machine; nothing else is reached, whatever a page asks for.
  args: ['--host-resolver-rules=MAP *.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1'],
};

const chromium: PlaywrightTestProject<object, EngineOptions> = {
  name: 'chromium',
  testIgnore: /\/webkitgtk\//,
  use: {
    browserName: 'chromium',
    launchOptions,
    // The headless shell keeps no pages.
    keepingPages: {
      ...launchOptions,
      executablePath: full.executablePath,
      ignoreDefaultArgs: ['--disable-back-forward-cache'],
    },
  },
};

/** What runs the tests. */
export const projects = [chromium, ...firefox, ...webkit];
