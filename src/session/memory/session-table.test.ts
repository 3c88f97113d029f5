import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type HeldSession, SessionTable } from './session-table.ts';

const time = fc.option(fc.oneof(fc.integer({ min: 0, max: 8e15 }), fc.double({ noNaN: true })), {
  nil: undefined,
});
const text = fc.string({ unit: 'binary', maxLength: 400 });

const session = fc.record<HeldSession>({
  key: text,
  slot: fc.constant(undefined),
  data: text,
  life: fc.record({
    createdAt: time,
    idleEndsAt: time,
    maxAge: fc.option(fc.oneof(fc.constant('session' as const), fc.integer({ min: -8e15, max: 8e15 })), {
      nil: undefined,
    }),
    hasOwnMaxAge: fc.boolean(),
  }),
  version: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
  userId: fc.option(text, { nil: undefined }),
  endsAt: fc.oneof(fc.double({ noNaN: true }), fc.constantFrom(Infinity, -Infinity)),
  bytes: fc.nat({ max: 2 ** 40 }),
});

it('a session is read from the table as it was stored, whatever its numbers and strings', () => {
  fc.assert(
    fc.property(fc.array(session, { minLength: 1, maxLength: 3 }), session, (sessions, other) => {
      const table = new SessionTable();
      // All are stored before any is read, since they share arrays.
      const held = sessions.map((one) => ({ ...one, slot: table.put(one) }));
      const all = (): HeldSession[] => held.map(({ slot, key }) => table.get(slot, key));
      expect(all()).toEqual(held);
      const [first] = held;
      if (first) Object.assign(first, other, { slot: first.slot });
      expect(first && table.put(first)).toBe(first?.slot);
      expect(all(), 'after one was stored in its slot again').toEqual(held);
    }),
  );
});

it('each of many sessions has its own slot, and a removed session leaves nothing behind', () => {
  const table = new SessionTable();
  const life = { createdAt: 1, idleEndsAt: 2, maxAge: 1, hasOwnMaxAge: false };
  const held = Array.from({ length: 16_000 }, (_, nth): HeldSession => {
    const userId = nth % 3 === 0 ? undefined : `user-${nth}`;
    return { key: '', slot: undefined, data: `${nth}`, life, version: nth, userId, endsAt: nth, bytes: 1 };
  });
  for (const one of held.slice(0, 10_000)) one.slot = table.put(one);
  expect(new Set(held.map(({ slot }) => slot)).size, '10,000 slots, and undefined').toBe(10_001);
  for (const [nth, one] of held.slice(10_000).entries()) {
    const slot = held[nth]?.slot ?? -1;
    expect(table.remove(slot, '')).toEqual(held[nth]);
    expect(table.get(slot, '')).toMatchObject({ data: '', userId: undefined });
    one.slot = table.put(one);
    expect(one.slot, 'the slot is reused').toBe(slot);
  }
  expect(held.slice(6000).map(({ slot = -1 }) => table.get(slot, ''))).toEqual(held.slice(6000));
});
