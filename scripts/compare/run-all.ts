import { fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { adaptersOf } from './adapters.ts';
import type { Case, Finding } from './case.ts';

/** A middleware and what was found of it. */
export interface Column {
  name: string;
  version: string;
  setUp: string;
  /** By id of the case. */
  findings: Map<string, Finding>;
}

interface Job {
  module: string;
  nth: number;
  column: Column;
}

/**
 * Puts all cases to all adapters of the modules, each adapter in a process of its own, as many at once as there are cores.
 *
 * @param onColumn is told of each that is done
 */
export async function runAll(
  modules: readonly string[],
  cases: readonly Case[],
  onColumn: (column: Column) => void,
): Promise<Column[]> {
  const jobs: Job[] = [];
  for (const module of modules) {
    for (const [nth, { name, version, setUp }] of (await adaptersOf(module)).entries()) {
      jobs.push({ module, nth, column: { name, version, setUp, findings: new Map() } });
    }
  }
  const waiting = [...jobs];
  const work = async (): Promise<void> => {
    for (let job = waiting.shift(); job; job = waiting.shift()) {
      await runJob(job, cases);
      onColumn(job.column);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return jobs.map(({ column }) => column);
}

async function runJob({ module, nth, column }: Job, cases: readonly Case[]): Promise<void> {
  const ids = cases.map(({ id }) => id);
  const child = fork(new URL('child.ts', import.meta.url), [module, String(nth), ...ids], {
    execArgv: ['--import', 'tsx'],
    // What the libraries print is not ours to show; what ends the process is.
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let printed = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    printed = (printed + text).slice(-2000);
  });
  child.on('message', ({ id, finding }: { id: string; finding: Finding }) => {
    column.findings.set(id, finding);
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  for (const id of ids) {
    if (column.findings.has(id)) continue;
    const saw = `its process ended (${signal ?? `exit code ${code}`}): ${printed}`;
    column.findings.set(id, { verdict: 'broken', saw });
  }
}
