import type { Page } from 'playwright/test';
import { storages } from '../fixtures.ts';
import type { Problems } from '../problems.ts';
import { accountPage, loginPage } from './login-page.ts';
import { visit } from './visit.ts';

export interface AnyPage {
  title: string;
  open(page: Page, problems: Problems): Promise<unknown>;
}

/** Every page that the app has, in each state that looks different. */
export const allPages: AnyPage[] = [
  { title: 'the start page', open: (page) => visit(page, '/') },
  {
    title: 'an address that does not exist',
    open: (page, problems) => {
      problems.expect(/^404 GET .*\/nowhere$/);
      return visit(page, '/nowhere');
    },
  },
  ...storages.flatMap((storage): AnyPage[] => [
    { title: 'the login page', open: (page) => loginPage(page, storage).open() },
    {
      title: 'the login page with errors',
      async open(page, problems) {
        problems.expect(/^422 POST /);
        const login = loginPage(page, storage);
        await login.open();
        await login.logIn({ name: '', password: '' });
        await page.waitForURL((url) => url.pathname === login.path);
      },
    },
    {
      title: 'the account page',
      async open(page) {
        const login = loginPage(page, storage);
        await login.open();
        await login.logIn();
        await accountPage(page, storage).user.waitFor();
      },
    },
  ]),
];
