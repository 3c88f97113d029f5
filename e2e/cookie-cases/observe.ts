import { html } from '../../src/views/html.ts';
import type { Page } from '../browser.ts';
import type { CookieCase, Step, Travel } from './cookie-case.ts';
import { written } from './mark.ts';
import { abbreviated, endsText, type Observation, sortedHeld, pairsText } from './observation.ts';
import type { Sites } from './sites.ts';

/** Makes the browser receive the responses of a case. */
export async function take(page: Page, sites: Sites, steps: readonly Step[], mark: string): Promise<void> {
  for (const { at, lines, status, inFrameOf } of steps) {
    const address = sites.answering(at, {
      setCookie: lines.map((line) => written(line, mark, Date.now())),
      ...(status !== undefined && { status }),
      ...(status === 302 && { location: sites.answering(at) }),
    });
    await page.goto(
      inFrameOf === undefined
        ? address
        : sites.answering(inFrameOf, { body: html`<iframe src="${address}"></iframe>` }),
    );
    await sites.cookieHeader(address);
  }
}

/** Observes what the browser did with them, except for `travels`. */
export async function look(page: Page, sites: Sites, one: CookieCase, mark: string): Promise<Observation> {
  const now = Date.now();

  const looks: string[] = [];
  for (const look of one.looks) {
    const address = sites.answering(look);
    if (isShown(one, look)) await page.evaluate(`fetch('${address}').then(() => null)`);
    else await page.goto(address);
    looks.push(own(await sites.cookieHeader(address), mark));
  }
  const scripts = own(String(await page.evaluate('document.cookie')), mark);
  const held = (await page.context().cookies())
    .filter(({ name, value }) => name.includes(mark) || value.includes(mark))
    .map(({ domain, path, expires, secure, httpOnly, sameSite }) => ({
      domain: domain.toLowerCase(),
      path: abbreviated(path),
      ends: endsText(expires === -1 ? undefined : expires * 1000, now),
      secure,
      httpOnly,
      sameSite,
    }));
  return { held: sortedHeld(held), looks, scripts, travels: {} };
}

/** Makes a request to the address of a step, and returns all cookies that came with it, of any case. */
export type Send = (step: Step, travel: Travel) => Promise<string>;

/** Observes whether the cookie of a case comes with each kind of request in `travels`. */
export async function travelsOf(one: CookieCase, mark: string, send: Send): Promise<Observation['travels']> {
  const last = one.steps.at(-1);
  if (last === undefined) throw new Error('A case without steps has nowhere to send anything.');
  const travels: Observation['travels'] = {};
  for (const travel of one.travels ?? []) travels[travel] = own(await send(last, travel), mark) !== '';
  return travels;
}

function own(header: string, mark: string): string {
  return pairsText(header.split('; '), mark);
}

/** Whether the page of that address is already open: then a fetch from it takes less time than opening it. */
function isShown({ steps, looks, travels, restarts }: CookieCase, address: string): boolean {
  const last = steps.at(-1);
  return looks.length === 1 && !travels && !restarts && last?.at === address && last.inFrameOf === undefined;
}

/** @returns a function that sends from that page, and makes the same request only once for all cases */
export function createSend(page: Page, sites: Sites): Send {
  const sent = new Map<string, Promise<string>>();
  return (step, travel) => {
    const key = JSON.stringify([step.at, step.inFrameOf, travel]);
    const cookies = sent.get(key) ?? send(page, sites, step, travel);
    sent.set(key, cookies);
    return cookies;
  };
}

async function send(page: Page, sites: Sites, step: Step, travel: Travel): Promise<string> {
  const address = sites.answering(step.at);
  const from = new URL(step.at);
  if (travel !== 'sameSite')
    from.hostname = step.inFrameOf ? new URL(step.inFrameOf).hostname : 'example.net';
  const body = {
    sameSite: html`<a href="${address}">go</a>`,
    crossSiteGet: html`<a href="${address}">go</a>`,
    crossSitePost: html`<form method="post" action="${address}"><button>go</button></form>`,
    subresource: html`<iframe src="${address}"></iframe>`,
  }[travel];
  await page.goto(sites.answering(from.href, { body }));
  if (travel !== 'subresource') {
    await page.locator('a, button').click();
    await page.waitForURL((url) => url.href === address);
  }
  return sites.cookieHeader(address);
}
