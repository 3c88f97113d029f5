import type { Profiler } from 'node:inspector/promises';
import { readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { table } from '../scale/markdown.ts';
import { builtFile } from './build.ts';
import { candidateNamed, type Name } from './candidates.ts';
import type { Kind } from './kinds.ts';
import { inLanes } from './load.ts';
import { withRedis } from './redis.ts';
import { withRunners } from './runner.ts';

/** A function and what it takes of the time, what it calls left out. */
export interface Share {
  name: string;
  /** The file and the line. */
  place: string;
  /** Of all the time in which something was done. */
  share: number;
}

const SESSIONS = 2000;
const CONNECTIONS = 4;
const DEPTH = 16;
const WARM_UP = 10_000;
const REQUESTS = 40_000;

/** The ten functions that take most of a candidate's time with requests of a kind. */
export function profile(name: Name, kind: Kind): Promise<Share[]> {
  if (candidateNamed(name).keeps !== 'redis') return profileIn({}, name, kind);
  return withRedis((env) => profileIn(env, name, kind));
}

async function profileIn(env: Record<string, string>, name: Name, kind: Kind): Promise<Share[]> {
  const options = { sessions: SESSIONS, connections: CONNECTIONS, env };
  const seen = await withRunners([name], options, async ([runner]) => {
    if (!runner) throw new Error('one runner was asked for');
    const lanes = Array.from({ length: DEPTH }, () => runner.connections).flat();
    const visit = (count: number): Promise<void> =>
      inLanes(lanes, count, (connection) => runner.visit(connection, kind));
    await visit(WARM_UP);
    await runner.server.ask('startProfile');
    await visit(REQUESTS);
    return runner.server.ask('stopProfile');
  });
  return sharesOf(seen, placeIn(builtFile('server'))).slice(0, 10);
}

/** What V8 calls the time in which nothing is done. */
const IDLE = '(idle)';

/** @returns the functions, the most expensive first */
export function sharesOf(
  { nodes, samples = [], timeDeltas = [] }: Profiler.Profile,
  placeOf: (frame: Profiler.ProfileNode['callFrame']) => string,
): Share[] {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const shares = new Map<string, Share>();
  let busy = 0;
  for (const [at, id] of samples.entries()) {
    const frame = frames.get(id);
    if (!frame || frame.functionName === IDLE) continue;
    const time = timeDeltas[at] ?? 0;
    busy += time;
    const [name, place] = [frame.functionName || '(anonymous)', placeOf(frame)];
    const share = shares.get(`${name} ${place}`) ?? { name, place, share: 0 };
    share.share += time;
    shares.set(`${name} ${place}`, share);
  }
  return [...shares.values()]
    .map((one) => ({ ...one, share: one.share / busy }))
    .toSorted((one, other) => other.share - one.share);
}

/** Says where a function is: in the sources, where the bundle has it from there. */
function placeIn(bundle: string): (frame: Profiler.ProfileNode['callFrame']) => string {
  const map = new SourceMap(JSON.parse(readFileSync(`${bundle}.map`, 'utf8')) as SourceMapPayload);
  return ({ url, lineNumber, columnNumber }) => {
    if (!url.startsWith('file:')) return url === '' ? '' : `${url}:${lineNumber + 1}`;
    const file = fileURLToPath(url);
    if (file !== bundle) return `${relative('', file)}:${lineNumber + 1}`;
    const entry = map.findEntry(lineNumber, columnNumber);
    if (!('originalSource' in entry)) return '';
    return `${relative('', resolve(bundle, '..', entry.originalSource))}:${entry.originalLine + 1}`;
  };
}

export function profileTable(shares: readonly Share[]): string {
  return table(
    ['Of the time', 'Function', 'Where'],
    shares.map(({ name, place, share }) => [`${(share * 100).toFixed(1)} %`, name, place]),
  );
}
