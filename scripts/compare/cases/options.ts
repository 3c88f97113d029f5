import { defect, type Group } from '../case.ts';
import { plainPage } from '../handlers.ts';
import { brief, check } from '../outcome.ts';

export const OPTIONS: Group = {
  name: 'Options',
  about: 'How the middleware treats its options.',
  cases: [
    defect(9, 'same-site-null', '`sameSite: null` means not sent', async (kit) => {
      const ann = await kit.visitor({ sameSite: null });
      const { status, setCookies } = await ann.set('a', 1);
      check(status === 200, `status ${status}: ${brief(ann.app.errors[0]?.message ?? '')}`);
      check(setCookies.length > 0, 'no cookie is sent');
      check(
        setCookies.every(({ sameSite }) => sameSite === undefined),
        'it is sent',
      );
    }),

    defect(9, 'frozen-options', 'A frozen options object is accepted', async (kit) => {
      const ann = await kit.visitor({ pass: Object.freeze });
      const { status } = await ann.set('a', 1);
      check(status === 200, `status ${status}`);
    }),

    defect(9, 'options-unchanged', "The caller's options object is not changed", async (kit) => {
      const passed: { options: object; before: string }[] = [];
      const ann = await kit.visitor({
        pass: (options) => {
          passed.push({ options, before: namesIn(options) });
          return options;
        },
      });
      await ann.get(plainPage);
      check(
        passed.every(({ options, before }) => namesIn(options) === before),
        'it has other keys afterwards',
      );
    }),

    defect(10, 'second-session', 'A second session in the same app has its own cookie', async (kit) => {
      const ann = await kit.visitor({ second: 'second' });
      const { setCookies } = await ann.set('a', 1);
      const names = setCookies.map(({ name }) => name).filter((name) => !name.endsWith('.sig'));
      check(names.includes('second'), `of the cookies sid and second it sends ${names.join(', ')}`);
    }),

    defect(8, 'async-valid', 'A session that an asynchronous `valid` refuses is not used', async (kit) => {
      let isValid = true;
      const ann = await kit.loggedIn({ valid: () => Promise.resolve(isValid) });
      isValid = false;
      check((await ann.user()) !== 'ann', 'the session is used');
    }),
  ],
};

/** The keys of the options, and of the cookie options in them. */
function namesIn(options: object): string {
  const { cookie } = options as { cookie?: object };
  return JSON.stringify([Object.keys(options), cookie && Object.keys(cookie)]);
}
