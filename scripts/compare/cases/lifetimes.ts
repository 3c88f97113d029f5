import { offered } from '../adapter.ts';
import { HOUR, MINUTE } from '../bench.ts';
import { type Group, verdict } from '../case.ts';
import { endOf } from '../client.ts';
import { loggedIn, plainPage, setting, userOf } from '../handlers.ts';

export const LIFETIMES: Group = {
  name: 'Lifetimes',
  about: 'When sessions end.',
  cases: [
    {
      id: 'rolling',
      title: 'With `rolling` each visit extends the session',
      run: async (bench) => {
        const app = await bench.start({ settings: { rolling: true, maxAge: HOUR } });
        const ann = await loggedIn(app);
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
        const ann = await loggedIn(app);
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
        const ann = await loggedIn(app);
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
        const ann = await loggedIn(app);
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
        const ann = await loggedIn(app);
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
        const ann = await loggedIn(app);
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
        return verdict(first !== undefined && (second === undefined || first === second), saw);
      },
    },
    {
      id: 'absolute-end',
      title: 'A session can be given a hard end, whatever the activity',
      run: async (bench) => {
        const app = await bench.start({
          settings: { absoluteMaxAge: 2 * HOUR, rolling: true, maxAge: HOUR },
        });
        const ann = await loggedIn(app);
        const seen = [];
        for (let nth = 0; nth < 4; nth += 1) {
          bench.clock.advance(35 * MINUTE);
          seen.push((await ann.get(userOf)).result);
        }
        const held = seen.slice(0, 3).every((user) => user === 'ann') && seen[3] !== 'ann';
        return verdict(held, held ? 'it ends after two hours of activity' : 'it does not');
      },
    },
    {
      id: 'shorter-max-age',
      title: 'A shorter `maxAge` in the configuration reaches sessions that exist',
      defects: [13],
      run: async (bench) => {
        const before = await bench.start({ settings: { maxAge: 10 * HOUR } });
        const ann = await loggedIn(before);
        const after = await bench.start({ settings: { maxAge: HOUR }, keep: before });
        bench.clock.advance(HOUR + MINUTE);
        const { result } = await ann.at(after).get(userOf);
        return verdict(
          result !== 'ann',
          result === 'ann' ? 'she is logged in after the shorter time' : 'she is logged out',
        );
      },
    },
  ],
};

function yes(is: boolean): string {
  return is ? 'yes' : 'no';
}
