import { NotApplicable } from '../adapter.ts';
import { KEYS } from '../app.ts';
import { HOUR, MINUTE } from '../bench.ts';
import { type Group, verdict } from '../case.ts';
import { endOf } from '../client.ts';
import { loggedIn, login, userOf } from '../handlers.ts';

const [OLD, NEW] = KEYS;

/** Of an app after a rotation. */
const ROTATED = [NEW, OLD];

export const ROTATIONS: Group = {
  name: 'Rotations',
  about: 'The key that signs or seals the cookies is replaced, as keys should be from time to time.',
  cases: [
    {
      id: 'rotation',
      title: 'With a new key before the old one, people stay logged in',
      run: async (bench) => {
        const before = await bench.start();
        const ann = await loggedIn(before);
        const after = await bench.start({ settings: { keys: ROTATED }, keep: before });
        const { result } = await ann.at(after).get(userOf);
        return verdict(result === 'ann', result === 'ann' ? 'she is logged in' : 'she is logged out');
      },
    },
    {
      id: 'rotation-complete',
      title: 'Who has visited since stays logged in when the old key is removed',
      run: async (bench) => {
        const before = await bench.start();
        const ann = await loggedIn(before);
        const after = await bench.start({ settings: { keys: ROTATED }, keep: before });
        await ann.at(after).get(userOf);
        const last = await bench.start({ settings: { keys: [NEW] }, keep: before });
        const { result } = await ann.at(last).get(userOf);
        return verdict(
          result === 'ann',
          result === 'ann'
            ? 'she is logged in'
            : 'she is logged out: no visit had sent her a cookie of the new key',
        );
      },
    },
    {
      id: 'rotation-attributes',
      title: 'What is sent anew after a rotation keeps its attributes and its end',
      defects: [14],
      run: async (bench) => {
        const before = await bench.start({ settings: { maxAge: HOUR } });
        const ann = before.visitor();
        const first = (await ann.get(login('ann'))).setCookies;
        const after = await bench.start({ settings: { keys: ROTATED, maxAge: HOUR }, keep: before });
        bench.clock.advance(10 * MINUTE);
        const again = (await ann.at(after).get(userOf)).setCookies;
        if (again.length === 0) throw new NotApplicable('it sends nothing anew after a rotation');
        const lost = again.flatMap(({ name, attributes }) => {
          const had = first.findLast((one) => one.name === name)?.attributes ?? {};
          return Object.keys(had)
            .filter((attribute) => !(attribute in attributes))
            .map((attribute) => `${name} without ${attribute}`);
        });
        const dated = again.every((line) => endOf(line) <= Date.now() + HOUR);
        return verdict(
          lost.length === 0 && dated,
          lost.length > 0
            ? `it sends ${lost.join(', ')}`
            : dated
              ? 'all are there'
              : 'it lives longer than maxAge',
        );
      },
    },
    {
      id: 'rotation-restart',
      title: 'After a rotation, a visit and a restart of the browser she is still logged in',
      defects: [14],
      run: async (bench) => {
        const before = await bench.start();
        const open = await bench.profile();
        let browser = await open();
        await browser.look(before.page(login('ann')));
        const after = await bench.start({ settings: { keys: ROTATED }, keep: before });
        await browser.look(after.page(userOf));
        await browser.close();
        browser = await open();
        const user = await browser.look(after.page(userOf));
        return verdict(user === 'ann', user === 'ann' ? 'she is' : 'she is logged out');
      },
    },
    {
      id: 'key-removed',
      title: 'A cookie whose key is gone is no session, and no error',
      run: async (bench) => {
        const before = await bench.start();
        const ann = await loggedIn(before);
        const after = await bench.start({ settings: { keys: [NEW] }, keep: before });
        const { status, result } = await ann.at(after).get(userOf);
        return verdict(
          status === 200 && result !== 'ann',
          `status ${status}, ${result === 'ann' ? 'logged in' : 'no user'}`,
        );
      },
    },
  ],
};
