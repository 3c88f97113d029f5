import { defect, group, testCase } from '../case.ts';
import { endOf } from '../client.ts';
import { advanceClock } from '../clock.ts';
import { plainPage, userPage } from '../handlers.ts';
import { HOUR, MINUTE } from '../kit.ts';
import { check } from '../outcome.ts';

const FLOWS = group('Flows', 'What sessions are for.', [
  testCase('views', 'Visits are counted in a browser', async (kit) => {
    const ann = await kit.inBrowser();
    const seen = [await ann.count(), await ann.count(), await ann.count()];
    check(String(seen) === '1,2,3', `the count went ${seen.join(' → ')}`);
  }),

  testCase('login-logout', 'Login and logout work in a browser', async (kit) => {
    const ann = await kit.inBrowser();
    await ann.login();
    check((await ann.user()) === 'ann', 'Ann is not logged in');
    await ann.logout();
    check((await ann.user()) !== 'ann', 'Ann stays logged in');
  }),

  testCase('logout-cookie', 'After a logout the browser has no session cookie left', async (kit) => {
    const ann = await kit.inBrowser();
    await ann.login();
    check((await ann.cookies()).length > 0, 'no cookie is kept after the login');
    await ann.logout();
    const names = (await ann.cookies()).map(({ name }) => name);
    check(names.length === 0, `left: ${names.toSorted().join(', ')}`);
  }),

  defect(4, 'login-id-known', 'After `regenerate()` the handler sees the new id', async (kit) => {
    kit.needs('store');
    const ann = await kit.visitor();
    await ann.set('a', 1);
    const { result } = await ann.get(async ({ session }) => {
      const old = session.id();
      await session.regenerate();
      session.set('userId', 'ann');
      return [old, session.id()];
    });
    const [old, seen] = result as unknown[];
    const { result: now } = await ann.get(({ session }) => session.id());
    check(now !== old, 'the session keeps its id');
    check(seen === now, 'the handler sees the old id');
  }),

  defect(4, 'replace-id', 'A session that replaces another in one request has a new id', async (kit) => {
    kit.needs('store');
    const ann = await kit.loggedIn();
    const { result: old } = await ann.get(({ session }) => session.id());
    await ann.get(({ session }) => session.replace({ userId: 'bob' }));
    check((await ann.user()) === 'bob', 'the data of the new session are lost');
    const { result: now } = await ann.get(({ session }) => session.id());
    check(now !== old, "Bob's session has the id of Ann's");
  }),
]);

const LIFETIMES = group('Lifetimes', 'When sessions end.', [
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

  defect(12, 'default-dates', 'Without `maxAge` the first two cookies end alike', async (kit) => {
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
  }),

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
]);

/** Names of members that the sessions of some libraries have. */
const MEMBERS = 'save length toJSON regenerate destroy cookie touch reload isNew id get set'.split(' ');

const DATA = group('Data', 'What is put into a session comes back.', [
  defect(3, 'crc-collision', 'A change that keeps the CRC32 of the session is saved', async (kit) => {
    const ann = await kit.visitor();
    // These words have the same length and CRC32, and so have texts that differ in nothing else.
    await ann.set('word', 'plumless');
    await ann.set('word', 'buckeroo');
    const word = await ann.read('word');
    check(word === 'buckeroo', `set to 'buckeroo', it is '${String(word)}'`);
  }),

  testCase('nested-change', 'A change inside a nested object is saved', async (kit) => {
    const ann = await kit.visitor();
    await ann.set('basket', { items: [] });
    await ann.get(({ session }) => {
      const basket = session.get('basket') as { items: string[] };
      basket.items.push('book');
    });
    const saved = JSON.stringify(await ann.read('basket'));
    check(saved === '{"items":["book"]}', 'what was pushed to a list is lost');
  }),

  defect(7, 'underscore', "Keys that begin with '_' are kept", async (kit) => {
    const ann = await kit.visitor();
    await ann.set('_private', 'kept');
    check((await ann.read('_private')) === 'kept', 'the key is lost, without an error');
  }),

  defect(7, 'reserved', "Keys named like the session's members are kept or refused", async (kit) => {
    const app = await kit.start();
    const bad: string[] = [];
    for (const name of MEMBERS) {
      const ann = app.newVisitor();
      const { result } = await ann.get(({ session }) => {
        try {
          session.set(name, 'mine');
          return 'accepted';
        } catch (error) {
          return error instanceof Error && error.message.includes(name) ? 'refused' : 'error';
        }
      });
      if (result !== 'refused' && (await ann.read(name)) !== 'mine') bad.push(name);
    }
    check(bad.length === 0, `lost, or an error: ${bad.join(', ')}`);
  }),

  testCase('proto', 'The key `__proto__` adds no properties to the session', async (kit) => {
    const ann = await kit.visitor();
    const { result } = await ann.get(({ session }) => {
      try {
        session.set('__proto__', { isAdmin: true });
      } catch {
        return 'refused';
      }
      return session.get('isAdmin');
    });
    check(result !== true, '`session.isAdmin` is true after it');
  }),

  defect(18, 'emptied', 'An emptied session is removed from store and browser', async (kit) => {
    const ann = await kit.visitor();
    const { store } = ann.app;
    await ann.set('a', 1);
    check((await ann.cookies()).length > 0, 'the session is not kept');
    store?.forget();
    await ann.get(({ session }) => session.remove('a'));
    const left = [
      ...(store && !store.writes().includes('destroy') ? ['the store has it'] : []),
      ...((await ann.cookies()).length > 0 ? ['the browser has its cookie'] : []),
    ];
    check(left.length === 0, left.join(', '));
  }),

  defect(18, 'one-write', 'After `save()` the end of the request does not write again', async (kit) => {
    kit.needs('store');
    const ann = await kit.visitor();
    await ann.get(async ({ session }) => {
      session.set('a', 1);
      await session.save();
    });
    const writes = ann.app.watched.writes();
    check(writes.length === 1, `written by ${writes.join(', ')}`);
  }),
]);

export const SESSIONS = [FLOWS, LIFETIMES, DATA];
