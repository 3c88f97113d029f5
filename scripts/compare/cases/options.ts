import { brief, orRefusal } from '../told.ts';
import { type Group, verdict } from '../case.ts';
import { loggedIn, plainPage, setting, userOf } from '../handlers.ts';

export const OPTIONS: Group = {
  name: 'Options',
  about: 'How the middleware takes what it is told.',
  cases: [
    {
      id: 'same-site-null',
      title: '`sameSite: null` means not sent',
      defects: [9],
      run: async (bench) =>
        orRefusal(async () => {
          const app = await bench.start({ settings: { sameSite: null } });
          const { status, setCookies } = await app.visitor().get(setting('a', 1));
          if (status !== 200)
            return verdict(false, `status ${status}: ${brief(app.errors[0]?.message ?? '')}`);
          if (setCookies.length === 0) return verdict(false, 'no cookie is sent');
          const sent = setCookies.some(({ attributes }) => 'samesite' in attributes);
          return verdict(!sent, sent ? 'it is sent' : 'it is not sent');
        }),
    },
    {
      id: 'frozen-options',
      title: 'A frozen options object is accepted',
      defects: [9],
      run: async (bench) =>
        orRefusal(async () => {
          const app = await bench.start({ settings: { pass: Object.freeze } });
          const { status } = await app.visitor().get(setting('a', 1));
          return verdict(status === 200, status === 200 ? 'it is' : `status ${status}`);
        }),
    },
    {
      id: 'options-unchanged',
      title: "The caller's options object is left as it was",
      defects: [9],
      run: async (bench) => {
        const passed: { options: object; before: string }[] = [];
        const app = await bench.start({
          settings: {
            pass: (options) => {
              passed.push({ options, before: namesIn(options) });
              return options;
            },
          },
        });
        await app.visitor().get(plainPage);
        const changed = passed.some(({ options, before }) => namesIn(options) !== before);
        return verdict(!changed, changed ? 'it has other keys afterwards' : 'it is');
      },
    },
    {
      id: 'second-session',
      title: 'A second session in the same app has its own cookie',
      defects: [10],
      run: async (bench) =>
        orRefusal(async () => {
          const app = await bench.start({ settings: { second: 'second' } });
          const { setCookies } = await app.visitor().get(setting('a', 1));
          const names = setCookies.map(({ name }) => name).filter((name) => !name.endsWith('.sig'));
          return verdict(
            names.includes('second'),
            `of the cookies sid and second it sends ${names.join(', ')}`,
          );
        }),
    },
    {
      id: 'async-valid',
      title: 'What an asynchronous `valid` refuses is refused',
      defects: [8],
      run: async (bench) => {
        let isValid = true;
        const app = await bench.start({ settings: { valid: () => Promise.resolve(isValid) } });
        const ann = await loggedIn(app);
        isValid = false;
        const { result } = await ann.get(userOf);
        return verdict(result !== 'ann', result === 'ann' ? 'the session is used' : 'it is');
      },
    },
  ],
};

/** The keys of the options, and of those inside. */
function namesIn(options: object): string {
  const { cookie } = options as { cookie?: object };
  return JSON.stringify([Object.keys(options), cookie && Object.keys(cookie)]);
}
