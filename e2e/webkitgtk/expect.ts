import {
  expect as base,
  type ExpectMatcherState as State,
  type Locator as PlaywrightLocator,
  type MatcherReturnType,
} from 'playwright/test';
import type { Locator, Page, TextPattern } from './api.ts';
import { eventually } from './eventually.ts';
import { WebKitGtkLocator } from './locator.ts';
import { WebKitGtkPage } from './page.ts';

type Texts = TextPattern | readonly TextPattern[];

/** A value to read until it is as wanted. */
interface Wish {
  actual: () => Promise<unknown>;
  wanted: unknown;
  /** In ms. @default the timeout of all expectations */
  timeout?: number;
}

/** Playwright's `expect`, extended to the locators and pages of WebKitGTK. */
export const expect = base.extend({
  toBeVisible: matcher('toBeVisible', (locator) => ({
    actual: async () => (await locator.look())?.isVisible ?? false,
    wanted: true,
  })),
  toBeHidden: matcher('toBeHidden', (locator) => ({
    actual: async () => (await locator.look())?.isVisible ?? false,
    wanted: false,
  })),
  toBeFocused: matcher('toBeFocused', (locator) => ({
    actual: async () => (await locator.look())?.isFocused,
    wanted: true,
  })),
  toHaveCount: matcher('toHaveCount', (locator, count: number) => ({
    actual: () => locator.count(),
    wanted: count,
  })),
  toHaveValue: matcher('toHaveValue', (locator, value: TextPattern) => ({
    actual: async () => (await locator.look())?.value,
    wanted: exactly(value),
  })),
  toHaveAttribute: matcher('toHaveAttribute', (locator, name: string, value?: TextPattern) => ({
    actual: async () => (await locator.look())?.attributes[name],
    wanted: value === undefined ? base.any(String) : exactly(value),
  })),
  toHaveAccessibleDescription: matcher('toHaveAccessibleDescription', (locator, text: TextPattern) => ({
    actual: async () => normalize((await locator.look())?.description ?? ''),
    wanted: exactly(text),
  })),
  toHaveText: matcher('toHaveText', (locator, text: Texts) => ({
    actual: () => textsOf(locator, text),
    wanted: patternOf(text, exactly),
  })),
  toContainText: matcher('toContainText', (locator, text: Texts, options?: { timeout?: number }) => ({
    actual: () => textsOf(locator, text),
    wanted: patternOf(text, containing),
    timeout: options?.timeout,
  })),

  async toHaveURL(this: State, page: Page, url: TextPattern): Promise<MatcherReturnType> {
    if (!(page instanceof WebKitGtkPage)) return playwrights(this, 'toHaveURL', page, [url]);
    const wanted = typeof url === 'string' ? page.resolve(url) : exactly(url);
    return poll(this, 'the address', { actual: () => page.address(), wanted });
  },
});

/** Extends a matcher of Playwright to locators of WebKitGTK. */
function matcher<Args extends unknown[]>(
  name: keyof ReturnType<typeof base<PlaywrightLocator>>,
  wish: (locator: WebKitGtkLocator, ...args: Args) => Wish,
) {
  return async function (this: State, locator: Locator, ...args: Args): Promise<MatcherReturnType> {
    if (!(locator instanceof WebKitGtkLocator)) return playwrights(this, name, locator, args);
    return poll(this, String(locator), wish(locator, ...args));
  };
}

async function playwrights(
  state: State,
  name: string,
  received: unknown,
  args: unknown[],
): Promise<MatcherReturnType> {
  const assertions = negatable(state, base(received));
  await Reflect.apply(Reflect.get(assertions, name), assertions, args);
  return done(state);
}

async function poll(
  state: State,
  subject: string,
  { actual, wanted, timeout = state.timeout }: Wish,
): Promise<MatcherReturnType> {
  await eventually(async () => negatable(state, base(await actual(), subject)).toEqual(wanted), timeout);
  return done(state);
}

function negatable<T extends { not: T }>({ isNot }: State, assertions: T): T {
  return isNot ? assertions.not : assertions;
}

/** The result of a matcher that did not throw. Playwright inverts it after `not`. */
function done({ isNot }: State): MatcherReturnType {
  return { pass: !isNot, message: () => '' };
}

/** The texts of a list, or the text of the one element, with white space as Playwright compares it. */
async function textsOf(locator: WebKitGtkLocator, wanted: Texts): Promise<string | string[]> {
  if (typeof wanted === 'object' && !(wanted instanceof RegExp)) {
    return (await locator.texts()).map(normalize);
  }
  const found = await locator.look();
  if (found === null) throw new Error(`${String(locator)} is not there.`);
  return normalize(found.text);
}

function patternOf(wanted: Texts, one: (text: TextPattern) => unknown): unknown {
  return typeof wanted === 'object' && !(wanted instanceof RegExp) ? wanted.map(one) : one(wanted);
}

const exactly = (text: TextPattern): unknown =>
  typeof text === 'string' ? normalize(text) : base.stringMatching(text);

const containing = (text: TextPattern): unknown =>
  typeof text === 'string' ? base.stringContaining(normalize(text)) : base.stringMatching(text);

const normalize = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
