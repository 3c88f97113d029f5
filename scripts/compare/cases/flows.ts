import { defect, type Group, testCase } from '../case.ts';
import { check } from '../outcome.ts';

export const FLOWS: Group = {
  name: 'Flows',
  about: 'What sessions are for.',
  cases: [
    testCase('views', 'Visits are counted in a browser', async (kit) => {
      const ann = await kit.inBrowser();
      const seen = [await ann.count(), await ann.count(), await ann.count()];
      check(String(seen) === '1,2,3', `the count went ${seen.join(' → ')}`);
    }),

    testCase('login-logout', 'Login and logout work in a browser', async (kit) => {
      const ann = await kit.inBrowser();
      await ann.login();
      check((await ann.user()) === 'ann', 'Ann is not logged in');
      await ann.logout();
      check((await ann.user()) !== 'ann', 'Ann stays logged in');
    }),

    testCase('logout-cookie', 'After a logout the browser has no session cookie left', async (kit) => {
      const ann = await kit.inBrowser();
      await ann.login();
      check((await ann.cookies()).length > 0, 'no cookie is kept after the login');
      await ann.logout();
      const names = (await ann.cookies()).map(({ name }) => name);
      check(names.length === 0, `left: ${names.toSorted().join(', ')}`);
    }),

    defect(4, 'login-id-known', 'After `regenerate()` the handler sees the new id', async (kit) => {
      kit.needs('store');
      const ann = await kit.visitor();
      await ann.set('a', 1);
      const { result } = await ann.get(async ({ session }) => {
        const old = session.id();
        await session.regenerate();
        session.set('userId', 'ann');
        return [old, session.id()];
      });
      const [old, seen] = result as unknown[];
      const { result: now } = await ann.get(({ session }) => session.id());
      check(now !== old, 'the session keeps its id');
      check(seen === now, 'the handler sees the old id');
    }),

    defect(4, 'replace-id', 'A session that replaces another in one request has a new id', async (kit) => {
      kit.needs('store');
      const ann = await kit.loggedIn();
      const { result: old } = await ann.get(({ session }) => session.id());
      await ann.get(({ session }) => session.replace({ userId: 'bob' }));
      check((await ann.user()) === 'bob', 'the data of the new session are lost');
      const { result: now } = await ann.get(({ session }) => session.id());
      check(now !== old, "Bob's session has the id of Ann's");
    }),
  ],
};
