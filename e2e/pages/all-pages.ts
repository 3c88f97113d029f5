import type { Page } from 'playwright/test';
import { examples } from '../../src/examples/examples.ts';
import { storages } from '../fixtures.ts';
import type { Problems } from '../problems.ts';
import { flashPage } from './flash-page.ts';
import { DROPPED, labPage } from './lab-page.ts';
import { accountPage, loginPage } from './login-page.ts';
import { racePage } from './race-page.ts';
import { rememberPage } from './remember-page.ts';
import { rotationPage } from './rotation-page.ts';
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
  at('/lab'),
  {
    title: '/lab with a line that is dropped, at no address',
    open: (page, problems) => {
      problems.expect(/^422 GET .*url=nowhere$/);
      return labPage(page).open({ line: `lab=${'x'.repeat(4094)}; SameSite=None`, url: 'nowhere' });
    },
  },
  {
    title: '/lab with what came of a trial',
    async open(page, problems) {
      problems.allow(DROPPED);
      const lab = labPage(page);
      await lab.open({ line: `lab=${'x'.repeat(4094)}; Path=/; SameSite=Lax`, before: 'lab=1; Path=/lab' });
      await lab.try();
    },
  },
  {
    title: 'an address that does not exist',
    open: (page, problems) => {
      problems.expect(/^404 GET .*\/nowhere$/);
      return visit(page, '/nowhere');
    },
  },
  ...storages.flatMap((storage): AnyPage[] => [
    ...examples.map(({ name }) => at(`/${storage}/${name}`)),
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
    {
      title: `/${storage}/remember with a session that is kept`,
      open: (page) => rememberPage(page, storage).begin({ isRemembered: true }),
    },
    {
      title: `/${storage}/flash with a message`,
      async open(page) {
        const flash = flashPage(page, storage);
        await flash.open();
        await flash.send('A long_word_without_blanks '.repeat(7));
        await flash.message.waitFor();
      },
    },
    {
      title: `/${storage}/flash with an error`,
      async open(page, problems) {
        problems.expect(/^422 POST /);
        const flash = flashPage(page, storage);
        await flash.open();
        await flash.send('');
        await page.getByText('Write a message.').waitFor();
      },
    },
    {
      title: `/${storage}/race with a result`,
      async open(page) {
        const race = racePage(page, storage);
        await race.open();
        await race.run();
      },
    },
    {
      title: `/${storage}/rotation with a cookie that is sent anew`,
      async open(page) {
        const rotation = rotationPage(page, storage);
        await rotation.visit();
        await rotation.rotate();
      },
    },
  ]),
];
