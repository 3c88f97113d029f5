import { fork } from 'node:child_process';
import { once } from 'node:events';
import { inLanes } from '../lanes.ts';
import { builtFile } from './build.ts';
import { CANDIDATES, type Name } from './candidates.ts';
import { type Connection, openConnection } from './connection.ts';
import { Visitors } from './visitors.ts';
import type { Kind } from './workload.ts';

type Runner = Awaited<ReturnType<typeof startRunner>>;

export interface RunnerOptions {
  /** At least the requests at the same time: of two concurrent changes of one session, one would be lost. */
  sessions?: number;
  connections: number;
  /** Added to the environment of the server. */
  env?: NodeJS.ProcessEnv;
}

/** Runs servers of these candidates while `work` runs. */
export async function withRunners<const Names extends readonly Name[], Result>(
  names: Names,
  options: RunnerOptions,
  work: (runners: { [At in keyof Names]: Runner }) => Promise<Result>,
): Promise<Result> {
  const runners: Runner[] = [];
  try {
    for (const name of names) runners.push(await startRunner(name, options));
    return await work(runners as { [At in keyof Names]: Runner });
  } finally {
    for (const runner of runners) await runner.stop();
  }
}

/** The server of a candidate in its own process, and its visitors. */
async function startRunner(name: Name, { sessions = 2000, connections: number, env }: RunnerOptions) {
  const server = fork(builtFile('server'), [name], {
    // Without the TypeScript loader of this process.
    execArgv: [],
    env: { ...process.env, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let errors = '';
  server.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-2000);
  });
  const end = once(server, 'close').then(([code]) => {
    throw new Error(`the server ended with exit code ${code}: ${errors}`);
  });
  end.catch(() => {});
  const reply = async (): Promise<number> => {
    const [message] = (await Promise.race([once(server, 'message'), end])) as [number];
    return message;
  };
  const port = await reply();
  const connections = await Promise.all(Array.from({ length: number }, () => openConnection(port)));
  const connection = (nth: number): Connection => connections[nth % number] as Connection;
  const visitors = new Visitors(CANDIDATES[name].keeps);
  await inLanes(sessions, number, (_nth, lane) => visitors.join(connection(lane)));
  return {
    name,
    /** CPU time of the server so far, in µs. */
    cpu(): Promise<number> {
      server.send('cpu');
      return reply();
    },
    /** Sends a request over the nth connection, counted round, and checks the answer. */
    visit: (kind: Kind, nth: number) => visitors.visit(connection(nth), kind),
    /** Sends `count` requests, at most `atOnce` of them at the same time. */
    visitOften: (kind: Kind, count: number, atOnce: number) =>
      inLanes(count, atOnce, (_nth, lane) => visitors.visit(connection(lane), kind)),
    async stop(): Promise<void> {
      for (const one of connections) one.close();
      const exit = once(server, 'exit');
      server.disconnect();
      await exit;
    },
  };
}
