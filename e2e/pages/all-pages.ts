import type { Page } from 'playwright/test';
import { storages } from '../fixtures.ts';
import type { Problems } from '../problems.ts';
import { accountPage, loginPage } from './login-page.ts';
import { visit } from './visit.ts';

export interface AnyPage {
  title: string;
  open(page: Page, problems: Problems): Promise<unknown>;
}

const at = (path: string): AnyPage => ({ title: path, open: (page) => visit(page, path) });

/** Every page that the app has, in each state that looks different. */
export const allPages: AnyPage[] = [
  at('/'),
  at('/source/src/examples/views/route.ts'),
  {
    title: 'an address that does not exist',
    open: (page, problems) => {
      problems.expect(/^404 GET .*\/nowhere$/);
      return visit(page, '/nowhere');
    },
  },
  ...storages.flatMap((storage): AnyPage[] => [
    at(`/${storage}/views`),
    at(`/${storage}/rolling`),
    at(`/${storage}/renew`),
    at(`/${storage}/login`),
    {
      title: `/${storage}/login with errors`,
      async open(page, problems) {
        problems.expect(/^422 POST /);
        const login = loginPage(page, storage);
        await login.open();
        await login.logIn({ name: '', password: '' });
        await page.waitForURL((url) => url.pathname === login.path);
      },
    },
    {
      title: `/${storage}/account`,
      async open(page) {
        const login = loginPage(page, storage);
        await login.open();
        await login.logIn();
        await accountPage(page, storage).user.waitFor();
      },
    },
  ]),
];
