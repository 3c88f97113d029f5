import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { median } from 'simple-statistics';
import { builtFile } from './build.ts';
import type { Churned, Owners } from './churn.ts';
import { BYTES, LONGEST } from './goals.ts';
import { judge, type Report, reportOf, type Verdict } from './verdict.ts';

const OWNERS = ['anonymous', 'users'] as const;

export async function measureStores(say: (line: string) => void): Promise<Report> {
  const [bytes, longest]: [Verdict[], Verdict[]] = [[], []];
  for (const owners of OWNERS) {
    say(owners);
    const large = await inProcesses(3, owners, 1_000_000);
    bytes.push(judge(Math.round(median(large.map((store) => store.bytes))), BYTES[owners]));
    const small = await inProcesses(5, owners, 100_000);
    longest.push(judge(median(small.map((store) => store.longest)), LONGEST));
  }
  return reportOf(
    ['A full `MemoryStore`', ...OWNERS],
    [
      ['bytes of a session, of 1,000,000', ...bytes],
      ['longest call under churn, ms, of 100,000', ...longest],
    ],
  );
}

async function inProcesses(runs: number, owners: Owners, held: number): Promise<Churned[]> {
  const args = ['--expose-gc', builtFile('store'), owners, String(held)];
  const env = { ...process.env, NODE_ENV: 'production' };
  const found: Churned[] = [];
  while (found.length < runs) {
    const { stdout } = await promisify(execFile)(process.execPath, args, { env });
    found.push(JSON.parse(stdout) as Churned);
  }
  return found;
}
