import type { Page as PlaywrightPage } from 'playwright/test';
import type { BrowserCookie } from './browser-protocol.ts';

// The common interface of Playwright's objects of these names and those of WebKitGTK: the part that the flows need. The
// methods are described in Playwright's documentation.

export type TextPattern = string | RegExp;

/** The methods of pages and locators that find elements. */
export interface Finder {
  locator(selector: string, options?: { has?: Locator }): Locator;
  getByLabel(text: TextPattern, options?: { exact?: boolean }): Locator;
  getByRole(role: Role, options?: { name?: TextPattern; exact?: boolean; level?: number }): Locator;
  getByTestId(id: TextPattern): Locator;
  getByText(text: TextPattern, options?: { exact?: boolean }): Locator;
}

type Role = Parameters<PlaywrightPage['getByRole']>[0];

export interface Locator extends Finder {
  all(): Promise<Locator[]>;
  click(): Promise<void>;
  count(): Promise<number>;
  fill(value: string): Promise<void>;
  filter(options: { hasText: TextPattern }): Locator;
  first(): Locator;
  getAttribute(name: string): Promise<string | null>;
  last(): Locator;
  nth(index: number): Locator;
  setChecked(checked: boolean): Promise<void>;
  textContent(): Promise<string | null>;
  /** Waits until the element is there and visible. */
  waitFor(): Promise<void>;
}

export interface Page extends Finder {
  close(): Promise<void>;
  content(): Promise<string>;
  context(): BrowserContext;
  /** @param expression of JavaScript */
  evaluate(expression: string): Promise<unknown>;
  goBack(): Promise<unknown>;
  goForward(): Promise<unknown>;
  goto(url: string): Promise<Response | null>;
  on(event: 'crash', listener: () => void): unknown;
  reload(): Promise<unknown>;
  /** As PNG. */
  screenshot(): Promise<Buffer>;
  title(): Promise<string>;
  waitForResponse(predicate: (response: Response) => boolean): Promise<Response>;
  waitForURL(predicate: (url: URL) => boolean): Promise<void>;
}

export interface Response {
  headers(): Record<string, string>;
  /** The values of all lines, joined. */
  headerValue(name: string): Promise<string | null>;
  headerValues(name: string): Promise<string[]>;
  request(): Request;
  status(): number;
  url(): string;
}

export interface Request {
  allHeaders(): Promise<Record<string, string>>;
  method(): string;
  url(): string;
}

export interface BrowserContext {
  addCookies(cookies: readonly BrowserCookie[]): Promise<void>;
  addInitScript(script: { content: string }): Promise<unknown>;
  clearCookies(): Promise<void>;
  close(): Promise<void>;
  cookies(url?: string): Promise<BrowserCookie[]>;
  newPage(): Promise<Page>;
  on(event: 'console', listener: (message: ConsoleMessage) => void): unknown;
  on(event: 'page', listener: (page: Page) => void): unknown;
  on(event: 'response', listener: (response: Response) => void): unknown;
  on(event: 'weberror', listener: (error: { error(): unknown }) => void): unknown;
}

export interface ConsoleMessage {
  location(): { url: string };
  text(): string;
  type(): string;
}
