import { type ContextOptions, WebKitGtkContext } from './context.ts';
import type { WebKitGtk } from './launch.ts';

/** Certificates are never checked, so `ignoreHTTPSErrors` changes nothing. */
const KNOWN = new Set(['baseURL', 'ignoreHTTPSErrors']);

/** The part of Playwright's BrowserType and Browser that the fixtures use. */
export function createBrowserType(engine: WebKitGtk, defaults: () => ContextOptions) {
  const open = (options: ContextOptions): WebKitGtkContext =>
    new WebKitGtkContext(engine, { ...defaults(), ...options });
  return {
    async launch() {
      const contexts: WebKitGtkContext[] = [];
      return {
        async newContext(options: ContextOptions = {}) {
          const unknown = Object.keys(options).filter((name) => !KNOWN.has(name));
          if (unknown.length > 0) {
            throw new Error(
              `WebKitGTK by WebDriver has no ${unknown.join(', ')}: test that in other engines.`,
            );
          }
          const context = open(options);
          contexts.push(context);
          return context;
        },
        async close() {
          for (const context of contexts) await context.close();
        },
      };
    },
    /** @param profile a folder */
    launchPersistentContext: async (profile: string, { baseURL }: ContextOptions = {}) =>
      open({ profile, ...(baseURL && { baseURL }) }),
  };
}
