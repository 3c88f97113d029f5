import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pack, type PackedSession, unpack } from './packed-session.ts';

const time = fc.option(fc.oneof(fc.integer({ min: 0, max: 8e15 }), fc.double({ noNaN: true })), {
  nil: undefined,
});
const text = fc.string({ unit: 'binary', maxLength: 400 });

it('a session comes out of its string as it went in, whatever its numbers and texts', () => {
  const session = fc.record<PackedSession>({
    text,
    life: fc.option(
      fc.record({
        createdAt: time,
        idleEndsAt: time,
        maxAge: fc.option(fc.oneof(fc.constant('session' as const), fc.integer({ min: -8e15, max: 8e15 })), {
          nil: undefined,
        }),
        hasOwnMaxAge: fc.boolean(),
      }),
      { nil: undefined },
    ),
    version: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
    userId: fc.option(text, { nil: undefined }),
    endsAt: fc.oneof(fc.double({ noNaN: true }), fc.constantFrom(Infinity, -Infinity)),
  });
  fc.assert(
    fc.property(fc.array(session, { minLength: 1, maxLength: 3 }), (sessions) => {
      // All first, since they share what they are packed in.
      expect(sessions.map(pack).map(unpack)).toEqual(sessions);
    }),
  );
});
