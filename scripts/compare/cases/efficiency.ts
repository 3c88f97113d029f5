import type { Visitor } from '../app.ts';
import { type Group, testCase } from '../case.ts';
import { advanceClock } from '../clock.ts';
import { type Handler, plainPage, setting, userPage } from '../handlers.ts';
import { HOUR, type Kit, MINUTE } from '../kit.ts';
import { check } from '../outcome.ts';

export const EFFICIENCY: Group = {
  name: 'Efficiency',
  about: 'Work that nobody needs.',
  cases: [
    testCase('untouched', 'A first visit sends and stores nothing', async (kit) => {
      await checkIdle(await kit.visitor(), plainPage);
    }),

    testCase('looked-at', 'A first visit to a page that reads the session does not either', async (kit) => {
      await checkIdle(await kit.visitor(), userPage);
    }),

    testCase('read-only', 'A page that reads an existing session sends and stores nothing', async (kit) => {
      await checkIdle(await known(kit), userPage);
    }),

    testCase('same-value', 'A page that sets a key to its old value does not either', async (kit) => {
      await checkIdle(await known(kit), setting('userId', 'ann'));
    }),

    testCase('not-read', 'For a page that ignores the session the store is not read', async (kit) => {
      const ann = await known(kit);
      const { calls } = ann.app.watched;
      await ann.get(plainPage);
      check(calls.length === 0, `the store was asked to ${calls.join(', ')}`);
    }),

    testCase('touch', 'The store is asked to touch a session of which only the end moves', async (kit) => {
      kit.needs('store');
      const ann = await known(kit, { rolling: true, maxAge: HOUR });
      advanceClock(MINUTE);
      await ann.user();
      const writes = ann.app.watched.writes();
      check(String(writes) === 'touch', `asked to ${writes.join(', ') || 'do nothing'}`);
    }),
  ],
};

/** Ann, who is logged in. Some libraries write the record again at the second request. */
async function known(kit: Kit, settings?: Parameters<Kit['loggedIn']>[0]): Promise<Visitor> {
  const ann = await kit.loggedIn(settings);
  await ann.user();
  ann.app.store?.forget();
  return ann;
}

/** Checks that a visit to the page sends no cookie and writes nothing to the store. */
async function checkIdle(visitor: Visitor, page: Handler): Promise<void> {
  const { setCookies } = await visitor.get(page);
  const writes = visitor.app.store?.writes() ?? [];
  const done = [
    ...(setCookies.length > 0 ? ['a cookie was sent'] : []),
    ...(writes.length > 0 ? [`the store was asked to ${writes.join(', ')}`] : []),
  ];
  check(done.length === 0, done.join(', '));
}
