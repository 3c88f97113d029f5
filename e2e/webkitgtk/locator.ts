import { asLocator } from 'ivya';
import { z } from 'zod';
import type { Locator, TextPattern } from './api.ts';
import { eventually } from './eventually.ts';
import { SelectorFinder } from './finder.ts';
import { type WebDriverSession, webElement } from './webdriver.ts';

/** Runs a task in the window of a page, and no other task in its browser meanwhile. */
export type InWindow = <T>(task: (session: WebDriverSession) => Promise<T>) => Promise<T>;

const state = z.object({
  element: webElement,
  text: z.string(),
  isVisible: z.boolean(),
  isEnabled: z.boolean(),
  isChecked: z.boolean(),
  isFocused: z.boolean(),
  /** Of a field. */
  value: z.string().nullable(),
  /** The accessible description. */
  description: z.string(),
  attributes: z.record(z.string(), z.string()),
});
export type ElementState = z.infer<typeof state>;

/** A locator in WebKitGTK: it finds its elements again at each use. */
export class WebKitGtkLocator extends SelectorFinder implements Locator {
  readonly #inWindow: InWindow;
  override readonly selector: string;

  constructor(inWindow: InWindow, selector: string) {
    super();
    this.#inWindow = inWindow;
    this.selector = selector;
  }

  protected override find(selector: string): WebKitGtkLocator {
    return new WebKitGtkLocator(this.#inWindow, `${this.selector} >> ${selector}`);
  }

  nth(index: number): WebKitGtkLocator {
    return this.find(`nth=${index}`);
  }

  first(): WebKitGtkLocator {
    return this.nth(0);
  }

  last(): WebKitGtkLocator {
    return this.nth(-1);
  }

  filter({ hasText }: { hasText: TextPattern }): WebKitGtkLocator {
    const pattern = hasText instanceof RegExp ? String(hasText) : `${JSON.stringify(hasText)}i`;
    return this.find(`internal:has-text=${pattern}`);
  }

  async all(): Promise<WebKitGtkLocator[]> {
    return Array.from({ length: await this.count() }, (_, index) => this.nth(index));
  }

  click(): Promise<void> {
    return this.#act((session, { element }) => session.click(element));
  }

  fill(value: string): Promise<void> {
    return this.#act(async (session, { element }) => {
      // Not typed: the driver leaves out characters beyond the first 65,536, and refuses to type nothing.
      await session.execute('inPage.fill(...arguments)', element, value);
    });
  }

  setChecked(checked: boolean): Promise<void> {
    return this.#act(async (session, { element, isChecked }) => {
      if (isChecked !== checked) await session.click(element);
    });
  }

  waitFor(): Promise<void> {
    return this.#act(async () => {});
  }

  async textContent(): Promise<string> {
    return (await this.#found()).text;
  }

  async getAttribute(name: string): Promise<string | null> {
    return (await this.#found()).attributes[name] ?? null;
  }

  async count(): Promise<number> {
    return (await this.texts()).length;
  }

  /** The element as it is now; null if there is none. Throws if there are several. */
  async look(): Promise<ElementState | null> {
    return this.#inWindow(async (session) => look(session, this.selector));
  }

  /** The texts of all elements as they are now. */
  async texts(): Promise<string[]> {
    return this.#inWindow(async (session) =>
      z.array(z.string()).parse(await session.execute('return inPage.texts(arguments[0])', this.selector)),
    );
  }

  /** As tests write it. */
  override toString(): string {
    return asLocator('javascript', this.selector);
  }

  async #found(): Promise<ElementState> {
    return eventually(async () => {
      const found = await this.look();
      if (found === null) throw new Error(`${String(this)} is not there.`);
      return found;
    });
  }

  /** Does something to the element as soon as a person could do it. */
  async #act(action: (session: WebDriverSession, found: ElementState) => Promise<void>): Promise<void> {
    await eventually(() =>
      this.#inWindow(async (session) => {
        const found = await look(session, this.selector);
        if (found === null) throw new Error(`${String(this)} is not there.`);
        if (!found.isVisible) throw new Error(`${String(this)} cannot be seen.`);
        if (!found.isEnabled) throw new Error(`${String(this)} is disabled.`);
        await action(session, found);
      }),
    );
  }
}

async function look(session: WebDriverSession, selector: string): Promise<ElementState | null> {
  return state.nullable().parse(await session.execute('return inPage.look(arguments[0])', selector));
}
