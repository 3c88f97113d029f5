import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext } from '../browser.ts';
import { flow } from '../fixtures.ts';

/** `flow` with browsers that are restarted. */
export const test = flow.extend<{
  /** Starts a browser with one profile on the disk. Close it and start it again, and it has been restarted. */
  startProfile: () => Promise<BrowserContext>;
}>({
  startProfile: async ({ playwright, browserName, launchOptions, problems }, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'e2e-profile-'));
    const opened: BrowserContext[] = [];
    await use(async () => {
      const context = await playwright[browserName].launchPersistentContext(folder, launchOptions);
      opened.push(context);
      await problems.watch(context);
      return context;
    });
    for (const context of opened) await context.close();
    await rm(folder, { recursive: true, force: true });
  },
});
