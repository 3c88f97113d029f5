import type { LaunchOptions, PlaywrightTestProject } from 'playwright/test';
import type { Found } from '../../scripts/setup/engines.js';
import type { EngineOptions } from '../fixtures.ts';

/** Firefox, if it is installed. */
export function firefox(found: Found[]): PlaywrightTestProject<object, EngineOptions>[] {
  const browsers = found.filter(({ engine }) => engine === 'firefox');
  return browsers.map(({ driver, executablePath }) => {
    const channel = driver === 'Playwright over BiDi' ? { channel: 'moz-firefox' } : {};
    const withPreferences = (preferences: LaunchOptions['firefoxUserPrefs']): LaunchOptions => ({
      ...channel,
      executablePath,
      // Makes Firefox use the settings server below.
      env: { ...process.env, MOZ_REMOTE_SETTINGS_DEVTOOLS: '1' },
      firefoxUserPrefs: {
        // All names resolve to this machine, so that tests can use any name, and reach nothing else.
        'network.dns.forceResolve': '127.0.0.1',
        'services.settings.server': 'data:,#remote-settings-dummy/v1',
        // Otherwise it may let frames use cookies after a click from one site to another, depending on earlier clicks.
        'privacy.antitracking.enableWebcompat': false,
        ...preferences,
      },
    });
    return {
      name: 'firefox',
      // Over BiDi Playwright cannot turn JavaScript off; these tests only check markup.
      ...(driver === 'Playwright over BiDi' && { grepInvert: /@without-javascript/ }),
      use: {
        browserName: 'firefox',
        ...channel,
        // Over BiDi no event says that a kept page has come back, and `page.goBack()` would wait for it in vain.
        launchOptions: withPreferences({
          'browser.sessionhistory.max_total_viewers': 0,
          'fission.bfcacheInParent': false,
        }),
        keepingPages: withPreferences({}),
        // A screenshot puts a style into the page, which the policy of the app forbids.
        screenshot: 'off',
      },
    };
  });
}
