import createError from 'http-errors';
import type { Handler } from '../app.ts';
import type { Bench } from '../bench.ts';
import { type Group, verdict } from '../case.ts';
import { getting, loggedIn, logout, plainPage, setting, userOf } from '../handlers.ts';
import { brief } from '../told.ts';
import { STORE_IS_DOWN } from '../watched-store.ts';

const refusing: Handler = ({ session }) => {
  session.set('attempts', 1);
  throw createError(403, 'not for you');
};

export const ERRORS: Group = {
  name: 'Errors',
  about: 'The store fails, a handler throws, a change comes too late.',
  cases: [
    {
      id: 'store-down-plain',
      title: 'When the store is down, a page that does not look at the session is served',
      defects: [16],
      run: async (bench) => {
        const { status } = await visitWithoutStore(bench, plainPage);
        return verdict(status === 200, `status ${status}`);
      },
    },
    {
      id: 'store-down-reported',
      title: 'A page that needs the session then fails, and the error is reported',
      run: async (bench) => {
        const { status, errors } = await visitWithoutStore(bench, userOf);
        const reported = errors.some(({ message }) => message.includes(STORE_IS_DOWN));
        return verdict(
          status >= 500 && reported,
          `status ${status}, ${reported ? 'reported' : 'not reported'}`,
        );
      },
    },
    {
      id: 'error-not-masked',
      title: "A failing save does not hide the handler's own error",
      defects: [16],
      run: async (bench) => {
        bench.needs('store');
        const app = await bench.start();
        app.watched.fail('set', 'create', 'update', 'touch');
        const { status } = await app.visitor().get(refusing);
        return verdict(status === 403, `the handler throws 403, the answer is ${status}`);
      },
    },
    {
      id: 'error-keeps-change',
      title: 'What a handler has put into a new session before it threw is kept',
      defects: [15],
      run: async (bench) => {
        const app = await bench.start();
        const ann = app.visitor();
        await ann.get(refusing);
        const { result } = await ann.get(getting('attempts'));
        return verdict(result === 1, result === 1 ? 'it is' : 'it is lost');
      },
    },
    {
      id: 'error-no-orphan',
      title: 'Nor is anything stored then whose cookie does not reach the browser',
      defects: [15],
      run: async (bench) => {
        bench.needs('store');
        const app = await bench.start();
        const { setCookies } = await app.visitor().get(refusing);
        const stored = app.watched.writes().length > 0;
        const saw = `stored: ${stored ? 'yes' : 'no'}, cookie sent: ${setCookies.length > 0 ? 'yes' : 'no'}`;
        return verdict(!stored || setCookies.length > 0, saw);
      },
    },
    {
      id: 'logout-not-pretended',
      title: 'A logout that the store cannot make is answered with an error',
      run: async (bench) => {
        bench.needs('store');
        const app = await bench.start();
        const ann = await loggedIn(app);
        app.watched.fail('destroy');
        const { status } = await ann.get(logout);
        return verdict(status >= 500, `status ${status}`);
      },
    },
    {
      id: 'late-change',
      title: 'A change of a known session that comes after the response has begun is kept, without an error',
      defects: [17],
      run: async (bench) => {
        bench.needs('store');
        const app = await bench.start();
        const ann = app.visitor();
        await ann.get(setting('step', 1));
        await ann.get(({ session, takeOver }) => {
          const res = takeOver();
          res.write('begun');
          session.set('step', 2);
          res.end();
        });
        const { result } = await ann.get(getting('step'));
        const told = app.errors[0]?.message;
        return verdict(
          result === 2 && told === undefined,
          `${result === 2 ? 'it is kept' : 'it is lost'}${told === undefined ? '' : `, error: ${told}`}`,
        );
      },
    },
    {
      id: 'late-new',
      title:
        'One that begins a session then, whose cookie cannot be sent any more, is reported as one of a session',
      defects: [17],
      run: async (bench) => {
        const app = await bench.start();
        await app.visitor().get(({ session, takeOver }) => {
          const res = takeOver();
          res.write('begun');
          session.set('step', 1);
          res.end();
        });
        // Some report it when they are done with the request.
        await app.visitor().get(plainPage);
        const told = app.errors[0]?.message;
        return verdict(
          told !== undefined && /session|cookie/i.test(told),
          told === undefined ? 'it is lost without a word' : `error: ${brief(told)}`,
        );
      },
    },
  ],
};

/** How Ann, who is logged in, is answered when the store has gone down, and what was reported. */
async function visitWithoutStore(
  bench: Bench,
  page: Handler,
): Promise<{ status: number; errors: readonly Error[] }> {
  bench.needs('store');
  const app = await bench.start();
  const ann = await loggedIn(app);
  app.watched.fail();
  const { status } = await ann.get(page);
  return { status, errors: app.errors };
}
