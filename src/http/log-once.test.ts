import { describe, expect, it } from 'vitest';
import { logOnce } from './log-once.ts';

function setUp() {
  let time = 0;
  const told: [string, number][] = [];
  const log = logOnce(
    (error, times) => told.push([(error as Error).message, times]),
    () => time,
  );
  return { told, log, advance: (ms: number) => (time += ms) };
}

describe('a failure that goes on', () => {
  it('is told once, and each minute how often it happened meanwhile', () => {
    const { log, told, advance } = setUp();
    for (let nth = 0; nth < 10_000; nth += 1) log(new Error('away'));
    expect(told).toEqual([['away', 1]]);
    advance(59_999);
    log(new Error('away'));
    expect(told).toHaveLength(1);
    advance(1);
    log(new Error('still away'));
    expect(told.at(-1)).toEqual(['still away', 10_001]);
  });

  it('is told at once when there was an end to the one before', () => {
    const { log, told } = setUp();
    expect(log.isOver()).toBe(false);
    log(new Error('first'));
    expect([log.isOver(), log.isOver()]).toEqual([true, false]);
    log(new Error('second'));
    expect(told).toEqual([
      ['first', 1],
      ['second', 1],
    ]);
  });
});
