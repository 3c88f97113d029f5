import { defect, type Group, testCase } from '../case.ts';
import { check } from '../outcome.ts';

/** Names of members that the sessions of some libraries have. */
const MEMBERS = 'save length toJSON regenerate destroy cookie touch reload isNew id get set'.split(' ');

export const DATA: Group = {
  name: 'Data',
  about: 'What is put into a session comes back.',
  cases: [
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
  ],
};
