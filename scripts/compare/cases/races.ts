import { type AppSession, offered, type Visit } from '../adapter.ts';
import { type Group, verdict } from '../case.ts';
import { meanwhile } from '../meanwhile.ts';
import { count, getting, loggedIn, login, logout, setting, userOf } from '../handlers.ts';

const incremented = ({ session }: Visit) =>
  offered(
    session,
    'update',
  )((data) => {
    data['views'] = Number(data['views'] ?? 0) + 1;
  });

export const RACES: Group = {
  name: 'Races',
  about: 'Several requests of one visitor are under way at once, as those of one page are.',
  cases: [
    {
      id: 'logout-race',
      title: 'A request that was under way during the logout does not bring the session back',
      defects: [1],
      run: async (bench) => {
        bench.needs('store');
        const app = await bench.start();
        const ann = await loggedIn(app);
        const cookie = ann.jar.header();
        await meanwhile(ann, userOf, () => ann.get(logout), setting('seen', true));
        const { result } = await app.visitor().get(userOf, { cookie });
        return verdict(
          result !== 'ann',
          result === 'ann' ? 'her cookie opens the session that she had ended' : 'it stays ended',
        );
      },
    },
    {
      id: 'logout-race-browser',
      title: 'Nor does the browser get a session back from it',
      defects: [1],
      run: async (bench) => {
        const app = await bench.start();
        const ann = await loggedIn(app);
        await meanwhile(ann, userOf, () => ann.get(logout), setting('seen', true));
        const { result } = await ann.get(userOf);
        return verdict(
          result !== 'ann',
          result === 'ann' ? 'she is logged in again' : 'she stays logged out',
        );
      },
    },
    {
      id: 'login-race',
      title: 'A request that was under way during a login does not bring the old id back',
      run: async (bench) => {
        bench.needs('store');
        const app = await bench.start();
        const ann = app.visitor();
        await ann.get(count);
        const before = ann.jar.header();
        await meanwhile(ann, count, () => ann.get(login('ann')), setting('seen', true));
        const old = await app.visitor().get(getting('seen'), { cookie: before });
        return verdict(
          old.result !== true,
          old.result === true ? 'the old id has a session again' : 'it stays gone',
        );
      },
    },
    {
      id: 'login-race-lost',
      title: 'Nor does it undo the login',
      run: async (bench) => {
        const app = await bench.start();
        const ann = app.visitor();
        await ann.get(count);
        await meanwhile(ann, count, () => ann.get(login('ann')), setting('seen', true));
        const { result } = await ann.get(userOf);
        return verdict(result === 'ann', result === 'ann' ? 'she stays logged in' : 'she is logged out');
      },
    },
    {
      id: 'parallel-keys',
      title: "Parallel requests keep each other's keys",
      defects: [2],
      run: async (bench) => {
        const app = await bench.start();
        const ann = await loggedIn(app);
        await meanwhile(ann, userOf, () => ann.get(setting('theme', 'dark')), setting('basket', 1));
        const { result } = await ann.get(({ session }) => [session.get('theme'), session.get('basket')]);
        const [theme, basket] = result as unknown[];
        if (basket !== 1) return verdict(false, 'what the slower one had set is gone');
        return verdict(
          theme === 'dark',
          theme === 'dark' ? 'both are there' : 'what the faster one had set is gone',
        );
      },
    },
    {
      id: 'parallel-count',
      title: 'Two parallel requests that count with `views = views + 1` count two',
      run: async (bench) => {
        const app = await bench.start();
        const ann = await loggedIn(app);
        let read = 0;
        await meanwhile(
          ann,
          ({ session }) => (read = Number(session.get('views') ?? 0)),
          () => ann.get(count),
          ({ session }: { session: AppSession }) => session.set('views', read + 1),
        );
        const { result } = await ann.get(getting('views'));
        return verdict(result === 2, `the count is ${String(result)} after both`);
      },
    },
    {
      id: 'parallel-update',
      title: 'There is a way to count that loses none of 10 parallel requests',
      run: async (bench) => {
        const app = await bench.start();
        const ann = await loggedIn(app);
        await Promise.all(Array.from({ length: 10 }, () => ann.get(incremented)));
        const { result } = await ann.get(getting('views'));
        return verdict(result === 10, `the count is ${result === 10 ? 10 : 'less than 10'}`);
      },
    },
  ],
};
