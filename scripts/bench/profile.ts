import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import type { Profiler } from 'node:inspector';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { table } from '../scale/markdown.ts';
import { withServer } from '../scale/tools.ts';
import { REDIS_URL } from './apps/redis.ts';
import { CANDIDATES, type Name } from './candidates.ts';
import type { Kind } from './kinds.ts';
import { inLanes } from './load.ts';
import { startRunner } from './runner.ts';

const REQUESTS = 50_000;

/** The ten functions that take most of a candidate's time with requests of a kind. */
export function profile(name: Name, kind: Kind): Promise<string> {
  if (CANDIDATES[name].keeps !== 'redis') return profileIn({}, name, kind);
  return withServer([], (_client, { url }) => profileIn({ [REDIS_URL]: url }, name, kind));
}

async function profileIn(env: Record<string, string>, name: Name, kind: Kind): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    const execArgv = ['--cpu-prof', `--cpu-prof-dir=${folder}`];
    const runner = await startRunner(name, { sessions: 2000, connections: 64, env, execArgv });
    await inLanes(runner.connections, REQUESTS, (connection) => runner.visit(connection, kind));
    await runner.stop();
    const [file = ''] = readdirSync(folder);
    return profileTable(JSON.parse(readFileSync(join(folder, file), 'utf8')) as Profiler.Profile);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Without what functions call, and without the time in which nothing is done. */
export function profileTable({ nodes }: Profiler.Profile): string {
  const busy = nodes.filter(({ callFrame }) => callFrame.functionName !== '(idle)');
  const hits = new Map<string, number>();
  let all = 0;
  for (const { callFrame, hitCount = 0 } of busy) {
    const place = callFrame.url && `${basename(callFrame.url)}:${callFrame.lineNumber + 1}`;
    const key = `${callFrame.functionName || '(anonymous)'} ${place}`;
    hits.set(key, (hits.get(key) ?? 0) + hitCount);
    all += hitCount;
  }
  const most = [...hits].toSorted(([, one], [, other]) => other - one).slice(0, 10);
  return table(
    ['Of the time', 'Function'],
    most.map(([key, count]) => [`${((count / all) * 100).toFixed(1)} %`, key]),
  );
}
