import { KEYS } from '../app.ts';
import { defect, group, testCase } from '../case.ts';
import { endOf } from '../client.ts';
import { advanceClock } from '../clock.ts';
import { count, type Handler, setting, userPage } from '../handlers.ts';
import { HOUR, type Kit, MINUTE } from '../kit.ts';
import { check, NotApplicable } from '../outcome.ts';

const countByUpdate: Handler = ({ session }) =>
  session.update((data) => {
    data['views'] = Number(data['views'] ?? 0) + 1;
  });

const RACES = group('Races', 'A visitor sends several requests at once.', [
  defect(1, 'logout-race', 'A request during a logout does not restore the session', async (kit) => {
    kit.needs('store');
    const ann = await kit.loggedIn();
    const copy = await ann.copy();
    await ann.slowly(userPage, () => ann.logout(), setting('seen', true));
    check((await copy.user()) !== 'ann', 'the old cookie opens the session that Ann has ended');
  }),

  defect(1, 'logout-race-browser', 'A request during a logout does not log Ann in again', async (kit) => {
    const ann = await kit.loggedIn();
    await ann.slowly(userPage, () => ann.logout(), setting('seen', true));
    check((await ann.user()) !== 'ann', 'Ann is logged in again');
  }),

  testCase('login-race', 'A request during a login does not restore the old id', async (kit) => {
    kit.needs('store');
    const ann = await kit.visitor();
    await ann.count();
    const copy = await ann.copy();
    await ann.slowly(count, () => ann.login(), setting('seen', true));
    check((await copy.read('seen')) !== true, 'the old id has a session again');
  }),

  testCase('login-race-lost', 'A request during a login does not undo the login', async (kit) => {
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
]);

const [OLD, NEW] = KEYS;
const ROTATED = [NEW, OLD];

const ROTATIONS = group('Rotations', 'The key that signs or encrypts the cookies is replaced.', [
  testCase('rotation', 'With a new key before the old one visitors stay logged in', async (kit) => {
    const ann = await kit.loggedIn();
    const after = await kit.start({ keys: ROTATED }, { storeOf: ann.app });
    check((await ann.at(after).user()) === 'ann', 'Ann is logged out');
  }),

  testCase('rotation-complete', 'One visit after a rotation the old key can be removed', async (kit) => {
    const ann = await kit.loggedIn();
    const during = await kit.start({ keys: ROTATED }, { storeOf: ann.app });
    await ann.at(during).user();
    const after = await kit.start({ keys: [NEW] }, { storeOf: ann.app });
    const user = await ann.at(after).user();
    check(user === 'ann', 'Ann is logged out: the visit brought no cookie with the new key');
  }),

  defect(14, 'rotation-attributes', 'The cookie with the new key has the old attributes', async (kit) => {
    const ann = await kit.visitor({ maxAge: HOUR });
    const { setCookies: old } = await ann.login();
    const after = await kit.start({ keys: ROTATED, maxAge: HOUR }, { storeOf: ann.app });
    advanceClock(10 * MINUTE);
    const { setCookies: again } = await ann.at(after).get(userPage);
    if (again.length === 0) throw new NotApplicable('it sends no cookie after a rotation');
    const lost = again.flatMap((cookie) => {
      const attributes = Object.keys(old.findLast(({ name }) => name === cookie.name) ?? {});
      return attributes
        .filter((attribute) => !(attribute in cookie))
        .map((attribute) => `${cookie.name} without ${attribute}`);
    });
    check(lost.length === 0, `it sends ${lost.join(', ')}`);
    const isDated = again.every((cookie) => endOf(cookie) <= Date.now() + HOUR);
    check(isDated, 'the cookie lives longer than `maxAge`');
  }),

  defect(14, 'rotation-restart', 'After a rotation and a browser restart Ann is logged in', async (kit) => {
    const ann = await kit.inBrowser();
    await ann.login();
    const after = ann.at(await kit.start({ keys: ROTATED }, { storeOf: ann.app }));
    await after.user();
    await ann.client.restart();
    check((await after.user()) === 'ann', 'Ann is logged out');
  }),

  testCase('key-removed', 'A cookie whose key was removed is no session and no error', async (kit) => {
    const ann = await kit.loggedIn();
    const after = await kit.start({ keys: [NEW] }, { storeOf: ann.app });
    const { status, result } = await ann.at(after).get(userPage);
    check(status === 200, `status ${status}`);
    check(result !== 'ann', 'Ann is logged in');
  }),
]);

const RESTARTS = group('Restarts', 'The server or the browser restarts.', [
  testCase('server-restart', 'A restart of the server that keeps the store keeps logins', async (kit) => {
    const ann = await kit.loggedIn();
    await ann.app.close();
    const after = await kit.start({}, { storeOf: ann.app });
    check((await ann.at(after).user()) === 'ann', 'Ann is logged out');
  }),

  testCase('server-restart-empty', 'A restart of the server that loses memory keeps logins', async (kit) => {
    const ann = await kit.loggedIn();
    await ann.app.close();
    const after = await kit.start({}, { restartOf: ann.app });
    check((await ann.at(after).user()) === 'ann', 'Ann is logged out');
  }),

  testCase('logout-restart', 'After a server restart a copied cookie stays logged out', async (kit) => {
    const ann = await kit.loggedIn();
    const copy = await ann.copy();
    await ann.logout();
    await ann.app.close();
    const after = await kit.start({}, { restartOf: ann.app });
    check((await copy.at(after).user()) !== 'ann', 'the copy opens the session');
  }),

  testCase('browser-restart', 'With `maxAge` in ms a restart of the browser keeps logins', async (kit) => {
    check(await staysLoggedIn(kit, HOUR), 'Ann is logged out');
  }),

  testCase('browser-restart-session', "A session for the browser's lifetime ends with it", async (kit) => {
    check(!(await staysLoggedIn(kit, 'session')), 'Ann is still logged in');
  }),

  defect(
    12,
    'browser-restart-default',
    'Without `maxAge` a browser restart does the same after one visit as after three',
    async (kit) => {
      const [one, three] = [await staysLoggedIn(kit, undefined), await staysLoggedIn(kit, undefined, 2)];
      check(
        one === three,
        `logged ${one ? 'in' : 'out'} after one visit, logged ${three ? 'in' : 'out'} after three`,
      );
    },
  ),
]);

/** Whether a login outlives a restart of the browser, after some more visits that change the session. */
async function staysLoggedIn(kit: Kit, maxAge: number | 'session' | undefined, visits = 0): Promise<boolean> {
  const ann = await kit.inBrowser({ maxAge });
  await ann.login();
  for (let nth = 0; nth < visits; nth += 1) await ann.set('visits', nth);
  check((await ann.user()) === 'ann', 'Ann is not logged in after the login');
  await ann.client.restart();
  return (await ann.user()) === 'ann';
}

export const TRANSITIONS = [RACES, ROTATIONS, RESTARTS];
