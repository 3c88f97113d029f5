import type { BrowserContext } from './browser.ts';

// Browsers word these violations each in their own way, and not all of them on the console.
const REPORT_CSP_VIOLATIONS = `document.addEventListener('securitypolicyviolation', (event) => {
  console.error('CSP violation: ' + event.effectiveDirective + ' ' + event.blockedURI);
});`;

/** Chromium's own line for an answer from 400 on, which is counted by its status already. */
const FAILED_LOAD = /^Failed to load resource: the server responded with a status of \d+/;

/** Collects what must not happen on any page; a test that does not announce it fails. */
export class Problems {
  readonly #found: string[] = [];
  readonly #expected: RegExp[] = [];
  readonly #allowed: RegExp[] = [];

  /** Announces a problem that the test causes on purpose, e.g. /^404 /. It then has to happen. */
  expect(pattern: RegExp): void {
    this.#expected.push(pattern);
  }

  /** Announces one that need not happen, since it depends on the browser. */
  allow(pattern: RegExp): void {
    this.#allowed.push(pattern);
  }

  add(problem: string): void {
    this.#found.push(problem);
  }

  /** All so far. */
  found(): readonly string[] {
    return this.#found;
  }

  /** Those that nobody announced, and those that were announced and did not happen. */
  unexpected(): string[] {
    const announced = [...this.#expected, ...this.#allowed];
    const missing = this.#expected.filter((pattern) => !this.#found.some((problem) => pattern.test(problem)));
    const surprising = this.#found.filter((problem) => !announced.some((pattern) => pattern.test(problem)));
    return [...surprising, ...missing.map((pattern) => `did not happen: ${String(pattern)}`)];
  }

  /** Watches all pages of a browser, those that are opened later included. Call it before the first one is opened. */
  async watch(context: BrowserContext): Promise<void> {
    context.on('console', (message) => {
      if (message.type() !== 'error' || FAILED_LOAD.test(message.text())) return;
      this.add(`console error: ${message.text()} (${message.location().url})`);
    });
    context.on('weberror', (error) => this.add(`uncaught error: ${String(error.error())}`));
    context.on('response', (response) => {
      if (response.status() < 400) return;
      this.add(`${response.status()} ${response.request().method()} ${response.url()}`);
    });
    context.on('page', (page) => page.on('crash', () => this.add('a page has crashed')));
    await context.addInitScript({ content: REPORT_CSP_VIOLATIONS });
  }
}
