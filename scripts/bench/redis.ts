import { table } from '../scale/markdown.ts';
import { type Client, readInfo, withServer } from '../scale/tools.ts';
import { type Name, namesOf, ON_REDIS, REDIS_URL } from './candidates.ts';
import { costGoals, costTable } from './costs.ts';
import { REDIS, ROUND_TRIPS } from './goals.ts';
import { takeTurns } from './requests.ts';
import { withRunners } from './runner.ts';
import { judge, type Report, reportOf } from './verdict.ts';
import { type ByKind, byKind, KINDS } from './workload.ts';

const SIZE = { launches: 4, warmUps: 5, rounds: 7, requests: 600, sessions: 2000 };

/**
 * Counters of Redis. A read takes all commands that have arrived, so it is a round trip. Commands inside scripts
 * count too.
 */
const COUNTERS = ['reads_processed', 'commands_processed', 'net_input_bytes', 'net_output_bytes'];

/** Requests over which the counters are averaged. */
const COUNTED = 100;

export function measureRedis(say: (line: string) => void): Promise<Report> {
  return withServer([], async (client, { url }) => {
    const env = { [REDIS_URL]: url };
    const names = namesOf(ON_REDIS);
    const turns = await takeTurns(['bare Koa', 'bare Express', ...names], SIZE, say, env);
    say('round trips');
    const ours = await trafficOf('ours, redis', client, env);
    const others = await trafficOf('connect-redis', client, env);
    const roundTrips = KINDS.map((kind) => judge(ours[kind][0] ?? Number.NaN, ROUND_TRIPS[kind]));
    return reportOf(
      ['What sessions in Redis cost', ...KINDS],
      [...costGoals(REDIS, turns), ['ours, redis, round trips', ...roundTrips]],
      [
        costTable('CPU of the app', names, turns),
        table(
          ['Round trips; commands run; bytes to Redis; from it', ...KINDS],
          [
            ['ours, redis', ...KINDS.map((kind) => ours[kind].join('; '))],
            ['connect-redis', ...KINDS.map((kind) => others[kind].join('; '))],
          ],
        ),
      ],
    );
  });
}

/** @returns by how much one request raises each of the counters */
export function trafficOf(name: Name, client: Client, env: NodeJS.ProcessEnv): Promise<ByKind<number[]>> {
  return withRunners([name], { sessions: COUNTED, connections: 1, env }, async ([runner]) => {
    const traffic = byKind<number[]>(() => []);
    for (const kind of KINDS) {
      // The first request may have to load a script.
      await runner.visitOften(kind, 1, 1);
      await client.configResetStat();
      await runner.visitOften(kind, COUNTED, 1);
      const raised = await readInfo(client);
      traffic[kind] = COUNTERS.map((counter) => Math.round(raised(`total_${counter}`) / COUNTED));
    }
    return traffic;
  });
}
