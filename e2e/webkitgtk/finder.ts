import { getByLabelSelector, getByRoleSelector, getByTestIdSelector, getByTextSelector } from 'ivya';
import type { Finder, Locator } from './api.ts';

/** Finds elements by Playwright's selectors. The package Ivya is that part of Playwright. */
export abstract class SelectorFinder implements Finder {
  /** Where to search; '' is the whole page. */
  abstract readonly selector: string;
  protected abstract find(selector: string): Locator;

  locator(...[selector, { has } = {}]: Parameters<Finder['locator']>): Locator {
    if (has === undefined) return this.find(selector);
    if (!(has instanceof SelectorFinder)) throw new TypeError('`has` must be a locator of WebKitGTK.');
    return this.find(`${selector} >> internal:has=${JSON.stringify(has.selector)}`);
  }

  getByLabel(...[text, options]: Parameters<Finder['getByLabel']>): Locator {
    return this.find(getByLabelSelector(text, options));
  }

  getByRole(...[role, options]: Parameters<Finder['getByRole']>): Locator {
    return this.find(getByRoleSelector(role, options));
  }

  getByTestId(...[id]: Parameters<Finder['getByTestId']>): Locator {
    return this.find(getByTestIdSelector('data-testid', id));
  }

  getByText(...[text, options]: Parameters<Finder['getByText']>): Locator {
    return this.find(getByTextSelector(text, options));
  }
}
