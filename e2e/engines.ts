import type { LaunchOptions, PlaywrightTestProject } from 'playwright/test';
import { firefox } from './firefox.ts';
import type { EngineOptions } from './fixtures.ts';
import { foundBrowsers } from './found-browsers.ts';
import { webkit } from './webkit.ts';

const full = foundBrowsers.find(({ engine }) => engine === 'chromium');
if (full === undefined) {
  throw new Error(
    'There is no Chromium to test with. `npm test` finds or installs one; alone: node scripts/setup.js test',
  );
}

const shell = foundBrowsers.find(({ engine }) => engine === 'chromium-headless-shell');

const launchOptions: LaunchOptions = {
  // The flows need no window.
  executablePath: (shell ?? full).executablePath,
  // All names are this machine, so that tests can use any, and nothing else is reached, whatever a page asks for.
  args: ['--host-resolver-rules=MAP * 127.0.0.1'],
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

/** What runs the tests: the slow ones begin, so that none is left alone at the end. */
export const projects = [...firefox, ...webkit, chromium];
