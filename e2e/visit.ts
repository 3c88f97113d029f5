import type { Page, Response } from './browser.ts';

/** Opens a page, as if its address had been typed. */
export async function visit(page: Page, path: string): Promise<Response> {
  const response = await page.goto(path).catch((error: unknown) => {
    // Over BiDi Playwright now and then takes a redirect in Firefox for a navigation of somebody else.
    const [, target] = /is interrupted by another navigation to "([^"]+)"/.exec(String(error)) ?? [];
    if (target === undefined) throw error;
    return page.goto(target);
  });
  if (response === null) throw new Error(`${path} gave no response: it only moved within the page.`);
  return response;
}

/** Does something that sends a form, and answers with the first response to it (the redirect, if it is one). */
export async function sending(page: Page, action: () => Promise<void>): Promise<Response> {
  const [response] = await Promise.all([
    page.waitForResponse((one) => one.request().method() === 'POST'),
    action(),
  ]);
  return response;
}
