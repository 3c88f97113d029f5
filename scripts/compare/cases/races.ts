import { defect, type Group, testCase } from '../case.ts';
import { count, type Handler, setting, userPage } from '../handlers.ts';
import { check } from '../outcome.ts';

const countByUpdate: Handler = ({ session }) =>
  session.update((data) => {
    data['views'] = Number(data['views'] ?? 0) + 1;
  });

export const RACES: Group = {
  name: 'Races',
  about: 'A visitor sends several requests at once, as the parts of one page do.',
  cases: [
    defect(
      1,
      'logout-race',
      'A request under way during a logout does not restore the session',
      async (kit) => {
        kit.needs('store');
        const ann = await kit.loggedIn();
        const copy = await ann.copy();
        await ann.slowly(userPage, () => ann.logout(), setting('seen', true));
        check((await copy.user()) !== 'ann', 'the old cookie opens the session that Ann has ended');
      },
    ),

    defect(1, 'logout-race-browser', 'That request does not log the browser in again', async (kit) => {
      const ann = await kit.loggedIn();
      await ann.slowly(userPage, () => ann.logout(), setting('seen', true));
      check((await ann.user()) !== 'ann', 'Ann is logged in again');
    }),

    testCase('login-race', 'A request under way during a login does not restore the old id', async (kit) => {
      kit.needs('store');
      const ann = await kit.visitor();
      await ann.count();
      const copy = await ann.copy();
      await ann.slowly(count, () => ann.login(), setting('seen', true));
      check((await copy.read('seen')) !== true, 'the old id has a session again');
    }),

    testCase('login-race-lost', 'That request does not undo the login', async (kit) => {
      const ann = await kit.visitor();
      await ann.count();
      await ann.slowly(count, () => ann.login(), setting('seen', true));
      check((await ann.user()) === 'ann', 'Ann is logged out');
    }),

    defect(2, 'parallel-keys', "Parallel requests keep each other's keys", async (kit) => {
      const ann = await kit.loggedIn();
      await ann.slowly(userPage, () => ann.set('theme', 'dark'), setting('basket', 1));
      check((await ann.read('basket')) === 1, 'the key of the slower request is lost');
      check((await ann.read('theme')) === 'dark', 'the key of the faster request is lost');
    }),

    testCase('parallel-count', 'Two parallel requests with `views = views + 1` count two', async (kit) => {
      const ann = await kit.loggedIn();
      let views = 0;
      const read: Handler = ({ session }) => {
        views = Number(session.get('views') ?? 0);
      };
      const write: Handler = ({ session }) => session.set('views', views + 1);
      await ann.slowly(read, () => ann.count(), write);
      const counted = await ann.read('views');
      check(counted === 2, `the count is ${String(counted)} after both`);
    }),

    testCase('parallel-update', 'An update method counts 10 of 10 parallel requests', async (kit) => {
      const ann = await kit.loggedIn();
      await Promise.all(Array.from({ length: 10 }, () => ann.get(countByUpdate)));
      check((await ann.read('views')) === 10, 'the count is less than 10');
    }),
  ],
};
