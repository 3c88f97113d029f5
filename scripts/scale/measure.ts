// Measures what sessions in a RedisStore cost, and what happens where it hurts:
//   npx tsx scripts/scale/measure.ts [section…]
// Starts Redis servers of its own, prints the results and writes them to measured.json beside this file; with names of
// sections it measures only these anew. Bytes and counts repeat. Times depend on the machine and on what else it does: most
// are medians of rounds, and ratios within one run say more than they do.
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { measureFailover, measureHanging } from './cluster.ts';
import { measureCommands } from './commands.ts';
import { measureBigUser, measureContention } from './contention.ts';
import { measureEviction, measureMemory } from './memory.ts';
import { measureApp, measureRequests } from './requests.ts';
import { withServer } from './tools.ts';

const OUTPUT = new URL('measured.json', import.meta.url);

const SECTIONS: Record<string, () => Promise<object>> = {
  memory: measureMemory,
  requests: measureRequests,
  commands: measureCommands,
  app: measureApp,
  contention: measureContention,
  bigUser: measureBigUser,
  hanging: measureHanging,
  failover: measureFailover,
  eviction: measureEviction,
};

const wanted = process.argv.slice(2);
const names = wanted.length > 0 ? wanted : Object.keys(SECTIONS);
const loads: number[] = [];
const measured: Record<string, object> = {};
for (const name of names) {
  const measure = SECTIONS[name];
  if (!measure) throw new Error(`there is no section ${name}: ${Object.keys(SECTIONS).join(', ')}`);
  loads.push(loadavg()[0] ?? 0);
  const start = performance.now();
  measured[name] = await measure();
  console.log(`\n${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  console.dir(measured[name], { depth: 4 });
}
const about = {
  date: new Date().toISOString().slice(0, 10),
  redis: await withServer([], async (client) => /redis_version:(\S+)/.exec(await client.info())?.[1]),
  node: process.version,
  machine: `${cpus()[0]?.model}, ${cpus().length} cores, shared with other work`,
  load: loads.map((load) => Number(load.toFixed(1))),
};
const former = wanted.length > 0 ? (JSON.parse(readFileSync(OUTPUT, 'utf8')) as object) : {};
writeFileSync(OUTPUT, `${JSON.stringify({ ...former, about, ...measured }, undefined, 2)}\n`);
