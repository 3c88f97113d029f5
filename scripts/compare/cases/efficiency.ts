import { HOUR, MINUTE } from '../bench.ts';
import type { App, Handler, Visitor } from '../app.ts';
import { type Finding, type Group, verdict } from '../case.ts';
import { loggedIn, plainPage, setting, userOf } from '../handlers.ts';

export const EFFICIENCY: Group = {
  name: 'Efficiency',
  about: 'What is done although nobody needs it.',
  cases: [
    {
      id: 'untouched',
      title: 'Who only passes by gets no cookie and no place in the store',
      run: async (bench) => idle(await bench.start(), undefined, plainPage),
    },
    {
      id: 'looked-at',
      title: 'Nor does who comes to a page that only looks at the session',
      run: async (bench) => idle(await bench.start(), undefined, userOf),
    },
    {
      id: 'read-only',
      title: 'A page that reads an existing session sends no cookie and writes nothing',
      run: async (bench) => {
        const app = await bench.start();
        return idle(app, await knownTo(app), userOf);
      },
    },
    {
      id: 'same-value',
      title: 'Nor does one that sets a key to the value that it has',
      run: async (bench) => {
        const app = await bench.start();
        return idle(app, await knownTo(app), setting('userId', 'ann'));
      },
    },
    {
      id: 'not-read',
      title: 'For a page that does not look at the session the store is not even read',
      run: async (bench) => {
        bench.needs('store');
        const app = await bench.start();
        const ann = await knownTo(app);
        await ann.get(plainPage);
        const calls = app.watched.calls.map(({ method }) => method);
        return verdict(
          calls.length === 0,
          calls.length === 0 ? 'it is not' : `the store was asked to ${calls.join(', ')}`,
        );
      },
    },
    {
      id: 'touch',
      title: 'When nothing but the end moves, the store is asked to touch the session, not to write it all',
      run: async (bench) => {
        bench.needs('store');
        const app = await bench.start({ settings: { rolling: true, maxAge: HOUR } });
        const ann = await knownTo(app);
        bench.clock.advance(MINUTE);
        await ann.get(userOf);
        const writes = app.watched.writes();
        return verdict(String(writes) === 'touch', `asked to ${writes.join(', ') || 'do nothing'}`);
      },
    },
  ],
};

async function knownTo(app: App): Promise<Visitor> {
  const ann = await loggedIn(app);
  // Some begin the record anew at the second request.
  await ann.get(userOf);
  app.store?.forget();
  return ann;
}

async function idle(app: App, visitor: Visitor | undefined, page: Handler): Promise<Finding> {
  const { setCookies } = await (visitor ?? app.visitor()).get(page);
  const writes = app.store?.writes() ?? [];
  const done = [
    ...(setCookies.length > 0 ? ['a cookie was sent'] : []),
    ...(writes.length > 0 ? [`the store was asked to ${writes.join(', ')}`] : []),
  ];
  return verdict(done.length === 0, done.length === 0 ? 'nothing was done' : done.join(', '));
}
