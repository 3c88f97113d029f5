import { fork } from 'node:child_process';
import { once } from 'node:events';
import { freemem } from 'node:os';
import { builtFile } from './build.ts';
import type { Churned } from './stores/churn.ts';
import type { Filled } from './stores/filling.ts';
import { STORES, type StoreName } from './stores/names.ts';
import { median } from './quantile.ts';

export const SIZES = [1_000, 100_000, 1_000_000, 5_000_000] as const;

type Size = (typeof SIZES)[number];

/** Whose sessions a store of ours is churned with. */
export const OWNERS = ['anonymous', 'users'] as const;

type Owners = (typeof OWNERS)[number];

/** Sessions of a store under churn: of one that is next to empty, and of a large one. */
export const HELD = { empty: 1_000, full: 1_000_000 } as const;

export interface StoresMeasured {
  /** By store and number of sessions; text says why a store could not do it. */
  filled: Partial<Record<StoreName, Partial<Record<Size, Filled | string>>>>;
  churned: Record<Owners, Record<keyof typeof HELD, Churned>>;
}

/** Ms that one store may take with one number of sessions. */
const LIMIT = 150_000;

const CHURNS = 3;

export async function measureStores(say: (line: string) => void): Promise<StoresMeasured> {
  const filled: StoresMeasured['filled'] = {};
  for (const name of Object.keys(STORES) as StoreName[]) {
    for (const size of SIZES) {
      say(`${name}, ${size} sessions`);
      filled[name] = { ...filled[name], [size]: await inProcess<Filled>('fill', name, size) };
    }
  }
  const churnOf = async (owners: Owners): Promise<StoresMeasured['churned'][Owners]> => {
    say(`churn, ${owners}`);
    const empty = await measureChurn(owners, HELD.empty);
    return { empty, full: await measureChurn(owners, HELD.full) };
  };
  return { filled, churned: { anonymous: await churnOf('anonymous'), users: await churnOf('users') } };
}

async function measureChurn(owners: Owners, held: number): Promise<Churned> {
  const runs: Churned[] = [];
  for (let nth = 0; nth < CHURNS; nth += 1) {
    const run = await inProcess<Churned>('churn', owners, held);
    if (typeof run === 'string') throw new Error(`the churn of ${held} sessions: ${run}`);
    runs.push(run);
  }
  return {
    p50: Number(median(runs.map(({ p50 }) => p50)).toFixed(2)),
    p999: Number(median(runs.map(({ p999 }) => p999)).toFixed(1)),
    // What the store does in one piece comes in each run; where the system let the process wait does not.
    longest: Number(Math.min(...runs.map((run) => run.longest)).toFixed(2)),
  };
}

/** @returns what the process tells, or why it does not */
async function inProcess<Told>(what: string, name: string, size: number): Promise<Told | string> {
  const megabytes = Math.floor((freemem() * 0.8) / 2 ** 20);
  const child = fork(builtFile('store'), [what, name, String(size)], {
    execArgv: ['--expose-gc', `--max-old-space-size=${megabytes}`],
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    timeout: LIMIT,
    killSignal: 'SIGKILL',
  });
  let printed = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    printed = (printed + text).slice(-2000);
  });
  let told: Told | undefined;
  child.on('message', (message: Told) => {
    told = message;
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  if (told !== undefined) return told;
  if (signal === 'SIGKILL') return `not done in ${LIMIT / 1000} s`;
  if (printed.includes('heap out of memory')) return `more than ${megabytes} MiB`;
  throw new Error(`the store's process has ended (${signal ?? `exit code ${code}`}): ${printed}`);
}
