import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import type { Logger } from 'pino';
import { ConfigError, readConfig } from './config.ts';
import { loadDotEnv } from './dot-env.ts';
import { createLog } from './http/log.ts';
import { onTerminationSignal } from './http/lifecycle.ts';

/** Delay before a dead worker is replaced, in ms: a worker that dies at startup must not keep a core busy. */
const REPLACE_AFTER = 1000;

if (cluster.isPrimary) {
  try {
    loadDotEnv();
    const { sessionStore, redis, logLevel } = readConfig(process.env);
    if (!redis) {
      throw new ConfigError([
        `SESSION_STORE is ${sessionStore}, and REDIS_URL is not set: each process would know only the sessions that it ` +
          'created or ended itself. Set SESSION_STORE=redis, or run one process: npm start',
      ]);
    }
    await run(availableParallelism(), createLog(logLevel));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exit(1);
  }
} else {
  // SIGHUP is for the primary, but a terminal that closes sends it to every process.
  process.on('SIGHUP', () => undefined);
  await import('./server.ts');
}

/**
 * Runs `count` workers that share one port. On SIGTERM or SIGINT each finishes its requests in flight and ends. SIGHUP
 * replaces the workers one at a time, and no request is dropped.
 */
async function run(count: number, log: Logger): Promise<void> {
  let isEnding = false;
  /** Workers that are ended on purpose. */
  const retired = new Set<Worker>();
  // The first worker starts alone, so that a configuration error is printed once.
  const first = cluster.fork();
  if (!(await listens(first))) process.exit(1);
  for (let nth = 1; nth < count; nth += 1) cluster.fork();
  log.info(`${count} workers, one for each core`);

  cluster.on('exit', (worker, code, signal) => {
    if (isEnding || retired.delete(worker)) return;
    log.error(`Worker ${worker.process.pid} has died (${signal || `code ${code}`}) and will be replaced`);
    setTimeout(() => {
      if (!isEnding && workers().length < count) cluster.fork();
    }, REPLACE_AFTER);
  });

  onTerminationSignal(process, async (signal) => {
    isEnding = true;
    log.info(`${signal}: all workers finish their requests in flight`);
    const codes = await Promise.all(workers().map(end));
    return codes.every((code) => code === 0);
  });

  let replacing = Promise.resolve();
  process.on('SIGHUP', () => {
    replacing = replacing.then(replaceAll);
  });

  async function replaceAll(): Promise<void> {
    log.info('SIGHUP: replacing the workers one at a time');
    for (const worker of workers()) {
      if (isEnding) return;
      // A worker that has died is replaced by the listener above.
      if (worker.isDead()) continue;
      const isThere = await listens(cluster.fork());
      if (isEnding) return;
      if (!isThere) {
        log.error('The new worker did not start, so the old workers keep running');
        return;
      }
      retired.add(worker);
      await end(worker);
    }
    log.info('All workers are replaced');
  }
}

function workers(): Worker[] {
  return Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
}

/** Waits until the worker listens; false if it ends first. */
function listens(worker: Worker): Promise<boolean> {
  return Promise.race([once(worker, 'listening').then(() => true), once(worker, 'exit').then(() => false)]);
}

/** @returns the exit code */
async function end(worker: Worker): Promise<number | null> {
  if (worker.isDead()) return worker.process.exitCode;
  const ended = once(worker, 'exit');
  worker.process.kill('SIGTERM');
  const [code, signal] = (await ended) as [number | null, string | null];
  // The signal came before the worker had a listener for it.
  return signal === 'SIGTERM' ? 0 : code;
}
