import { offered } from '../adapter.ts';
import { count, HOUR, look, MINUTE } from '../bench.ts';
import { type Group, verdict } from '../case.ts';
import { endOf } from '../client.ts';
import { login, logout, plainPage, setting, userOf } from '../handlers.ts';

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
        for (let nth = 0; nth < 3; nth += 1) seen.push(await look(browser, app.page(count)));
        return verdict(String(seen) === '1,2,3', `the count went ${seen.join(' → ')}`);
      },
    },
    {
      id: 'login-logout',
      title: 'Login and logout, in a browser',
      run: async (bench) => {
        const app = await bench.start();
        const browser = await bench.browser();
        await look(browser, app.page(login('ann')));
        const inside = await look(browser, app.page(userOf));
        await look(browser, app.page(logout));
        const after = await look(browser, app.page(userOf));
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
        await look(browser, app.page(login('ann')));
        await look(browser, app.page(logout));
        const left = (await browser.cookies()).map(({ name }) => name);
        return verdict(
          left.length === 0,
          left.length === 0 ? 'none is left' : `left: ${left.toSorted().join(', ')}`,
        );
      },
    },
    {
      id: 'rolling',
      title: 'With `rolling` each visit extends the session',
      run: async (bench) => {
        const app = await bench.start({ settings: { rolling: true, maxAge: HOUR } });
        const ann = app.visitor();
        await ann.get(login('ann'));
        const seen = [];
        for (let nth = 0; nth < 3; nth += 1) {
          bench.clock.advance(40 * MINUTE);
          seen.push((await ann.get(userOf)).result);
        }
        const stays = seen.every((user) => user === 'ann');
        return verdict(
          stays,
          stays ? 'alive after two hours of visits' : 'over, with visits every 40 minutes',
        );
      },
    },
    {
      id: 'rolling-untouched',
      title: 'Also visits to pages that do not look at the session',
      defects: [11],
      run: async (bench) => {
        const app = await bench.start({ settings: { rolling: true, maxAge: HOUR } });
        const ann = app.visitor();
        await ann.get(login('ann'));
        const { setCookies } = await ann.get(plainPage);
        return verdict(
          setCookies.length > 0,
          setCookies.length > 0 ? 'the cookie was sent' : 'no cookie was sent',
        );
      },
    },
    {
      id: 'renew',
      title: 'With `renew` a visit extends the session in the second half of its time, and not in the first',
      run: async (bench) => {
        const app = await bench.start({ settings: { renew: true, maxAge: HOUR } });
        const ann = app.visitor();
        await ann.get(login('ann'));
        bench.clock.advance(20 * MINUTE);
        const early = (await ann.get(userOf)).setCookies.length > 0;
        bench.clock.advance(20 * MINUTE);
        const late = (await ann.get(userOf)).setCookies.length > 0;
        return verdict(!early && late, `cookie sent after 20 min: ${yes(early)}, after 40: ${yes(late)}`);
      },
    },
    {
      id: 'renew-untouched',
      title: 'Also visits to pages that do not look at the session',
      defects: [11],
      run: async (bench) => {
        const app = await bench.start({ settings: { renew: true, maxAge: HOUR } });
        const ann = app.visitor();
        await ann.get(login('ann'));
        bench.clock.advance(40 * MINUTE);
        const late = (await ann.get(plainPage)).setCookies.length > 0;
        return verdict(late, `cookie sent after 40 min: ${yes(late)}`);
      },
    },
    {
      id: 'idle-end',
      title: 'A session that nobody visits ends after `maxAge`, also for whoever still sends its cookie',
      run: async (bench) => {
        const app = await bench.start({ settings: { maxAge: HOUR } });
        const ann = app.visitor();
        await ann.get(login('ann'));
        const cookie = ann.jar.header();
        bench.clock.advance(HOUR + MINUTE);
        const { result } = await app.visitor().get(userOf, { cookie });
        return verdict(result !== 'ann', result === 'ann' ? 'it opens the session' : 'it opens nothing');
      },
    },
    {
      id: 'own-timeout',
      title: 'One session can have a longer timeout than the others ("remember me")',
      run: async (bench) => {
        const app = await bench.start({ settings: { maxAge: HOUR } });
        const ann = app.visitor();
        await ann.get(login('ann'));
        await ann.get(({ session }) => {
          offered(session, 'setMaxAge')(10 * HOUR);
          session.set('remembered', true);
        });
        bench.clock.advance(5 * HOUR);
        const { result } = await ann.get(userOf);
        return verdict(
          result === 'ann',
          result === 'ann' ? 'alive after 5 of 10 hours' : 'over after 5 of 10 hours',
        );
      },
    },
    {
      id: 'default-dates',
      title: 'Without `maxAge` the first cookie and the next agree about whether they outlive the browser',
      defects: [12],
      run: async (bench) => {
        const app = await bench.start({ settings: { maxAge: undefined } });
        const ann = app.visitor();
        const cookies = [await ann.get(setting('a', 1)), await ann.get(setting('a', 2))].map(
          ({ setCookies }) => setCookies.find(({ name }) => name === app.settings.name),
        );
        const [first, second] = cookies.map((one) => one && (endOf(one) === Infinity ? 'undated' : 'dated'));
        const saw = `the first is ${first ?? 'not sent'}, the second ${second ?? 'not sent'}`;
        return verdict(second === undefined || first === second, saw);
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
        return verdict(
          after === now && before !== now,
          after === now ? 'it is the new one' : 'it is the old one',
        );
      },
    },
    {
      id: 'replace-id',
      title: 'A session that is ended and begun anew in one request has another id',
      defects: [4],
      run: async (bench) => {
        bench.needs('store');
        const app = await bench.start();
        const ann = app.visitor();
        await ann.get(login('ann'));
        const id = await ann.get(({ session }) => offered(session, 'id')());
        await ann.get(({ session }) => offered(session, 'replace')({ userId: 'bob' }));
        const { result } = await ann.get(({ session }) => [session.id?.(), session.get('userId')]);
        const [now, user] = result as unknown[];
        const saw = now === id.result ? "bob's session has the id that ann's had" : 'it has another';
        return verdict(user === 'bob' && now !== id.result, saw);
      },
    },
  ],
};

function yes(is: boolean): string {
  return is ? 'yes' : 'no';
}
