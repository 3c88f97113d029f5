import type { FullConfig, FullProject, Reporter, Suite, TestCase } from 'playwright/types/testReporter';
import { findBrowsers } from '../../scripts/setup/engines.js';

const found = findBrowsers();

/** Prints each engine: before the tests its driver and path, after them how many tests it ran. */
export default class EnginesReporter implements Reporter {
  readonly #ran = new Map<FullProject, number>();

  onBegin(_config: FullConfig, suite: Suite): void {
    for (const one of suite.suites) {
      const project = one.project();
      if (project !== undefined) console.log(describe(project));
    }
  }

  onTestEnd(test: TestCase): void {
    const project = test.parent.project();
    if (project !== undefined) this.#ran.set(project, (this.#ran.get(project) ?? 0) + 1);
  }

  onEnd(): void {
    console.log();
    for (const [project, tests] of this.#ran) console.log(`${describe(project)}: ${tests} tests`);
  }
}

/** 'firefox 153.7.0esr (Playwright over BiDi, /usr/bin/firefox)' */
function describe({ name }: FullProject): string {
  const browser = found.find(({ engine }) => engine.startsWith(name));
  if (browser === undefined) return name;
  return `${browser.engine} ${browser.version} (${browser.driver}, ${browser.executablePath})`;
}
