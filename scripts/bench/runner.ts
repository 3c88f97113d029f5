import { CANDIDATES, type Name } from './candidates.ts';
import type { Connection } from './connection.ts';
import type { Kind } from './kinds.ts';
import { inLanes } from './load.ts';
import { ServerProcess } from './server-process.ts';
import { visitPlain, Visitors } from './visitors.ts';

/** A server of a candidate, and those who visit it. */
export interface Runner {
  name: Name;
  server: ServerProcess;
  connections: Connection[];
  /** One request, whose answer is checked. */
  visit(connection: Connection, kind: Kind): Promise<void>;
  stop(): Promise<void>;
}

export interface RunnerOptions {
  /** Sessions that the requests are spread over. */
  sessions: number;
  connections: number;
  /** Of its process, beside our own. */
  env?: Record<string, string>;
  /** Options of Node. */
  execArgv?: string[];
}

/** Starts a server and begins the sessions. */
export async function startRunner(
  name: Name,
  { sessions, connections: count, env, execArgv }: RunnerOptions,
): Promise<Runner> {
  const { keeps } = CANDIDATES[name];
  const server = await ServerProcess.start(name, env, execArgv);
  const connections = await server.connect(count);
  const visitors = new Visitors({ setsCookies: keeps === 'cookie' });
  const runner: Runner = {
    name,
    server,
    connections,
    visit: (connection, kind) =>
      keeps === 'nothing' ? visitPlain(connection) : visitors.visit(connection, kind),
    async stop() {
      for (const connection of connections) connection.close();
      await server.stop();
    },
  };
  if (keeps === 'nothing') return runner;
  try {
    await inLanes(connections, sessions, (connection) => visitors.join(connection));
    return runner;
  } catch (error) {
    await runner.stop();
    throw error;
  }
}

/** Has `work` done with servers of these candidates, all there at the same time. */
export async function withRunners<Result>(
  names: readonly Name[],
  options: RunnerOptions,
  work: (runners: Runner[]) => Promise<Result>,
): Promise<Result> {
  const runners: Runner[] = [];
  try {
    for (const name of names) runners.push(await startRunner(name, options));
    return await work(runners);
  } finally {
    for (const runner of runners) await runner.stop();
  }
}
