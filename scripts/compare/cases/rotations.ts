import { KEYS } from '../app.ts';
import { defect, type Group, testCase } from '../case.ts';
import { endOf } from '../client.ts';
import { advanceClock } from '../clock.ts';
import { userPage } from '../handlers.ts';
import { HOUR, MINUTE } from '../kit.ts';
import { check, NotApplicable } from '../outcome.ts';

const [OLD, NEW] = KEYS;
const ROTATED = [NEW, OLD];

export const ROTATIONS: Group = {
  name: 'Rotations',
  about: 'The key that signs or encrypts the cookies is replaced, as keys should be from time to time.',
  cases: [
    testCase('rotation', 'With a new key before the old one visitors stay logged in', async (kit) => {
      const ann = await kit.loggedIn();
      const after = await kit.start({ keys: ROTATED }, { storeOf: ann.app });
      check((await ann.at(after).user()) === 'ann', 'Ann is logged out');
    }),

    testCase('rotation-complete', 'One visit later the old key can be removed', async (kit) => {
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

    defect(
      14,
      'rotation-restart',
      'After a visit and a restart of the browser she is logged in',
      async (kit) => {
        const ann = await kit.inBrowser();
        await ann.login();
        const after = ann.at(await kit.start({ keys: ROTATED }, { storeOf: ann.app }));
        await after.user();
        await ann.client.restart();
        check((await after.user()) === 'ann', 'Ann is logged out');
      },
    ),

    testCase('key-removed', 'A cookie whose key was removed is no session and no error', async (kit) => {
      const ann = await kit.loggedIn();
      const after = await kit.start({ keys: [NEW] }, { storeOf: ann.app });
      const { status, result } = await ann.at(after).get(userPage);
      check(status === 200, `status ${status}`);
      check(result !== 'ann', 'Ann is logged in');
    }),
  ],
};
