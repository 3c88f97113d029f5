import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Patience } from './patience.ts';

const LIMIT = 50;

function never(): Promise<never> {
  return new Promise(() => undefined);
}

/** Answers after so many ms. */
function after(ms: number): () => Promise<string> {
  return () => sleep(ms, 'answer');
}

/** A server that has answered nothing to one call. */
async function hung(): Promise<Patience> {
  const patience = new Patience(LIMIT);
  await expect(patience.wait(never)).rejects.toThrow(`no answer within ${LIMIT} ms`);
  return patience;
}

describe('patience', () => {
  it('lets answers and errors through', async () => {
    const patience = new Patience(LIMIT);
    expect(await patience.wait(after(1))).toBe('answer');
    await expect(patience.wait(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  });

  it('ends after its limit; then one call at a time goes through, and the others fail at once', async () => {
    const patience = await hung();
    const trying = patience.wait(never);
    await expect(patience.wait(after(1))).rejects.toThrow(/not asked again yet/);
    await expect(trying).rejects.toThrow(/no answer within/);
    const again = patience.wait(after(5));
    await expect(patience.wait(after(1))).rejects.toThrow(/not asked again yet/);
    expect(await again).toBe('answer');
    expect(await Promise.all([patience.wait(after(1)), patience.wait(after(1))])).toEqual([
      'answer',
      'answer',
    ]);
  });

  it('is not lost by one answer that never comes, while others do', async () => {
    const patience = new Patience(LIMIT);
    const lost = patience.wait(never);
    await sleep(LIMIT / 2);
    expect(await patience.wait(after(1))).toBe('answer');
    await expect(lost).rejects.toThrow(/no answer/);
    expect(await Promise.all([patience.wait(after(1)), patience.wait(after(1))])).toEqual([
      'answer',
      'answer',
    ]);
  });

  it('is not lost by work of many answers that takes longer than its limit', async () => {
    const patience = new Patience(LIMIT);
    const work = patience.wait(async () => {
      for (let nth = 0; nth < 10; nth += 1) {
        await sleep(LIMIT / 5);
        patience.hear();
      }
    });
    await expect(work).rejects.toThrow(/no answer within/);
    expect(await Promise.all([patience.wait(after(1)), patience.wait(after(1))])).toEqual([
      'answer',
      'answer',
    ]);
  });

  it('is back when a late answer comes', async () => {
    const patience = new Patience(LIMIT);
    await expect(patience.wait(after(2 * LIMIT))).rejects.toThrow(/no answer/);
    await sleep(2 * LIMIT);
    expect(await Promise.all([patience.wait(after(1)), patience.wait(after(1))])).toEqual([
      'answer',
      'answer',
    ]);
  });

  it('is not lost where this process was too busy to hear the answer', async () => {
    const patience = new Patience(LIMIT);
    const answer = patience.wait(after(1));
    const end = performance.now() + 2 * LIMIT;
    while (performance.now() < end);
    expect(await answer).toBe('answer');
  });

  it('keeps a second step from being taken when nobody waits any more', async () => {
    const patience = new Patience(LIMIT);
    let steps = 0;
    const work = patience.wait(async (requireTime) => {
      await sleep(2 * LIMIT);
      requireTime();
      steps += 1;
    });
    await expect(work).rejects.toThrow(/no answer/);
    await sleep(2 * LIMIT);
    expect(steps).toBe(0);
  });
});
