import { offered } from '../adapter.ts';
import { Failure, type Group, verdict } from '../case.ts';
import { getting, setting } from '../handlers.ts';

/** Two words of one length and one CRC32. In texts that differ by nothing else, they collide as well. */
const COLLIDING = ['plumless', 'buckeroo'] as const;

/** Names of members that one library or another has on its sessions. */
const MEMBERS = [
  'save',
  'length',
  'toJSON',
  'regenerate',
  'destroy',
  'cookie',
  'touch',
  'reload',
  'isNew',
  'id',
  'get',
  'set',
];

export const DATA: Group = {
  name: 'Data',
  about: 'What is put into a session comes back.',
  cases: [
    {
      id: 'crc-collision',
      title: 'A change that keeps the CRC32 of the session is saved',
      defects: [3],
      run: async (bench) => {
        const app = await bench.start();
        const ann = app.visitor();
        await ann.get(setting('word', COLLIDING[0]));
        await ann.get(setting('word', COLLIDING[1]));
        const { result } = await ann.get(getting('word'));
        return verdict(result === COLLIDING[1], `set to '${COLLIDING[1]}', it is '${String(result)}'`);
      },
    },
    {
      id: 'nested-change',
      title: 'A change deep inside is saved',
      run: async (bench) => {
        const app = await bench.start();
        const ann = app.visitor();
        await ann.get(setting('basket', { items: [] }));
        await ann.get(
          ({ session }) => void (session.get('basket') as { items: unknown[] }).items.push('book'),
        );
        const { result } = await ann.get(getting('basket'));
        const saved = JSON.stringify(result) === '{"items":["book"]}';
        return verdict(saved, saved ? 'it is' : 'what was pushed to a list is lost');
      },
    },
    {
      id: 'underscore',
      title: "Keys that begin with '_' are kept",
      defects: [7],
      run: async (bench) => {
        const app = await bench.start();
        const ann = app.visitor();
        await ann.get(setting('_private', 'kept'));
        const { result } = await ann.get(getting('_private'));
        return verdict(result === 'kept', result === 'kept' ? 'they are' : 'it is gone without a word');
      },
    },
    {
      id: 'reserved',
      title: "Data named like the session's own members are kept, or refused by name",
      defects: [7],
      run: async (bench) => {
        const app = await bench.start();
        const bad: string[] = [];
        for (const name of MEMBERS) {
          const ann = app.visitor();
          const { result } = await ann.get(({ session }) => {
            try {
              session.set(name, 'mine');
              return 'accepted';
            } catch (error) {
              return error instanceof Error && error.message.includes(name) ? 'refused' : 'error';
            }
          });
          if (result === 'refused') continue;
          const back = (await ann.get(getting(name))).result;
          if (back !== 'mine') bad.push(name);
        }
        return verdict(
          bad.length === 0,
          bad.length === 0 ? 'all of them' : `lost, or an error: ${bad.join(', ')}`,
        );
      },
    },
    {
      id: 'proto',
      title: '`__proto__` as a key gives the session no properties that it has not got',
      run: async (bench) => {
        const app = await bench.start();
        const { result } = await app.visitor().get(({ session }) => {
          try {
            session.set('__proto__', { isAdmin: true });
          } catch {
            return 'refused';
          }
          return session.get('isAdmin');
        });
        return verdict(
          result !== true,
          result === true ? 'after it `session.isAdmin` is true' : 'it does not',
        );
      },
    },
    {
      id: 'emptied',
      title: 'An emptied session is removed, from the store and from the browser',
      defects: [18],
      run: async (bench) => {
        const app = await bench.start();
        const ann = app.visitor();
        await ann.get(setting('a', 1));
        if (ann.jar.sent().size === 0) throw new Failure('nothing is kept');
        app.store?.forget();
        await ann.get(({ session }) => session.remove('a'));
        const inBrowser = ann.jar.sent().size > 0;
        const inStore = app.store !== undefined && !app.store.writes().includes('destroy');
        const left = [
          ...(inStore ? ['the store has it'] : []),
          ...(inBrowser ? ['the browser has its cookie'] : []),
        ];
        return verdict(left.length === 0, left.length === 0 ? 'it is' : left.join(', '));
      },
    },
    {
      id: 'one-write',
      title: 'What was saved by hand is not written again at the end of the request',
      defects: [18],
      run: async (bench) => {
        bench.needs('store');
        const app = await bench.start();
        await app.visitor().get(async ({ session }) => {
          session.set('a', 1);
          await offered(session, 'save')();
        });
        const writes = app.watched.writes();
        return verdict(writes.length === 1, `written by ${writes.join(', ')}`);
      },
    },
  ],
};
