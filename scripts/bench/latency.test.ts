import { EventEmitter, once } from 'node:events';
import { beforeAll, expect, it } from 'vitest';
import { build } from './build.ts';
import { atFixedRate, latencyOf } from './latency.ts';

/** A clock that each sleep moves. */
function clock() {
  let time = 0;
  return {
    now: () => time,
    sleep: async (ms: number) => {
      // What is due now happens first.
      await Promise.resolve();
      time += ms;
    },
    pass: (ms: number) => void (time += ms),
  };
}

it('measures how long each answer took', async () => {
  const { pass, ...time } = clock();
  const took = await atFixedRate(3, 100, async () => pass(2), time);
  expect(took).toEqual([2000, 2000, 2000]);
});

it('sends requests at the given rate', async () => {
  const time = clock();
  const sent: number[] = [];
  await atFixedRate(3, 100, async () => void sent.push(time.now()), time);
  expect(sent).toEqual([1, 10, 20]);
});

it('sends no burst after a delay, but one request a millisecond', async () => {
  const { pass, ...time } = clock();
  const sent: number[] = [];
  const send = async (nth: number): Promise<void> => {
    sent.push(time.now());
    if (nth === 0) pass(10);
  };
  await atFixedRate(5, 1000, send, time);
  expect(sent).toEqual([1, 12, 13, 14, 15]);
});

it('does not wait for an answer before the next request', async () => {
  // No answer arrives before the last request.
  const last = new EventEmitter();
  const send = async (nth: number): Promise<void> => {
    if (nth < 4) await once(last, 'request');
    else last.emit('request');
  };
  await expect(atFixedRate(5, 1000, send, clock())).resolves.toHaveLength(5);
});

it('ends with the error of the first request that fails', async () => {
  const failure = new Error('wrong answer');
  const send = (nth: number) => (nth === 2 ? Promise.reject(failure) : Promise.resolve());
  await expect(atFixedRate(5, 1000, send, clock())).rejects.toThrow('wrong answer');
});

beforeAll(() => build());

it('measures a server with each kind of request', { timeout: 60_000 }, async () => {
  const size = { starts: 1, warmUp: 32, turns: 1, requests: 10, perSecond: 20, sessions: 32 };
  const micros = await latencyOf('ours, store', size);
  expect(micros).toHaveLength(4);
  for (const figure of micros) expect(figure).toBeGreaterThan(0);
});
