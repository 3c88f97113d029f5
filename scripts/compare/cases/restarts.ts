import { defect, type Group, testCase } from '../case.ts';
import { HOUR, type Kit } from '../kit.ts';
import { check } from '../outcome.ts';

export const RESTARTS: Group = {
  name: 'Restarts',
  about: 'The server restarts, or the browser does (Chromium with a profile on the disk).',
  cases: [
    testCase('server-restart', 'A restart of the server that keeps the store keeps logins', async (kit) => {
      const ann = await kit.loggedIn();
      await ann.app.close();
      const after = await kit.start({}, { storeOf: ann.app });
      check((await ann.at(after).user()) === 'ann', 'Ann is logged out');
    }),

    testCase('server-restart-empty', 'A restart that loses all memory keeps logins', async (kit) => {
      const ann = await kit.loggedIn();
      await ann.app.close();
      const after = await kit.start({}, { restartOf: ann.app });
      check((await ann.at(after).user()) === 'ann', 'Ann is logged out');
    }),

    testCase(
      'logout-restart',
      'After it a copy of the cookie from before a logout is no login',
      async (kit) => {
        const ann = await kit.loggedIn();
        const copy = await ann.copy();
        await ann.logout();
        await ann.app.close();
        const after = await kit.start({}, { restartOf: ann.app });
        check((await copy.at(after).user()) !== 'ann', 'the copy opens the session');
      },
    ),

    testCase('browser-restart', 'With `maxAge` in ms a restart of the browser keeps logins', async (kit) => {
      check(await staysLoggedIn(kit, HOUR), 'Ann is logged out');
    }),

    testCase('browser-restart-session', "With `maxAge: 'session'` a restart ends them", async (kit) => {
      check(!(await staysLoggedIn(kit, 'session')), 'Ann is still logged in');
    }),

    defect(12, 'browser-restart-default', 'Without it the number of visits does not matter', async (kit) => {
      const [one, three] = [await staysLoggedIn(kit, undefined), await staysLoggedIn(kit, undefined, 2)];
      check(
        one === three,
        `logged ${one ? 'in' : 'out'} after one visit, logged ${three ? 'in' : 'out'} after three`,
      );
    }),
  ],
};

/** Whether a login outlives a restart of the browser, after some more visits that change the session. */
async function staysLoggedIn(kit: Kit, maxAge: number | 'session' | undefined, visits = 0): Promise<boolean> {
  const ann = await kit.inBrowser({ maxAge });
  await ann.login();
  for (let nth = 0; nth < visits; nth += 1) await ann.set('visits', nth);
  check((await ann.user()) === 'ann', 'Ann is not logged in after the login');
  await ann.client.restart();
  return (await ann.user()) === 'ann';
}
