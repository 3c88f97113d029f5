import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { query } from '../testing/classic-stores.ts';
import { after, caught, Locks, type MaybePromise, run, wait } from './waiting.ts';

/** A promise that a test settles. */
function makeDeferred<T>() {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((...both) => {
    [resolve, reject] = both;
  });
  return { promise, resolve, reject };
}

/** A promise that never settles. */
const never = (): Promise<never> => new Promise(() => undefined);

/** Lets everything run that is ready. */
const idle = (): Promise<void> => new Promise((done) => setImmediate(done));

describe('an operation that answers at once', () => {
  it('has run when run() returns, and its value is no promise', () => {
    const locks = new Locks();
    expect([locks.run('id', () => 1), locks.run('id', () => 2), locks.size]).toEqual([1, 2, 0]);
  });

  it('throws at once, and the next one runs', () => {
    const locks = new Locks();
    const error = new Error('disk full');
    expect(() =>
      locks.run('id', () => {
        throw error;
      }),
    ).toThrow(error);
    expect(locks.run('id', () => 'next')).toBe('next');
  });

  it('waits for one that is under way on its id', async () => {
    const locks = new Locks();
    const first = makeDeferred<string>();
    const order: string[] = [];
    const opening = locks.run('id', () => first.promise);
    const second = locks.run('id', () => order.push('second'));
    const third = locks.run('id', () => order.push('third'));
    await idle();
    expect(order).toEqual([]);
    order.push('first');
    first.resolve('answer');
    expect([await opening, await second, await third]).toEqual(['answer', 2, 3]);
    expect(order).toEqual(['first', 'second', 'third']);
  });
});

describe('operations that answer later', () => {
  it('on one id run one after another, in the order in which they came', async () => {
    const locks = new Locks();
    const underWay = { now: 0, highest: 0 };
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: 20 }, async (_, nth) =>
        locks.run('id', async () => {
          underWay.now += 1;
          underWay.highest = Math.max(underWay.highest, underWay.now);
          for (let turn = nth % 3; turn >= 0; turn -= 1) await idle();
          order.push(nth);
          underWay.now -= 1;
        }),
      ),
    );
    expect(underWay.highest).toBe(1);
    expect(order).toEqual(Array.from({ length: 20 }, (_, nth) => nth));
  });

  it('on different ids do not wait for each other', async () => {
    const locks = new Locks();
    const stuck = makeDeferred<void>();
    const first = locks.run('a', () => stuck.promise);
    expect(await locks.run('b', async () => 'free')).toBe('free');
    expect(locks.run('__proto__', () => 'free')).toBe('free');
    stuck.resolve();
    await first;
  });

  it('leave the next one to run when they fail', async () => {
    const locks = new Locks();
    const first = makeDeferred<string>();
    const failing = locks.run('id', () => first.promise);
    const throwing = locks.run('id', () => {
      throw new Error('thrown in its turn');
    });
    const last = locks.run('id', () => 'last');
    first.reject(new Error('no connection'));
    await expect(failing).rejects.toThrow('no connection');
    await expect(throwing).rejects.toThrow('thrown in its turn');
    expect(await last).toBe('last');
  });

  it('leave nothing behind, done or failed', async () => {
    const locks = new Locks();
    const done = makeDeferred<void>();
    const failed = makeDeferred<void>();
    const first = locks.run('a', () => done.promise);
    const second = locks.run('b', () => failed.promise);
    const third = locks.run('b', () => undefined);
    expect(locks.size).toBe(2);
    done.resolve();
    failed.reject(new Error('no connection'));
    await first;
    await expect(second).rejects.toThrow('no connection');
    await third;
    expect(locks.size).toBe(0);
    expect(locks.run('b', () => 'at once again')).toBe('at once again');
  });

  it('have released their id when their result is there', async () => {
    const locks = new Locks();
    await locks.run('id', async () => idle());
    expect(locks.run('id', () => 'at once')).toBe('at once');
  });

  it('may return any object with a then', async () => {
    const locks = new Locks();
    const first = makeDeferred<string>();
    const order: string[] = [];
    const thenable = {
      // oxlint-disable-next-line unicorn/no-thenable -- like promises of other libraries
      then: (...both: [() => void]) => void first.promise.then(...both),
    } as unknown as Promise<string>;
    const result = locks.run('id', () => thenable);
    const next = locks.run('id', () => order.push('next'));
    await idle();
    expect(order).toEqual([]);
    first.resolve('answer');
    expect(await result).toBe('answer');
    expect(await next).toBe(1);
  });
});

describe('an operation that never settles', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  it('holds up those behind it for half a minute, and then they run one after another', async () => {
    const locks = new Locks();
    const order: string[] = [];
    void locks.run('id', never);
    const second = makeDeferred<void>();
    const ahead = locks.run('id', () => (order.push('ahead'), second.promise));
    const behind = locks.run('id', () => order.push('behind'));
    await vi.advanceTimersByTimeAsync(29_999);
    expect(order).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(order).toEqual(['ahead']);
    second.resolve();
    await Promise.all([ahead, behind]);
    expect([order, locks.size]).toEqual([['ahead', 'behind'], 0]);
  });

  it('holds them up for the given time, counted from when it runs', async () => {
    const locks = new Locks();
    const order: string[] = [];
    void locks.run('id', never, 1000);
    void locks.run('id', never, 1000);
    void locks.run('id', () => order.push('last'));
    await vi.advanceTimersByTimeAsync(1999);
    expect(order).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(order).toEqual(['last']);
  });

  it('is forgotten when its time is over, and has no effect when it ends later', async () => {
    const locks = new Locks<object>();
    const late = makeDeferred<string>();
    const id = {};
    const first = locks.run(id, () => late.promise);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(locks.size).toBe(0);
    const second = makeDeferred<void>();
    void locks.run(id, () => second.promise);
    late.resolve('late');
    expect([await first, locks.size]).toEqual(['late', 1]);
  });

  it('leaves no timer when it is done or fails', async () => {
    const locks = new Locks();
    await locks.run('id', async () => 'done');
    await expect(locks.run('id', () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    await Promise.all([
      locks.run('id', async () => 1),
      locks.run('id', () => 2),
      locks.run('id', async () => 3),
    ]);
    expect([vi.getTimerCount(), locks.size]).toEqual([0, 0]);
  });
});

function counted<Result>(work: () => Result): { runs: number; answer: Promise<Result> } {
  const made = {
    runs: 0,
    answer: query(() => {
      made.runs += 1;
      return work();
    }) as Promise<Result>,
  };
  return made;
}
const fail = (): never => {
  throw new Error('no connection');
};

describe('a result that has only a then, and runs when that is called', () => {
  it('runs once, however many wait for it', async () => {
    const locks = new Locks();
    const ways: [string, (answer: Promise<number>) => MaybePromise<number>][] = [
      ['after', (answer) => after(answer, (value) => value)],
      ['caught', (answer) => caught(() => answer, fail)],
      ['wait', (answer) => run(wait(answer))],
      ['a lock', (answer) => locks.run('id', () => answer)],
      ['a lock that waits', (answer) => (void locks.run('id', idle), locks.run('id', () => answer))],
    ];
    for (const [name, way] of ways) {
      const made = counted(() => 1);
      expect([name, await way(made.answer), made.runs]).toEqual([name, 1, 1]);
    }
  });

  it('fails as a promise does', async () => {
    const failed = await caught(
      () => counted(fail).answer,
      (error) => (error as Error).message,
    );
    expect(failed).toBe('no connection');
    await expect(after(counted(fail).answer, () => 1)).rejects.toThrow('no connection');
    await expect(new Locks().run('id', () => counted(fail).answer)).rejects.toThrow('no connection');
  });
});
