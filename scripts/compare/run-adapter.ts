import { setTimeout } from 'node:timers/promises';
import { inspect } from 'node:util';
import type { Adapter } from './adapter.ts';
import type { Browser } from './browser.ts';
import type { Case } from './case.ts';
import { Kit } from './kit.ts';
import { Failure, type Finding, NotApplicable } from './outcome.ts';

/** Limit for a case, in ms: enough for three starts of a browser on a busy machine. */
const LIMIT = 120_000;

/** Tries the cases on one middleware, one after the other. */
export async function runAdapter(
  adapter: Adapter,
  cases: readonly Case[],
  openBrowser: () => Promise<Browser>,
  onFinding: (id: string, finding: Finding) => void,
): Promise<void> {
  const kit = new Kit(adapter, openBrowser);
  process.on('unhandledRejection', kit.uncaught).on('uncaughtException', kit.uncaught);
  await adapter.open?.();
  try {
    for (const one of cases) {
      onFinding(one.id, await find(one, kit));
      await kit.tidy();
    }
  } finally {
    await adapter.close?.();
    process.off('unhandledRejection', kit.uncaught).off('uncaughtException', kit.uncaught);
  }
}

async function find({ run }: Case, kit: Kit): Promise<Finding> {
  try {
    const measured = await Promise.race([run(kit), tooLong()]);
    return measured === undefined ? { verdict: 'passes', saw: '' } : { verdict: 'measured', saw: measured };
  } catch (error) {
    if (error instanceof NotApplicable) return { verdict: 'n/a', saw: error.message };
    if (error instanceof Failure) return { verdict: 'fails', saw: error.message };
    return { verdict: 'broken', saw: inspect(error) };
  }
}

async function tooLong(): Promise<never> {
  await setTimeout(LIMIT, undefined, { ref: false });
  throw new Error(`not done within ${LIMIT / 1000} s`);
}
