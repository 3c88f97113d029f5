import type { FullConfig, FullProject, Reporter, Suite, TestCase } from 'playwright/types/testReporter';
import { findEngines, findHeadlessShell } from '../scripts/browsers.js';

/** Says which engine ran what: before the tests by what it is driven and where it is, after them how many it ran. */
export default class EnginesReporter implements Reporter {
  #projects: FullProject[] = [];
  readonly #ran = new Map<string, number>();

  onBegin(_config: FullConfig, suite: Suite): void {
    this.#projects = suite.suites.flatMap((project) => project.project() ?? []);
    for (const project of this.#projects) console.log(describe(project));
  }

  onTestEnd(test: TestCase): void {
    const name = test.parent.project()?.name ?? '';
    this.#ran.set(name, (this.#ran.get(name) ?? 0) + 1);
  }

  onEnd(): void {
    console.log();
    for (const project of this.#projects) {
      console.log(`${describe(project)}: ${this.#ran.get(project.name) ?? 0} tests`);
    }
  }
}

/** 'firefox 153.7.0esr (Playwright over BiDi, /usr/bin/firefox)' */
function describe({ name, use }: FullProject): string {
  const browsers = [findHeadlessShell() ?? [], ...findEngines()].flat();
  const file = use.launchOptions?.executablePath;
  const browser = browsers.find((one) =>
    file === undefined ? one.engine.startsWith(name) : one.executablePath === file,
  );
  if (browser === undefined) return name;
  return `${browser.engine} ${browser.version} (${browser.driver}, ${browser.executablePath})`;
}
