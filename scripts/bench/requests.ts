import { EQUAL, GUARDED, type Name, namesOf, OTHERS } from './candidates.ts';
import { costGoals, costTable, overheadTable, type Turns } from './costs.ts';
import { REQUESTS } from './goals.ts';
import { withRunners } from './runner.ts';
import { type Report, reportOf } from './verdict.ts';
import { byKind, KINDS } from './workload.ts';

/**
 * `launches`: how often every server is started, since two processes of one program are not equally fast. `warmUps`:
 * rounds that do not count, so that the JIT has compiled everything. `requests`: of a server in a round, for each kind.
 */
const SHORT = { launches: 2, warmUps: 5, rounds: 8, requests: 600, sessions: 2000 };
const FULL = { launches: 4, warmUps: 6, rounds: 10, requests: 1000, sessions: 2000 };

/** Measures what a request of each kind costs each candidate. The candidates take turns. */
export async function takeTurns(
  names: readonly Name[],
  { launches, warmUps, rounds, requests, sessions }: typeof FULL,
  say: (line: string) => void,
  env: NodeJS.ProcessEnv = {},
): Promise<Turns> {
  const turns: Turns = new Map(names.map((name) => [name, byKind<number[]>(() => [])]));
  for (let launch = 1; launch <= launches; launch += 1) {
    say(`start ${launch} of ${launches}`);
    await withRunners(names, { sessions, connections: 4, env }, async (runners) => {
      for (let round = 1 - warmUps; round <= rounds; round += 1) {
        for (const kind of KINDS) {
          for (const runner of runners) {
            const before = await runner.cpu();
            await runner.visitOften(kind, requests, 64);
            const micros = ((await runner.cpu()) - before) / requests;
            if (round > 0) turns.get(runner.name)?.[kind].push(micros);
          }
        }
      }
    });
  }
  return turns;
}

export async function measureRequests(say: (line: string) => void, short: boolean): Promise<Report> {
  const [equal, guarded, others] = [namesOf(EQUAL), namesOf(GUARDED), namesOf(OTHERS)];
  const turns = await takeTurns(short ? equal : [...equal, ...guarded], short ? SHORT : FULL, say);
  const tables = [costTable('Equal set-up', equal, turns)];
  if (!short) {
    tables.push(
      costTable('With all guards', guarded, turns),
      costTable('Other frameworks', others, await takeTurns(others, SHORT, say)),
      overheadTable([...equal.slice(1), 'ours, store, all guards'], turns),
    );
  }
  return reportOf(['What sessions cost', ...KINDS], costGoals(REQUESTS, turns), tables);
}
