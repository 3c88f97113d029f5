import { expect, it } from 'vitest';
import { atFixedRate } from './fixed-rate.ts';

/** A clock that each pause moves on by a millisecond. */
function clock() {
  let time = 0;
  return {
    now: () => time,
    pause: async () => {
      // What is there already comes first.
      await Promise.resolve();
      time += 1;
    },
    pass: (ms: number) => void (time += ms),
  };
}

const RATE = { count: 5, perSecond: 1000 };

it('tells how long each answer took', async () => {
  const { pass, ...time } = clock();
  const took = await atFixedRate({ count: 3, perSecond: 100 }, async () => pass(2), time);
  expect(took).toEqual([2, 2, 2]);
});

it('sends at the rate that was asked for', async () => {
  const time = clock();
  const sent: number[] = [];
  await atFixedRate({ count: 3, perSecond: 100 }, async () => void sent.push(time.now()), time);
  expect(sent).toEqual([0, 10, 20]);
});

it('sends no burst after a pause of its own, but one request in each millisecond', async () => {
  const { pass, ...time } = clock();
  const sent: number[] = [];
  const send = async (nth: number): Promise<void> => {
    sent.push(time.now());
    if (nth === 0) pass(10);
  };
  await atFixedRate(RATE, send, time);
  expect(sent).toEqual([0, 11, 12, 13, 14]);
});

it('does not wait for an answer before the next request', async () => {
  const { now, pause } = clock();
  let underWay = 0;
  const took = await atFixedRate(
    RATE,
    async () => {
      underWay += 1;
      while (underWay < RATE.count) await Promise.resolve();
    },
    { now, pause },
  );
  expect(took).toHaveLength(RATE.count);
});

it('ends with the error of the first request that fails', async () => {
  const { now, pause } = clock();
  const failing = atFixedRate(
    RATE,
    async (nth) => {
      if (nth === 2) throw new Error('wrong answer');
    },
    { now, pause },
  );
  await expect(failing).rejects.toThrow('wrong answer');
});
