import { fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { inLanes } from '../lanes.ts';
import { adaptersOf } from './adapters.ts';
import type { Finding } from './outcome.ts';

/** A middleware, and what the cases found. */
export interface Column {
  name: string;
  version: string;
  setUp: string;
  /** By id of the case. */
  findings: Map<string, Finding>;
}

/** Tries the cases on all adapters of the modules: a process for each adapter, as many at once as there are cores. */
export async function runAll(
  modules: readonly string[],
  ids: readonly string[],
  onColumn: (column: Column) => void,
): Promise<Column[]> {
  const columns: Column[] = [];
  const jobs: (() => Promise<void>)[] = [];
  for (const module of modules) {
    for (const [nth, { name, version, setUp = '' }] of (await adaptersOf(module)).entries()) {
      const column = { name, version, setUp, findings: new Map<string, Finding>() };
      columns.push(column);
      jobs.push(async () => {
        await runChild([module, String(nth)], ids, column.findings);
        onColumn(column);
      });
    }
  }
  await inLanes(jobs.length, availableParallelism(), async (nth) => jobs[nth]?.());
  return columns;
}

async function runChild(
  adapter: string[],
  ids: readonly string[],
  findings: Map<string, Finding>,
): Promise<void> {
  const child = fork(new URL('child.ts', import.meta.url), [...adapter, ...ids], {
    execArgv: ['--import', 'tsx'],
    // The output of the libraries is dropped, except for an error that ends the process.
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let printed = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    printed = (printed + text).slice(-2000);
  });
  child.on('message', ({ id, finding }: { id: string; finding: Finding }) => findings.set(id, finding));
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  for (const id of ids.filter((id) => !findings.has(id))) {
    const saw = `its process ended (${signal ?? `exit code ${code}`}): ${printed}`;
    findings.set(id, { verdict: 'broken', saw });
  }
}
