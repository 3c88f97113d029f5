import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import type { Profiler } from 'node:inspector';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { table } from '../scale/markdown.ts';
import { withServer } from '../scale/tools.ts';
import { CANDIDATES, type Name, REDIS_URL } from './candidates.ts';
import { withRunners } from './runner.ts';
import type { Kind } from './workload.ts';

const REQUESTS = 50_000;

/** A table of the ten functions that take most of a candidate's time. */
export function profile(name: Name, kind: Kind): Promise<string> {
  if (CANDIDATES[name].keeps !== 'redis') return profileIn({}, name, kind);
  return withServer([], (_client, { url }) => profileIn({ [REDIS_URL]: url }, name, kind));
}

async function profileIn(env: NodeJS.ProcessEnv, name: Name, kind: Kind): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const execArgv = ['--cpu-prof', `--cpu-prof-dir=${folder}`];
  await withRunners([name], { connections: 64, env, execArgv }, ([runner]) =>
    runner.visitOften(kind, REQUESTS, 64),
  );
  const [file = ''] = readdirSync(folder);
  const text = readFileSync(join(folder, file), 'utf8');
  rmSync(folder, { recursive: true });
  return profileTable(JSON.parse(text) as Profiler.Profile);
}

/** Each function without the functions that it calls, and without idle time. */
export function profileTable({ nodes }: Profiler.Profile): string {
  const hits = new Map<string, number>();
  let all = 0;
  for (const { callFrame, hitCount = 0 } of nodes) {
    const { functionName, url, lineNumber } = callFrame;
    if (functionName === '(idle)') continue;
    const key = `${functionName || '(anonymous)'} ${url && `${basename(url)}:${lineNumber + 1}`}`;
    hits.set(key, (hits.get(key) ?? 0) + hitCount);
    all += hitCount;
  }
  const most = [...hits].toSorted(([, one], [, other]) => other - one).slice(0, 10);
  return table(
    ['Of the time', 'Function'],
    most.map(([key, count]) => [`${((count / all) * 100).toFixed(1)} %`, key]),
  );
}
