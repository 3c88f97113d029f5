import { type Candidate, CANDIDATES, type Name } from './candidates.ts';
import type { Connection } from './connection.ts';
import { type Kind, KINDS } from './kinds.ts';
import { inLanes } from './load.ts';
import { median } from './median.ts';
import { ServerProcess } from './server-process.ts';
import { visitPlain, Visitors } from './visitors.ts';

export interface Size {
  /** How often each candidate has its turn with each kind of request. */
  rounds: number;
  /** Requests of one turn. */
  requests: number;
  /** Sessions that the requests of one candidate are spread over. */
  sessions: number;
}

/** CPU time of the server for one request, in µs, the median of the rounds. */
export type Costs = Record<string, Partial<Record<Kind, number>>>;

/** Rounds that do not count, so that all is compiled. */
const WARM_UPS = 2;

const CONNECTIONS = 4;

/** Requests under way on each of them. */
const DEPTH = 16;

interface Runner {
  candidate: Candidate & { name: Name };
  server: ServerProcess;
  connections: Connection[];
  lanes: Connection[];
  visitors: Visitors;
  costs: Map<Kind, number[]>;
}

/** What a request costs each candidate, by what it does with the session. The candidates take turns. */
export async function measureRequests(
  { rounds, requests, sessions }: Size,
  say: (line: string) => void,
  names: readonly Name[] = CANDIDATES.map(({ name }) => name),
): Promise<Costs> {
  const runners: Runner[] = [];
  try {
    for (const candidate of CANDIDATES.filter(({ name }) => names.includes(name))) {
      runners.push(await startRunner(candidate, sessions));
    }
    // The first rounds only warm up.
    for (let round = 1 - WARM_UPS; round <= rounds; round += 1) {
      say(round < 1 ? 'warming up' : `round ${round} of ${rounds}`);
      for (const kind of KINDS) {
        for (const runner of runners) {
          const cost = await measureTurn(runner, kind, requests);
          if (round > 0) runner.costs.set(kind, [...(runner.costs.get(kind) ?? []), cost]);
        }
      }
    }
  } finally {
    for (const { server, connections } of runners) {
      for (const connection of connections) connection.close();
      await server.stop();
    }
  }
  return Object.fromEntries(
    runners.map(({ candidate, costs }) => [
      candidate.name,
      Object.fromEntries([...costs].map(([kind, all]) => [kind, median(all)])),
    ]),
  );
}

async function startRunner(candidate: Runner['candidate'], sessions: number): Promise<Runner> {
  const server = await ServerProcess.start(candidate.name);
  const connections = await server.connect(CONNECTIONS);
  const lanes = Array.from({ length: DEPTH }, () => connections).flat();
  const visitors = new Visitors({ setsCookies: candidate.keeps === 'cookie' });
  if (candidate.keeps !== 'nothing') {
    await inLanes(lanes, sessions, (connection) => visitors.join(connection));
  }
  return { candidate, server, connections, lanes, visitors, costs: new Map() };
}

async function measureTurn(
  { candidate, server, lanes, visitors }: Runner,
  kind: Kind,
  requests: number,
): Promise<number> {
  const before = await server.cpu();
  await inLanes(lanes, requests, (connection) =>
    candidate.keeps === 'nothing' ? visitPlain(connection) : visitors.visit(connection, kind),
  );
  return ((await server.cpu()) - before) / requests;
}
