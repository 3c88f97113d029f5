import createError from 'http-errors';
import { defect, type Group, testCase } from '../case.ts';
import { type Handler, plainPage, userPage } from '../handlers.ts';
import { brief, check } from '../outcome.ts';
import { STORE_IS_DOWN } from '../watched-store.ts';

const refusing: Handler = ({ session }) => {
  session.set('attempts', 1);
  throw createError(403, 'not for you');
};

/** Changes the session after the response has begun. */
const late: Handler = ({ session, takeOver }) => {
  const res = takeOver();
  res.write('begun');
  session.set('step', 2);
  res.end();
};

export const ERRORS: Group = {
  name: 'Errors',
  about: 'The store fails, a handler throws, a change comes too late.',
  cases: [
    defect(16, 'store-down-plain', 'With the store down pages that ignore the session work', async (kit) => {
      const ann = await kit.loggedIn();
      ann.app.watched.fail();
      const { status } = await ann.get(plainPage);
      check(status === 200, `status ${status}`);
    }),

    testCase('store-down-reported', 'Pages that need it fail, and the error is reported', async (kit) => {
      const ann = await kit.loggedIn();
      ann.app.watched.fail();
      const { status } = await ann.get(userPage);
      const isReported = ann.app.errors.some(({ message }) => message.includes(STORE_IS_DOWN));
      check(status >= 500 && isReported, `status ${status}, ${isReported ? 'reported' : 'not reported'}`);
    }),

    defect(16, 'error-not-masked', "A failing save does not hide the handler's own error", async (kit) => {
      const ann = await kit.visitor();
      ann.app.watched.fail('set', 'create', 'update', 'touch');
      const { status } = await ann.get(refusing);
      check(status === 403, `the handler throws 403, the answer is ${status}`);
    }),

    defect(
      15,
      'error-keeps-change',
      'A handler that throws keeps what it put into a session',
      async (kit) => {
        const ann = await kit.visitor();
        await ann.get(refusing);
        check((await ann.read('attempts')) === 1, 'it is lost');
      },
    ),

    defect(15, 'error-no-orphan', 'Then nothing is stored without its cookie being sent', async (kit) => {
      const ann = await kit.visitor();
      const { watched } = ann.app;
      const { setCookies } = await ann.get(refusing);
      check(watched.writes().length === 0 || setCookies.length > 0, 'it is stored, and no cookie is sent');
    }),

    testCase('logout-not-pretended', 'A logout that the store cannot make is an error', async (kit) => {
      const ann = await kit.loggedIn();
      ann.app.watched.fail('destroy');
      const { status } = await ann.logout();
      check(status >= 500, `status ${status}`);
    }),

    defect(17, 'late-change', 'A change after the response has begun is saved', async (kit) => {
      kit.needs('store');
      const ann = await kit.visitor();
      await ann.set('step', 1);
      await ann.get(late);
      const step = await ann.read('step');
      const error = ann.app.errors[0]?.message;
      check(step === 2, `it is lost${error === undefined ? '' : `, error: ${error}`}`);
      check(error === undefined, `it is saved, error: ${error}`);
    }),

    defect(17, 'late-new', 'A session that begins then is an error that names the session', async (kit) => {
      const ann = await kit.visitor();
      await ann.get(late);
      // Some libraries report it after the request.
      await ann.app.newVisitor().get(plainPage);
      const error = ann.app.errors[0]?.message;
      check(error !== undefined, 'it is lost, without an error');
      check(/session|cookie/i.test(error), `error: ${brief(error)}`);
    }),
  ],
};
