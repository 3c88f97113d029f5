import type { WebKitGtk } from './launch.ts';
import { type ContextOptions, WebKitGtkContext } from './context.ts';

/** Of Playwright's BrowserType and Browser, what the fixtures use. */
export function createBrowserType(engine: WebKitGtk, defaults: () => ContextOptions) {
  const contexts = new Set<WebKitGtkContext>();
  const open = (options: ContextOptions): WebKitGtkContext => {
    const context = new WebKitGtkContext(engine, { ...defaults(), ...options });
    contexts.add(context);
    return context;
  };
  return {
    launch: async () => ({
      newContext: async (options: ContextOptions = {}) => open(options),
      close: async () => {
        for (const context of contexts) await context.close();
        contexts.clear();
      },
    }),
    launchPersistentContext: async (profile: string, { baseURL }: ContextOptions = {}) =>
      open({ profile, ...(baseURL && { baseURL }) }),
  };
}
