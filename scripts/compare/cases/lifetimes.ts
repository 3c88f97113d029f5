import { defect, type Group, testCase } from '../case.ts';
import { endOf } from '../client.ts';
import { advanceClock } from '../clock.ts';
import { plainPage, userPage } from '../handlers.ts';
import { HOUR, MINUTE } from '../kit.ts';
import { check } from '../outcome.ts';

export const LIFETIMES: Group = {
  name: 'Lifetimes',
  about: 'When sessions end.',
  cases: [
    testCase('rolling', 'With `rolling` each visit extends the session', async (kit) => {
      const ann = await kit.loggedIn({ rolling: true, maxAge: HOUR });
      for (let nth = 0; nth < 3; nth += 1) {
        advanceClock(40 * MINUTE);
        check((await ann.user()) === 'ann', 'the session has ended in spite of visits every 40 minutes');
      }
    }),

    defect(11, 'rolling-untouched', '`rolling` also works on pages that ignore the session', async (kit) => {
      const ann = await kit.loggedIn({ rolling: true, maxAge: HOUR });
      const { setCookies } = await ann.get(plainPage);
      check(setCookies.length > 0, 'no cookie is sent');
    }),

    testCase('renew', 'With `renew` visits after half of `maxAge` extend the session', async (kit) => {
      const ann = await kit.loggedIn({ renew: true, maxAge: HOUR });
      advanceClock(20 * MINUTE);
      const early = await ann.get(userPage);
      check(early.setCookies.length === 0, 'a cookie is sent after 20 of 60 minutes');
      advanceClock(20 * MINUTE);
      const late = await ann.get(userPage);
      check(late.setCookies.length > 0, 'no cookie is sent after 40 of 60 minutes');
    }),

    defect(11, 'renew-untouched', '`renew` also works on pages that ignore the session', async (kit) => {
      const ann = await kit.loggedIn({ renew: true, maxAge: HOUR });
      advanceClock(40 * MINUTE);
      const { setCookies } = await ann.get(plainPage);
      check(setCookies.length > 0, 'no cookie is sent after 40 of 60 minutes');
    }),

    testCase('idle-end', 'An unused session ends after `maxAge`, also if its cookie is kept', async (kit) => {
      const ann = await kit.loggedIn({ maxAge: HOUR });
      const copy = await ann.copy();
      advanceClock(HOUR + MINUTE);
      check((await copy.user()) !== 'ann', 'the cookie still opens the session');
    }),

    testCase('own-timeout', 'One session can have a longer timeout ("remember me")', async (kit) => {
      const ann = await kit.loggedIn({ maxAge: HOUR });
      await ann.get(({ session }) => {
        session.setMaxAge(10 * HOUR);
        session.set('remembered', true);
      });
      advanceClock(5 * HOUR);
      check((await ann.user()) === 'ann', 'the session has ended after 5 of 10 hours');
    }),

    defect(
      12,
      'default-dates',
      'Without `maxAge` the first two cookies are alike in their end',
      async (kit) => {
        const ann = await kit.visitor({ maxAge: undefined });
        const kinds = [];
        for (const value of [1, 2]) {
          const { setCookies } = await ann.set('a', value);
          const cookie = setCookies.find(({ name }) => name === 'sid');
          kinds.push(cookie ? (endOf(cookie) === Infinity ? 'undated' : 'dated') : 'not sent');
        }
        const [first, second] = kinds;
        check(
          first !== 'not sent' && (second === 'not sent' || second === first),
          `the first is ${first}, the second ${second}`,
        );
      },
    ),

    testCase('absolute-end', 'A session can have a hard end, whatever the activity', async (kit) => {
      const ann = await kit.loggedIn({ absoluteMaxAge: 2 * HOUR, rolling: true, maxAge: HOUR });
      for (let nth = 0; nth < 3; nth += 1) {
        advanceClock(35 * MINUTE);
        check((await ann.user()) === 'ann', 'the session ends before its hard end');
      }
      advanceClock(35 * MINUTE);
      check((await ann.user()) !== 'ann', 'the session goes on after its hard end');
    }),

    defect(13, 'shorter-max-age', 'A shorter `maxAge` applies to sessions that exist', async (kit) => {
      const ann = await kit.loggedIn({ maxAge: 10 * HOUR });
      const after = await kit.start({ maxAge: HOUR }, { storeOf: ann.app });
      advanceClock(HOUR + MINUTE);
      check((await ann.at(after).user()) !== 'ann', 'Ann is still logged in after the shorter time');
    }),
  ],
};
