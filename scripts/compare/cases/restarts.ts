import type { Bench } from '../bench.ts';
import { Failure, type Finding, type Group, verdict } from '../case.ts';
import { loggedIn, login, logout, userOf } from '../handlers.ts';

export const RESTARTS: Group = {
  name: 'Restarts',
  about: 'Of the server, and of the browser (Chromium with a profile on the disk).',
  cases: [
    {
      id: 'server-restart',
      title: 'People stay logged in over a restart of the server that keeps the store',
      run: async (bench) => stays(await userAfterServerRestart(bench, 'keep')),
    },
    {
      id: 'server-restart-empty',
      title: 'And over one that keeps nothing but what is outside of the process',
      run: async (bench) => stays(await userAfterServerRestart(bench, 'restarted')),
    },
    {
      id: 'logout-restart',
      title: 'A logout still holds after such a restart, also for a copy of the cookie',
      run: async (bench) => {
        const before = await bench.start();
        const ann = await loggedIn(before);
        const cookie = ann.jar.header();
        await ann.get(logout);
        await before.close();
        const after = await bench.start({ restarted: before });
        const { result } = await after.visitor().get(userOf, { cookie });
        return verdict(
          result !== 'ann',
          result === 'ann' ? 'the copy opens the session' : 'the copy opens nothing',
        );
      },
    },
    {
      id: 'browser-restart',
      title: 'With `maxAge` in ms people stay logged in over a restart of the browser',
      run: async (bench) => stays(await userAfterBrowserRestart(bench, 3_600_000)),
    },
    {
      id: 'browser-restart-session',
      title: 'A session that is to end with the browser does',
      run: async (bench) => {
        const user = await userAfterBrowserRestart(bench, 'session');
        return verdict(user !== 'ann', user === 'ann' ? 'she is still logged in' : 'it has ended');
      },
    },
    {
      id: 'browser-restart-default',
      title: 'Without `maxAge`, one changing visit and three before the restart make no difference',
      defects: [12],
      run: async (bench) => {
        const one = await userAfterBrowserRestart(bench, undefined);
        const three = await userAfterBrowserRestart(bench, undefined, 2);
        const [first, second] = [one, three].map((user) => (user === 'ann' ? 'logged in' : 'logged out'));
        return verdict(first === second, `${first} after one, ${second} after three`);
      },
    },
  ],
};

function stays(user: unknown): Finding {
  return verdict(user === 'ann', user === 'ann' ? 'she is logged in' : 'she is logged out');
}

/** Who is logged in after Ann has logged in, and the server was restarted. */
async function userAfterServerRestart(bench: Bench, how: 'keep' | 'restarted'): Promise<unknown> {
  const before = await bench.start();
  const ann = await loggedIn(before);
  await before.close();
  const after = await bench.start({ [how]: before });
  return (await ann.at(after).get(userOf)).result;
}

/** Who is logged in after Ann has logged in, made some changing visits, and restarted her browser. */
async function userAfterBrowserRestart(
  bench: Bench,
  maxAge: number | 'session' | undefined,
  visits = 0,
): Promise<unknown> {
  const app = await bench.start({ settings: { maxAge } });
  const open = await bench.profile();
  let browser = await open();
  await browser.look(app.page(login('ann')));
  for (let nth = 0; nth < visits; nth += 1) {
    await browser.look(app.page(({ session }) => session.set('visits', nth)));
  }
  if ((await browser.look(app.page(userOf))) !== 'ann')
    throw new Failure('she is not logged in by the login');
  await browser.close();
  browser = await open();
  return browser.look(app.page(userOf));
}
