import type { BrowserContext } from './browser.ts';

/** Collects what must not happen on any page; a test that does not announce it fails. */
export interface Problems {
  /** Watches all pages of a browser, those that are opened later included. Call it before the first one is opened. */
  watch(context: BrowserContext): Promise<void>;
  add(problem: string): void;
  /** Announces a problem that the test causes on purpose, e.g. /^404 /. It then has to happen. */
  expect(pattern: RegExp): void;
  /** Announces one that need not happen, since it depends on the browser. */
  allow(pattern: RegExp): void;
  /** All so far. */
  found(): readonly string[];
  /** Those that nobody announced, and those that were announced and did not happen. */
  unexpected(): string[];
}

// Browsers word these violations each in their own way, and not all of them on the console.
const REPORT_CSP_VIOLATIONS = `document.addEventListener('securitypolicyviolation', (event) => {
  console.error('CSP violation: ' + event.effectiveDirective + ' ' + event.blockedURI);
});`;

/** Chromium's own line for an answer from 400 on, which is counted by its status already. */
const FAILED_LOAD = /^Failed to load resource: the server responded with a status of \d+/;

export function createProblems(): Problems {
  const found: string[] = [];
  const expected: RegExp[] = [];
  const allowed: RegExp[] = [];

  return {
    add: (problem) => void found.push(problem),
    expect: (pattern) => void expected.push(pattern),
    allow: (pattern) => void allowed.push(pattern),
    found: () => found,

    async watch(context) {
      context.on('console', (message) => {
        if (message.type() !== 'error' || FAILED_LOAD.test(message.text())) return;
        found.push(`console error: ${message.text()} (${message.location().url})`);
      });
      context.on('weberror', (error) => void found.push(`uncaught error: ${String(error.error())}`));
      context.on('response', (response) => {
        if (response.status() < 400) return;
        found.push(`${response.status()} ${response.request().method()} ${response.url()}`);
      });
      context.on('page', (page) => page.on('crash', () => found.push('a page has crashed')));
      await context.addInitScript({ content: REPORT_CSP_VIOLATIONS });
    },

    unexpected: () => [
      ...found.filter((problem) => ![...expected, ...allowed].some((pattern) => pattern.test(problem))),
      ...expected
        .filter((pattern) => !found.some((problem) => pattern.test(problem)))
        .map((pattern) => `did not happen: ${String(pattern)}`),
    ],
  };
}
