import { expect, it } from 'vitest';
import type { Life } from '../../core/life.ts';
import { handleOf } from '../../core/session-id.ts';
import {
  DAY,
  lifeUntil,
  requireChanged,
  requireStored,
  requireVersion,
  type Run,
  updateFrom,
  write,
} from './fixtures.ts';

export function describeReading(run: Run): void {
  it(
    'is nothing under an id that was never used',
    run(async ({ store }) => {
      expect(await store.read('never')).toBeUndefined();
    }),
  );

  it(
    'is what create was given, at the version that create returned',
    run(async ({ store }) => {
      const version = await store.create('id', write({ n: 1 }, { userId: 'alice' }));
      expect(version).toBeDefined();
      expect(await store.read('id')).toEqual({ data: '{"n":1}', life: lifeUntil(DAY), version });
    }),
  );

  it.for<[string, Life]>([
    ['that follows the configuration', lifeUntil(1000)],
    ['of its own', lifeUntil(1000, { hasOwnMaxAge: true, maxAge: 1000 })],
    ['until the browser closes', lifeUntil(undefined, { maxAge: 'session', hasOwnMaxAge: true })],
    ['without a beginning', lifeUntil(1000, { createdAt: undefined })],
    ['without any times', lifeUntil(undefined, { createdAt: undefined, maxAge: undefined })],
  ])('has a life %s', async ([, life], context) => {
    await run(async ({ store }) => {
      await store.create('id', write({}, { life }));
      expect(await store.read('id')).toMatchObject({ life });
      // Nothing of the life in between may remain in the next one.
      await updateFrom(store, 'id', write({}, { life: lifeUntil(5000, { maxAge: 5 }) }));
      await updateFrom(store, 'id', write({}, { life }));
      expect(await store.read('id')).toMatchObject({ life });
    })(context);
  });

  it(
    'does not change with the objects that were passed in or out',
    run(async ({ store }) => {
      const created = write({ n: 1 });
      const version = requireVersion(await store.create('id', created));
      created.life.idleEndsAt = 1;
      const found = await requireStored(store, 'id');
      expect(found).toMatchObject({ life: lifeUntil(DAY) });
      found.life.idleEndsAt = 2;
      found.data = '{}';
      const touched = write({}, { life: lifeUntil(DAY + 1) });
      await store.touch('id', version, touched);
      touched.life.idleEndsAt = 3;
      expect(await store.read('id')).toMatchObject({ data: '{"n":1}', life: lifeUntil(DAY + 1) });
      const updated = write({ n: 2 }, { life: lifeUntil(DAY + 2) });
      await store.update('id', version, updated);
      updated.life.idleEndsAt = 4;
      const { life } = requireChanged(await store.update('id', 'of nobody', write({})));
      life.idleEndsAt = 5;
      expect(await store.read('id')).toMatchObject({ data: '{"n":2}', life: lifeUntil(DAY + 2) });
    }),
  );

  it.for<[string, unknown]>([
    ['an empty object', {}],
    ['characters of all planes', { 'ключ 🍪': 'ü — 漢字 👩‍👩‍👧 \u2028' }],
    ['control characters and half a surrogate pair', { a: '\0\u0001\n"\\', b: '\ud83c' }],
    ['numbers', { a: 1e21, b: -0.1, c: Number.MAX_SAFE_INTEGER, d: 5e-324 }],
    ['keys like those of a record', { id: 1, data: '{}', version: 2, expires: null, constructor: 3 }],
    ['keys that look like numbers, and empty ones', { 10: 'a', 9: 'b', '': 'c', ' ': 'd' }],
    [
      'a key for each of 5,000 things',
      Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`k${n}`, n])),
    ],
    ['100 kB of text', { text: 'ü'.repeat(50_000) }],
    ['1,000 objects within each other', nested(1000)],
  ])('is %s, to the last character', async ([, data], context) => {
    await run(async ({ store }) => {
      const session = write(data);
      await store.create('created', session);
      await store.create('updated', write({ other: true }));
      await updateFrom(store, 'updated', session);
      expect((await requireStored(store, 'created')).data).toBe(session.data);
      expect((await requireStored(store, 'updated')).data).toBe(session.data);
    })(context);
  });

  it(
    'is there until it expires, and not longer',
    run(async ({ store, advance }) => {
      await store.create('short', write({}, { ttl: 1000 }));
      await store.create('long', write({}, { ttl: 60_000 }));
      await advance(500);
      expect(await store.read('short')).toBeDefined();
      await advance(600);
      expect(await store.read('short')).toBeUndefined();
      expect(await store.read('long')).toBeDefined();
    }),
  );

  it(
    'stays when it has no end of its own',
    run(async ({ store, leap }) => {
      await store.create('id', write({}, { ttl: undefined }));
      await leap(3650 * DAY);
      expect(await store.read('id')).toBeDefined();
    }),
  );
}

export function describeIds(run: Run): void {
  it.for<[string, string[]]>([
    ['without a visible character', ['', ' ', '\0']],
    ['that is a word of JavaScript', ['__proto__', 'constructor', 'toString', 'null', 'undefined']],
    ['of 10,000 characters', ['x'.repeat(10_000), `${'x'.repeat(9_999)}y`]],
    ['of characters of all planes', ['🍪', '🍩', 'ü', 'u\u0308', 'ÿ']],
    ['that differs only by case or a space', ['id', 'Id', 'ID', ' id', 'id ']],
    [
      'that means something elsewhere',
      ["'; DROP TABLE sessions; --", '../../id', '*', '%', 'a:b', '{a}', '\r\n'],
    ],
  ])('%s names one session', async ([, ids], context) => {
    await run(async ({ store }) => {
      for (const [nth, id] of ids.entries()) await store.create(id, write({ nth }));
      for (const [nth, id] of ids.entries()) {
        expect(await store.read(id)).toMatchObject({ data: JSON.stringify({ nth }) });
      }
      const [first = '', ...others] = ids;
      expect(await store.destroy(first)).toMatchObject({ kind: 'done' });
      expect(await store.read(first)).toBeUndefined();
      for (const id of others) expect(await store.read(id)).toBeDefined();
    })(context);
  });

  it(
    'is not the handle of a session, which opens nothing',
    run(async ({ store }) => {
      await store.create('id', write({}));
      expect(await store.read(handleOf('id'))).toBeUndefined();
    }),
  );
}

function nested(depth: number): object {
  return depth === 0 ? {} : { in: nested(depth - 1) };
}
