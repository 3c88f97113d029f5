import { setTimeout } from 'node:timers/promises';
import { quantile } from 'simple-statistics';
import { table, thousands } from '../scale/markdown.ts';
import { EQUAL, type Name, namesOf } from './candidates.ts';
import { withRunners } from './runner.ts';
import type { Report } from './verdict.ts';

/** Each server is started so many times, and takes so many turns of so many requests after each start. */
const SIZE = { starts: 3, warmUp: 4000, turns: 2, requests: 400, perSecond: 500, sessions: 2000 };

const COLUMNS = ['read, p50', 'read, p99', 'write, p50', 'write, p99'] as const;

export async function measureLatency(say: (line: string) => void): Promise<Report> {
  const rows: string[][] = [];
  for (const name of [...namesOf(EQUAL), 'ours, store, all guards'] as const) {
    say(name);
    rows.push([name, ...(await latencyOf(name, SIZE)).map(thousands)]);
  }
  return { tables: [table([`At ${SIZE.perSecond} requests a second, µs`, ...COLUMNS], rows)], missed: [] };
}

/**
 * One server runs at a time.
 * @returns by column, in µs: the lower quartile of the turns, since other processes can only make a turn slower
 */
export async function latencyOf(
  name: Name,
  { starts, warmUp, turns, requests, perSecond, sessions }: typeof SIZE,
): Promise<number[]> {
  const columns: number[][] = COLUMNS.map(() => []);
  for (let start = 0; start < starts; start += 1) {
    await withRunners([name], { sessions, connections: 32 }, async ([runner]) => {
      for (const kind of ['read', 'write'] as const) await runner.visitOften(kind, warmUp, 32);
      for (let turn = 0; turn < turns; turn += 1) {
        const read = await atFixedRate(requests, perSecond, (nth) => runner.visit('read', nth));
        const write = await atFixedRate(requests, perSecond, (nth) => runner.visit('write', nth));
        const found = [read, write].flatMap((micros) => [quantile(micros, 0.5), quantile(micros, 0.99)]);
        for (const [at, column] of columns.entries()) column.push(found[at] ?? Number.NaN);
      }
    });
  }
  return columns.map((column) => quantile(column, 0.25));
}

/** In ms. */
const CLOCK = { now: () => performance.now(), sleep: (ms: number): Promise<void> => setTimeout(ms) };

/**
 * Sends each request when it is due, whether earlier answers have arrived or not. After a delay it sends no burst:
 * that would measure the burst.
 *
 * @returns how long each answer took, in µs
 */
export async function atFixedRate(
  count: number,
  perSecond: number,
  send: (nth: number) => Promise<void>,
  { now, sleep } = CLOCK,
): Promise<number[]> {
  const timed = async (nth: number): Promise<number> => {
    const sent = now();
    await send(nth);
    return (now() - sent) * 1000;
  };
  const answers: Promise<number>[] = [];
  const start = now();
  for (let nth = 0; nth < count; nth += 1) {
    await sleep(Math.max(1, Math.ceil(start + (nth * 1000) / perSecond - now())));
    const answer = timed(nth);
    // Promise.all reports it after the last request.
    answer.catch(() => {});
    answers.push(answer);
  }
  return Promise.all(answers);
}
