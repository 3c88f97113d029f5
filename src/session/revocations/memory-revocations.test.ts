import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryRevocations, type MemoryRevocationsOptions } from './memory-revocations.ts';
import type { RevocableSession, Revocations } from '../core/store.ts';
import { handleOf } from '../core/session-id.ts';

const END = 1_000_000;

/** Revocations on a clock that the test moves. */
function makeRevocations(options: MemoryRevocationsOptions = {}) {
  let time = 0;
  const revocations = new MemoryRevocations({ now: () => time, ...options });
  return { revocations, advance: (ms: number) => void (time += ms) };
}

function sessionOf(userId: string | undefined, id: string, createdAt = 0): RevocableSession {
  return { id, createdAt, userId };
}

function sessionWith(stamp: string, userId: string, id: string): RevocableSession {
  return { id: `${id}~${stamp}`, createdAt: 0, userId, stamp };
}

describe('ending one session', () => {
  it.each(['ada', undefined])('ends it and no other (user %s)', (userId) => {
    const { revocations } = makeRevocations();
    const session = sessionOf(userId, 'a', 10);
    expect(revocations.isRevoked(session)).toBe(false);
    revocations.revoke(session, END);
    expect(revocations.isRevoked(session)).toBe(true);
    expect(revocations.isRevoked(sessionOf(userId, 'b', 10))).toBe(false);
  });

  it('ends it whichever user it belongs to', () => {
    const { revocations } = makeRevocations();
    revocations.revoke(sessionOf(undefined, 'a'), END);
    revocations.revoke(sessionOf('ada', 'b'), END);
    expect(revocations.isRevoked(sessionOf('ada', 'a'))).toBe(true);
    expect(revocations.isRevoked(sessionOf(undefined, 'b'))).toBe(true);
  });

  it('takes one place, also if it is done twice', () => {
    const { revocations } = makeRevocations();
    revocations.revoke(sessionOf('ada', 'a'), END);
    revocations.revoke(sessionOf('ada', 'a'), END);
    expect(revocations.size).toBe(1);
  });
});

describe('ending the sessions of a user', () => {
  it('ends those created up to then, and none of other users', () => {
    const { revocations } = makeRevocations();
    revocations.revokeUser('ada', 10, END);
    const created = (at: number, userId?: string) => revocations.isRevoked(sessionOf(userId, 'a', at));
    expect([9, 10, 11].map((at) => created(at, 'ada'))).toEqual([true, true, false]);
    expect([created(9, 'bob'), created(9)]).toEqual([false, false]);
  });

  it('spares the excepted one', () => {
    const { revocations } = makeRevocations();
    revocations.revokeUser('ada', 10, END, 'mine');
    expect(revocations.isRevoked(sessionOf('ada', 'mine'))).toBe(false);
    expect(revocations.isRevoked(sessionOf('ada', 'other'))).toBe(true);
  });

  it('does not spare it if a later call does not', () => {
    const { revocations } = makeRevocations();
    revocations.revokeUser('ada', 10, END, 'mine');
    revocations.revokeUser('ada', 20, END, 'another');
    expect(revocations.isRevoked(sessionOf('ada', 'mine'))).toBe(true);
    expect(revocations.isRevoked(sessionOf('ada', 'another', 15))).toBe(false);
  });

  it('does not bring back a session by sparing it after an earlier call has ended it', () => {
    const { revocations } = makeRevocations();
    revocations.revokeUser('ada', 10, END, 'mine');
    revocations.revokeUser('ada', 20, END, 'ended');
    expect(revocations.isRevoked(sessionOf('ada', 'ended', 5))).toBe(true);
  });

  it('ends no fewer if a later call has an earlier time', () => {
    const { revocations } = makeRevocations();
    revocations.revokeUser('ada', 20, END, 'mine');
    revocations.revokeUser('ada', 10, END);
    expect(revocations.isRevoked(sessionOf('ada', 'other', 15))).toBe(true);
    expect(revocations.isRevoked(sessionOf('ada', 'mine', 15))).toBe(false);
    expect(revocations.isRevoked(sessionOf('ada', 'mine', 10))).toBe(true);
  });

  it('is not confused with ending a session, even if the user id equals its handle', () => {
    const { revocations } = makeRevocations();
    revocations.revokeUser(handleOf('a'), 10, END);
    expect(revocations.isRevoked(sessionOf('ada', 'a'))).toBe(false);
  });
});

it('the user of a session is read only if the session is as old as a revocation, since that parses its data', () => {
  const { revocations } = makeRevocations();
  const asked: number[] = [];
  const isRevoked = (createdAt: number): boolean =>
    revocations.isRevoked({
      id: `id-${createdAt}`,
      createdAt,
      get userId() {
        asked.push(createdAt);
        return 'ada';
      },
    });
  revocations.revoke(sessionOf('ada', 'other', 30), END);
  expect([isRevoked(5), asked]).toEqual([false, []]);
  revocations.revokeUser('ada', 10, END);
  expect([isRevoked(11), isRevoked(10), asked]).toEqual([false, true, [10]]);
});

it('a session from before the clock was set back ends with those from after that', () => {
  let time = 2000;
  const revocations = new MemoryRevocations({ now: () => time });
  const begin = (id: string) => sessionWith(revocations.stamp(), 'ada', id);
  const sessions = [begin('1')];
  time = 1000;
  sessions.push(begin('2'));
  revocations.revokeUser('ada', time, END);
  sessions.push(begin('3'));
  expect(sessions.map((session) => revocations.isRevoked(session))).toEqual([true, true, false]);
});

it('the user of a session that began after all revocations is not read, whatever the clock says', () => {
  let time = 1000;
  const revocations = new MemoryRevocations({ now: () => time });
  const asked: string[] = [];
  const begin = (id: string) => {
    const stamp = revocations.stamp();
    return {
      ...sessionWith(stamp, 'ada', id),
      get userId() {
        asked.push(id);
        return 'ada';
      },
    };
  };
  const before = begin('before');
  expect([revocations.isRevoked(before), asked]).toEqual([false, []]);
  revocations.revokeUser('bob', time, END);
  time = 0;
  const after = begin('after');
  expect([revocations.isRevoked(after), revocations.isRevoked(before), asked]).toEqual([
    false,
    false,
    ['before'],
  ]);
});

describe('a flood', () => {
  it('of ended sessions of users brings none back: all that are as old as forgotten ones count as ended', () => {
    const { revocations } = makeRevocations({ max: 3 });
    for (let at = 1; at <= 5; at++) revocations.revoke(sessionOf('ada', `${at}`, at), END);
    expect(revocations.size).toBe(3);
    for (let at = 1; at <= 5; at++) {
      expect(revocations.isRevoked(sessionOf('ada', `${at}`, at))).toBe(true);
    }
    const bystander = (at: number) => revocations.isRevoked(sessionOf('bob', 'b', at));
    expect([1, 2, 3].map(bystander)).toEqual([true, true, false]);
  });

  it('of ended users brings none back', () => {
    const { revocations } = makeRevocations({ max: 3 });
    for (let at = 1; at <= 5; at++) revocations.revokeUser(`${at}`, at, END);
    expect(revocations.size).toBe(3);
    for (let at = 1; at <= 5; at++) expect(revocations.isRevoked(sessionOf(`${at}`, 'a', at))).toBe(true);
    expect(revocations.isRevoked(sessionOf('bob', 'b', 3))).toBe(false);
  });

  it('forgets the oldest revocation first, and repeating it makes it the newest', () => {
    const { revocations } = makeRevocations({ max: 2 });
    revocations.revoke(sessionOf('ada', 'old', 1), END);
    revocations.revoke(sessionOf('ada', 'older', 2), END);
    revocations.revoke(sessionOf('ada', 'old', 1), END);
    revocations.revoke(sessionOf('ada', 'new', 9), END);
    // The forgotten one is 'older'.
    expect(revocations.isRevoked(sessionOf('bob', 'b', 2))).toBe(true);
    expect(revocations.isRevoked(sessionOf('bob', 'b', 3))).toBe(false);
    expect(revocations.isRevoked(sessionOf(undefined, 'older'))).toBe(false);
    expect(revocations.isRevoked(sessionOf(undefined, 'old'))).toBe(true);
  });

  it('of ended anonymous sessions logs nobody out, and evicts no revocation of users', () => {
    const { revocations } = makeRevocations({ max: 3 });
    revocations.revoke(sessionOf('ada', 'ended', 1), END);
    for (let at = 1; at <= 50; at++) revocations.revoke(sessionOf(undefined, `${at}`, at), END);
    expect(revocations.size).toBe(4);
    expect(revocations.isRevoked(sessionOf('ada', 'ended', 1))).toBe(true);
    expect(revocations.isRevoked(sessionOf('bob', 'b', 1))).toBe(false);
    const anonymous = [47, 48, 49, 50].map((at) => revocations.isRevoked(sessionOf(undefined, `${at}`, at)));
    expect(anonymous).toEqual([false, true, true, true]);
  });

  it('within one millisecond ends no later login', () => {
    const { revocations } = makeRevocations({ max: 1 });
    const begin = (id: string) => sessionWith(revocations.stamp(), 'ada', id);
    for (const id of ['1', '2', '3']) revocations.revoke(begin(id), END);
    expect(revocations.isRevoked(begin('4'))).toBe(false);
  });

  it('of ended sessions and users brings none back while the clock is behind, and ends no later login', () => {
    let time = 2000;
    const revocations = new MemoryRevocations({ max: 3, now: () => time });
    let made = 0;
    const begin = (userId: string) => sessionWith(revocations.stamp(), userId, `${(made += 1)}`);
    const before = ['ada', 'bob'].map(begin);
    const ended = [0, 1, 2, 3, 4].flatMap((nth) => {
      const [one, other] = [begin('ada'), begin(`user ${nth}`)];
      revocations.revoke(one, END);
      revocations.revokeUser(`user ${nth}`, time, END);
      time -= 300;
      return [one, other];
    });
    const isRevoked = (session: RevocableSession) => revocations.isRevoked(session);
    expect([...before, ...ended].filter((session) => !isRevoked(session))).toEqual([]);
    expect(['ada', 'bob', 'user 0'].map(begin).filter(isRevoked)).toEqual([]);
  });

  it('holds at most an eighth more than max', () => {
    const { revocations } = makeRevocations({ max: 80 });
    const sizes = Array.from({ length: 300 }, (_, at) => {
      revocations.revoke(sessionOf('ada', `${at}`, at), END);
      return revocations.size;
    });
    expect([Math.max(...sizes), Math.min(...sizes.slice(90))]).toEqual([90, 80]);
  });
});

describe('a revocation whose time is over', () => {
  it('is forgotten before any other', () => {
    const { revocations, advance } = makeRevocations({ max: 2 });
    revocations.revoke(sessionOf('ada', 'long', 1), END);
    revocations.revoke(sessionOf('ada', 'short', 2), 1000);
    advance(1000);
    revocations.revoke(sessionOf('ada', 'new', 3), END);
    expect(revocations.size).toBe(2);
    expect(revocations.isRevoked(sessionOf('bob', 'b', 1))).toBe(false);
    expect(revocations.isRevoked(sessionOf('ada', 'long', 1))).toBe(true);
  });

  it('is not forgotten too early', () => {
    const { revocations, advance } = makeRevocations({ max: 1 });
    revocations.revoke(sessionOf('ada', 'short', 1), 1000);
    advance(999);
    revocations.revoke(sessionOf('ada', 'new', 3), END);
    expect(revocations.isRevoked(sessionOf('ada', 'short', 1))).toBe(true);
  });

  it('counts until the later of two times', () => {
    const { revocations, advance } = makeRevocations({ max: 1 });
    revocations.revokeUser('ada', 20, 1000);
    revocations.revokeUser('ada', 10, 2000);
    advance(1500);
    revocations.revokeUser('bob', 30, END);
    expect(revocations.isRevoked(sessionOf('ada', 'a', 20))).toBe(true);
  });
});

it('accepts only a max of one or more', () => {
  for (const max of [0, -1, 1.5, NaN, Infinity]) {
    expect(() => new MemoryRevocations({ max })).toThrow(`max must be a positive integer, got ${max}`);
  }
});

/** Remembers every call, and answers as the contract says. */
class Model implements Revocations {
  readonly #tests: { until: number; ends: (session: RevocableSession) => boolean }[] = [];
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  revoke({ id }: RevocableSession, until: number): void {
    this.#tests.push({ until, ends: (session) => session.id === id });
  }

  revokeUser(userId: string, upTo: number, until: number, except?: string): void {
    const ends = (session: RevocableSession): boolean =>
      session.userId === userId && session.createdAt <= upTo && session.id !== except;
    this.#tests.push({ until, ends });
  }

  isRevoked(session: RevocableSession): boolean {
    return this.#tests.some(({ until, ends }) => this.#now() < until && ends(session));
  }
}

describe('beside a model that forgets nothing', () => {
  const sessions = ['ada', 'bob', 'cy', undefined].flatMap((userId) =>
    [1, 2, 3].flatMap((createdAt) =>
      ['x', 'y'].map((name) => sessionOf(userId, `${userId} ${createdAt} ${name}`, createdAt)),
    ),
  );
  const session = fc.constantFrom(...sessions);
  const until = fc.constantFrom(2, 4, 6, Infinity);
  const call = fc.oneof(
    fc.record({ kind: fc.constant('revoke' as const), session, until }),
    fc.record({
      kind: fc.constant('revokeUser' as const),
      userId: fc.constantFrom('ada', 'bob', 'cy'),
      upTo: fc.integer({ min: 0, max: 4 }),
      until,
      except: fc.option(session, { nil: undefined }),
    }),
    fc.record({ kind: fc.constant('wait' as const) }),
  );

  type Call = typeof call extends fc.Arbitrary<infer T> ? T : never;

  /** The sessions that only the model has ended, after one of the calls. */
  function comeBack(max: number, calls: Call[]): RevocableSession[] {
    let time = 0;
    const now = () => time;
    const bounded = new MemoryRevocations({ max, now });
    const model = new Model(now);
    return calls.flatMap((made) => {
      if (made.kind === 'wait') time++;
      for (const revocations of [bounded, model]) {
        if (made.kind === 'revoke') revocations.revoke(made.session, made.until);
        if (made.kind === 'revokeUser') {
          revocations.revokeUser(made.userId, made.upTo, made.until, made.except?.id);
        }
      }
      return sessions.filter((one) => model.isRevoked(one) && !bounded.isRevoked(one));
    });
  }

  it.each([1, 2, 3, 10])('every ended session of a user stays ended until its time (max %d)', (max) => {
    fc.assert(
      fc.property(fc.array(call, { maxLength: 20 }), (calls) => {
        expect(comeBack(max, calls).filter(({ userId }) => userId !== undefined)).toEqual([]);
      }),
    );
  });

  it('every ended session stays ended while there is room', () => {
    fc.assert(
      fc.property(fc.array(call, { maxLength: 20 }), (calls) => {
        expect(comeBack(20, calls)).toEqual([]);
      }),
    );
  });
});

it('ends no more than the calls say while there is room', () => {
  const session = fc.record({
    id: fc.constantFrom('a', 'b', 'c'),
    createdAt: fc.integer({ min: 0, max: 3 }),
    userId: fc.constantFrom('ada', 'bob', undefined),
  });
  const call = fc.record({ session, upTo: fc.integer({ min: 0, max: 3 }), isOfUser: fc.boolean() });
  fc.assert(
    fc.property(fc.array(call, { maxLength: 8 }), session, (calls, asked) => {
      const both = [new MemoryRevocations({ now: () => 0 }), new Model(() => 0)] as const;
      for (const { session, upTo, isOfUser } of calls) {
        for (const revocations of both) {
          if (isOfUser && session.userId !== undefined) {
            revocations.revokeUser(session.userId, upTo, END, session.id);
          } else {
            revocations.revoke(session, END);
          }
        }
      }
      expect(both[0].isRevoked(asked)).toBe(both[1].isRevoked(asked));
    }),
  );
});
