import { z } from 'zod';

/** What browser.js is started with. */
export interface BrowserOptions {
  /** A folder for what must survive a restart. Undefined: nothing survives. */
  profile?: string;
  /** Address of a proxy for all requests. */
  proxy: string;
  /** Runs in every document, frames included, before any script of its own. */
  script: string;
}

/** A line that browser.js prints. `control` is the address of its cookie API; windows are counted from 0. */
export const browserEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), control: z.url() }),
  z.object({ type: z.literal('problem'), text: z.string() }),
  z.object({ type: z.literal('crash'), window: z.number() }),
]);
export type BrowserEvent = z.infer<typeof browserEvent>;

/** A cookie as the browser holds it, in the terms of Playwright. */
export const browserCookie = z.object({
  name: z.string(),
  value: z.string(),
  /** With a leading dot if the cookie is for subdomains too. */
  domain: z.string(),
  path: z.string(),
  /** Seconds since 1970; -1 if the cookie ends with the browser. */
  expires: z.number(),
  httpOnly: z.boolean(),
  secure: z.boolean(),
  /** 'None' also if the cookie has no SameSite. */
  sameSite: z.enum(['None', 'Lax', 'Strict']),
});
export type BrowserCookie = z.infer<typeof browserCookie>;
