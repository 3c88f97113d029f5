import { EventEmitter, once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TimeoutBreaker } from './timeout-breaker.ts';

const LIMIT = 1000;
const FAILS_AT_ONCE = /this call was not sent/;

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'performance'],
  });
});

afterEach(() => {
  vi.useRealTimers();
});

function never(): Promise<never> {
  return new Promise(() => undefined);
}

/** Answers after `ms`. */
function after(ms: number): () => Promise<string> {
  return () => new Promise((resolve) => setTimeout(resolve, ms, 'answer'));
}

/** The answer of a call, or the message of its error. */
function outcomeOf(call: Promise<unknown>): Promise<unknown> {
  return call.catch((error: Error) => error.message);
}

/** Lets `ms` pass, and runs everything that is due. */
async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  // With these timers setImmediate runs a millisecond later.
  await vi.advanceTimersByTimeAsync(1);
}

/** The outcome of a call after `ms`. */
async function within(ms: number, call: Promise<unknown>): Promise<unknown> {
  let outcome: unknown = 'nothing yet';
  void outcomeOf(call).then((found) => {
    outcome = found;
    return found;
  });
  await pass(ms);
  return outcome;
}

/** A breaker whose server has left one call without an answer. */
async function hung(): Promise<TimeoutBreaker> {
  const breaker = new TimeoutBreaker(LIMIT);
  expect(await within(LIMIT, breaker.wait(never))).toBe(`no answer within ${LIMIT} ms`);
  return breaker;
}

/** Makes two calls at once: one of them would fail if the server counted as hanging. */
async function expectServed(breaker: TimeoutBreaker): Promise<void> {
  const both = Promise.all([breaker.wait(after(1)), breaker.wait(after(1))]);
  expect(await within(1, both)).toEqual(['answer', 'answer']);
}

describe('a timeout breaker', () => {
  it('lets answers and errors through', async () => {
    const breaker = new TimeoutBreaker(LIMIT);
    expect(await within(LIMIT - 1, breaker.wait(after(LIMIT - 1)))).toBe('answer');
    expect(await outcomeOf(breaker.wait(() => Promise.reject(new Error('no'))))).toBe('no');
  });

  it('ends a call at its limit, and not before', async () => {
    const call = new TimeoutBreaker(LIMIT).wait(never);
    expect(await within(LIMIT - 2, call)).toBe('nothing yet');
    expect(await within(1, call)).toBe(`no answer within ${LIMIT} ms`);
  });

  it('lets one call at a time through after a timeout, and the others fail at once', async () => {
    const breaker = await hung();
    const trying = outcomeOf(breaker.wait(never));
    await expect(breaker.wait(after(1))).rejects.toThrow(FAILS_AT_ONCE);
    await pass(LIMIT);
    expect(await trying).toBe(`no answer within ${LIMIT} ms`);
    const again = breaker.wait(after(5));
    await expect(breaker.wait(after(1))).rejects.toThrow(FAILS_AT_ONCE);
    expect(await within(5, again)).toBe('answer');
    await expectServed(breaker);
  });

  it('lets all calls through when one answer never comes, while others do', async () => {
    const breaker = new TimeoutBreaker(LIMIT);
    const lost = outcomeOf(breaker.wait(never));
    await pass(LIMIT / 2);
    expect(await within(1, breaker.wait(after(1)))).toBe('answer');
    await pass(LIMIT);
    expect(await lost).toBe(`no answer within ${LIMIT} ms`);
    await expectServed(breaker);
  });

  it('lets all calls through when work with many answers takes longer than its limit', async () => {
    const breaker = new TimeoutBreaker(LIMIT);
    const work = breaker.wait(async () => {
      for (let nth = 0; nth < 10; nth += 1) {
        await after(LIMIT / 5)();
        breaker.onReply();
      }
    });
    expect(await within(LIMIT, work)).toBe(`no answer within ${LIMIT} ms`);
    await expectServed(breaker);
  });

  it('lets all calls through again when a late answer comes', async () => {
    const breaker = new TimeoutBreaker(LIMIT);
    expect(await within(LIMIT, breaker.wait(after(2 * LIMIT)))).toBe(`no answer within ${LIMIT} ms`);
    await pass(LIMIT);
    await expectServed(breaker);
  });

  it('accepts an answer that this process was too busy to read in time', async () => {
    const breaker = new TimeoutBreaker(LIMIT);
    const arriving = new EventEmitter();
    const call = outcomeOf(breaker.wait(() => once(arriving, 'answer')));
    // The limit is reached, and only then is the answer read.
    vi.advanceTimersToNextTimer();
    arriving.emit('answer');
    await pass(1);
    expect(await call).toEqual([]);
  });

  it('stops work before its next step once its caller has got an error', async () => {
    const breaker = new TimeoutBreaker(LIMIT);
    let steps = 0;
    const work = breaker.wait(async (isOver) => {
      await after(2 * LIMIT)();
      if (isOver()) return;
      steps += 1;
    });
    expect(await within(LIMIT, work)).toBe(`no answer within ${LIMIT} ms`);
    await pass(2 * LIMIT);
    expect(steps).toBe(0);
  });
});
