import { fork } from 'node:child_process';
import { once } from 'node:events';
import { table, thousands } from '../scale/markdown.ts';
import { builtFile } from './build.ts';
import { BYTES, LONGEST } from './goals.ts';
import { median } from './quantile.ts';
import type { Churned, Owners } from './stores/churn.ts';
import { type Goals, judge, type Verdict } from './verdict.ts';

const OWNERS = ['anonymous', 'users'] as const;

/** Sessions of a store, and how often that is measured. */
const SIZES = [
  [100_000, 5],
  [1_000_000, 3],
] as const;

/** A store by whose sessions it has, and how many. */
export interface StoreMeasured extends Churned {
  owners: Owners;
  held: number;
}

export async function measureStores(say: (line: string) => void): Promise<StoreMeasured[]> {
  const measured: StoreMeasured[] = [];
  for (const owners of OWNERS) {
    for (const [held, count] of SIZES) {
      say(`${owners}, ${thousands(held)} sessions`);
      const runs: Churned[] = [];
      while (runs.length < count) runs.push(await inProcess(owners, held));
      measured.push({
        owners,
        held,
        bytes: Math.round(median(runs.map(({ bytes }) => bytes))),
        p50: Number(median(runs.map(({ p50 }) => p50)).toFixed(2)),
        p999: Number(median(runs.map(({ p999 }) => p999)).toFixed(1)),
        longest: Number(median(runs.map((run) => run.longest)).toFixed(2)),
      });
    }
  }
  return measured;
}

async function inProcess(owners: Owners, held: number): Promise<Churned> {
  const child = fork(builtFile('store'), [owners, String(held)], {
    execArgv: ['--expose-gc'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  let told: Churned | undefined;
  child.on('message', (message: Churned) => {
    told = message;
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  if (told) return told;
  throw new Error(
    `the process of a store with ${held} sessions has ended (${signal ?? `exit code ${code}`})`,
  );
}

export function storeTable(measured: readonly StoreMeasured[]): string {
  return table(
    ['A full `MemoryStore`', 'Sessions', 'Bytes of one', 'Request, p50, µs', 'p99.9', 'Longest call, ms'],
    measured.map(({ owners, held, bytes, p50, p999, longest }) => [
      owners,
      thousands(held),
      // Of few sessions the growth of the process itself would be the larger part.
      held < 1_000_000 ? '' : String(bytes),
      p50.toFixed(1),
      p999.toFixed(1),
      longest.toFixed(2),
    ]),
  );
}

export function storeGoals(measured: readonly StoreMeasured[]): Goals {
  const verdicts = (held: number, of: (store: StoreMeasured) => Verdict): Verdict[] =>
    measured.filter((store) => store.held === held).map(of);
  return {
    head: ['A full `MemoryStore`', ...OWNERS],
    rows: [
      [
        'bytes of a session, of 1,000,000',
        ...verdicts(1_000_000, ({ owners, bytes }) => judge(bytes, BYTES[owners])),
      ],
      [
        'longest call under churn, ms, of 100,000',
        ...verdicts(100_000, ({ longest }) => judge(longest, LONGEST)),
      ],
    ],
  };
}
