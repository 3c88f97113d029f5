import type { BrowserContext } from './browser.ts';

// Browsers word these violations differently, and not all log them to the console.
const REPORT_CSP_VIOLATIONS = `document.addEventListener('securitypolicyviolation', (event) => {
  console.error('CSP violation: ' + event.effectiveDirective + ' ' + event.blockedURI);
});`;

/** Chromium's message for a response from 400 on, which is already counted by its status. */
const FAILED_LOAD = /^Failed to load resource: the server responded with a status of \d+/;

/** Collects problems on all pages; a test fails if it does not announce them. */
export class Problems {
  readonly #found: string[] = [];
  readonly #expected: RegExp[] = [];
  readonly #allowed: RegExp[] = [];

  /** Announces a problem that the test causes on purpose, e.g. /^404 /. The problem must then happen. */
  expect(pattern: RegExp): void {
    this.#expected.push(pattern);
  }

  /** Announces a problem that may happen, depending on the browser. */
  allow(pattern: RegExp): void {
    this.#allowed.push(pattern);
  }

  add(problem: string): void {
    this.#found.push(problem);
  }

  /** All problems so far. */
  found(): readonly string[] {
    return this.#found;
  }

  /** Problems that were not announced, and announced problems that did not happen. */
  unexpected(): string[] {
    const announced = [...this.#expected, ...this.#allowed];
    const missing = this.#expected.filter((pattern) => !this.#found.some((problem) => pattern.test(problem)));
    const surprising = this.#found.filter((problem) => !announced.some((pattern) => pattern.test(problem)));
    return [...surprising, ...missing.map((pattern) => `did not happen: ${String(pattern)}`)];
  }

  /** Watches all pages of a browser, also those that open later. Call it before the first page opens. */
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
