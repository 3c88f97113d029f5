import type { LaunchOptions, PlaywrightTestProject } from 'playwright/test';
import type { Found } from '../../scripts/setup/engines.js';
import type { EngineOptions } from '../fixtures.ts';

/** Firefox, where there is one. */
export function firefox(found: Found[]): PlaywrightTestProject<object, EngineOptions>[] {
  const browsers = found.filter(({ engine }) => engine === 'firefox');
  return browsers.map(({ driver, executablePath }) => {
    const channel = driver === 'Playwright over BiDi' ? { channel: 'moz-firefox' } : {};
    const withPreferences = (preferences: LaunchOptions['firefoxUserPrefs']): LaunchOptions => ({
      ...channel,
      executablePath,
      // With it Firefox takes the address of its settings from below.
      env: { ...process.env, MOZ_REMOTE_SETTINGS_DEVTOOLS: '1' },
      firefoxUserPrefs: {
        // All names are this machine, so that tests can use any, and nothing else is reached.
        'network.dns.forceResolve': '127.0.0.1',
        'services.settings.server': 'data:,#remote-settings-dummy/v1',
        // After a click that leads from one site to another it may let frames use cookies: a guess, by what was done before.
        'privacy.antitracking.enableWebcompat': false,
        ...preferences,
      },
    });
    return {
      name: 'firefox',
      // Over BiDi Playwright cannot turn JavaScript off; those tests are of the markup.
      ...(driver === 'Playwright over BiDi' && { grepInvert: /@without-javascript/ }),
      use: {
        browserName: 'firefox',
        ...channel,
        // Over BiDi nobody is told that a kept page has come back, and `page.goBack()` would wait for it in vain.
        launchOptions: withPreferences({
          'browser.sessionhistory.max_total_viewers': 0,
          'fission.bfcacheInParent': false,
        }),
        keepingPages: withPreferences({}),
        // It would put a style into the page, which the policy of the app forbids.
        screenshot: 'off',
      },
    };
  });
}
