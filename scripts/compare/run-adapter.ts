import { inspect } from 'node:util';
import { Bench } from './bench.ts';
import type { Adapter } from './adapter.ts';
import { NotApplicable } from './adapter.ts';
import { type Case, Failure, type Finding } from './case.ts';
import type { Browsers } from './browsers.ts';
import type { Clock } from './clock.ts';

/** How long a case may take, in ms: three starts of a browser on a machine with much else to do. */
const LIMIT = 120_000;

/**
 * Puts cases to a middleware, one after the other.
 *
 * @param onFinding is told of each when it is done
 */
export async function runAdapter(
  adapter: Adapter,
  cases: readonly Case[],
  means: { clock: Clock; browsers: Browsers },
  onFinding: (id: string, finding: Finding) => void,
): Promise<void> {
  const bench = new Bench(adapter, means);
  process.on('unhandledRejection', bench.uncaught).on('uncaughtException', bench.uncaught);
  await adapter.open?.();
  try {
    for (const one of cases) onFinding(one.id, await find(one, bench));
  } finally {
    await adapter.close?.();
    process.off('unhandledRejection', bench.uncaught).off('uncaughtException', bench.uncaught);
  }
}

async function find({ run }: Case, bench: Bench): Promise<Finding> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not done within ${LIMIT / 1000} s`)), LIMIT);
  });
  try {
    const finding = await Promise.race([run(bench), limit]);
    if (bench.notApplicable) throw bench.notApplicable;
    return finding;
  } catch (error) {
    if (error instanceof NotApplicable) return { verdict: 'n/a', saw: error.message };
    if (error instanceof Failure) return { verdict: 'fails', saw: error.message };
    return { verdict: 'broken', saw: inspect(error) };
  } finally {
    clearTimeout(timer);
    await bench.tidy();
  }
}
