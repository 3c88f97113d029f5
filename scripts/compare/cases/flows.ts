import { offered } from '../adapter.ts';
import { Failure, type Group, verdict } from '../case.ts';
import { count, loggedIn, login, logout, setting, userOf } from '../handlers.ts';

export const FLOWS: Group = {
  name: 'Flows',
  about: 'What sessions are for.',
  cases: [
    {
      id: 'views',
      title: 'Visits are counted, in a browser',
      run: async (bench) => {
        const app = await bench.start();
        const browser = await bench.browser();
        const seen = [];
        for (let nth = 0; nth < 3; nth += 1) seen.push(await browser.look(app.page(count)));
        return verdict(String(seen) === '1,2,3', `the count went ${seen.join(' → ')}`);
      },
    },
    {
      id: 'login-logout',
      title: 'Login and logout, in a browser',
      run: async (bench) => {
        const app = await bench.start();
        const browser = await bench.browser();
        await browser.look(app.page(login('ann')));
        const inside = await browser.look(app.page(userOf));
        await browser.look(app.page(logout));
        const after = await browser.look(app.page(userOf));
        return verdict(
          inside === 'ann' && after !== 'ann',
          inside === 'ann'
            ? after === 'ann'
              ? 'she stays logged in'
              : 'in, and out'
            : 'she is not logged in',
        );
      },
    },
    {
      id: 'logout-cookie',
      title: 'After a logout the browser has no session cookie any more',
      run: async (bench) => {
        const app = await bench.start();
        const browser = await bench.browser();
        await browser.look(app.page(login('ann')));
        if ((await browser.cookies()).length === 0) throw new Failure('no cookie is kept after the login');
        await browser.look(app.page(logout));
        const left = await browser.cookies();
        return verdict(
          left.length === 0,
          left.length === 0 ? 'none is left' : `left: ${left.toSorted().join(', ')}`,
        );
      },
    },
    {
      id: 'login-id-known',
      title: 'After `regenerate()` the handler is told the new id',
      defects: [4],
      run: async (bench) => {
        bench.needs('store');
        const app = await bench.start();
        const ann = app.visitor();
        await ann.get(setting('a', 1));
        const { result } = await ann.get(async ({ session }) => {
          const before = offered(session, 'id')();
          await offered(session, 'regenerate')();
          session.set('userId', 'ann');
          return [before, session.id?.()];
        });
        const [before, after] = result as unknown[];
        const { result: now } = await ann.get(({ session }) => session.id?.());
        if (before === now) throw new Failure('it keeps its id');
        return verdict(after === now, after === now ? 'it is the new one' : 'it is the old one');
      },
    },
    {
      id: 'replace-id',
      title: 'A session that is ended and begun anew in one request has another id',
      defects: [4],
      run: async (bench) => {
        bench.needs('store');
        const app = await bench.start();
        const ann = await loggedIn(app);
        const { result: before } = await ann.get(({ session }) => offered(session, 'id')());
        await ann.get(({ session }) => offered(session, 'replace')({ userId: 'bob' }));
        const { result } = await ann.get(({ session }) => [session.id?.(), session.get('userId')]);
        const [now, user] = result as unknown[];
        if (user !== 'bob') throw new Failure('what the new one was begun with is lost');
        return verdict(
          now !== before,
          now === before ? "bob's session has the id that ann's had" : 'it has another',
        );
      },
    },
  ],
};
