import type { Name } from './candidates.ts';
import { type ByKind, byKind, type Kind, KINDS } from './kinds.ts';
import { inLanes } from './load.ts';
import { type Runner, type RunnerOptions, withRunners } from './runner.ts';

export interface RequestsSize {
  /** How often all servers are started anew: two processes of one program are not equally fast. */
  launches: number;
  /** Rounds after each start that do not count, so that all is compiled. */
  warmUps: number;
  /** How often each server has its turn then with each kind of request. */
  rounds: number;
  /** Requests of one turn. */
  requests: number;
  /** Sessions that the requests of one candidate are spread over. */
  sessions: number;
}

/** CPU time of the server's process for one request, µs: by candidate and kind, in the order of the rounds. */
export type Turns = Map<Name, ByKind<number[]>>;

const CONNECTIONS = 4;

/** Requests under way on each of them. */
const DEPTH = 16;

/** What a request costs each candidate, by what it does with the session. The candidates take turns. */
export async function measureRequests(
  names: readonly Name[],
  { launches, warmUps, rounds, requests, sessions }: RequestsSize,
  say: (line: string) => void,
  env: RunnerOptions['env'] = {},
): Promise<Turns> {
  const turns: Turns = new Map(names.map((name) => [name, byKind<number[]>(() => [])]));
  for (let launch = 1; launch <= launches; launch += 1) {
    say(`start ${launch} of ${launches}`);
    await withRunners(names, { sessions, connections: CONNECTIONS, env }, async (runners) => {
      for (let round = 1 - warmUps; round <= rounds; round += 1) {
        for (const kind of KINDS) {
          for (const runner of runners) {
            const turn = await takeTurn(runner, kind, requests);
            if (round > 0) turns.get(runner.name)?.[kind].push(turn);
          }
        }
      }
    });
  }
  return turns;
}

async function takeTurn(runner: Runner, kind: Kind, requests: number): Promise<number> {
  const { server, connections } = runner;
  const lanes = Array.from({ length: DEPTH }, () => connections).flat();
  const before = await server.cpu();
  await inLanes(lanes, requests, (connection) => runner.visit(connection, kind));
  return ((await server.cpu()) - before) / requests;
}
