import cluster from 'node:cluster';
import { once } from 'node:events';
import { createApp } from './app.ts';
import { ConfigError, isLocal, readConfig } from './config.ts';
import { loadDotEnv } from './dot-env.ts';
import { ListenError, listen, drainable, onTerminationSignal } from './http/lifecycle.ts';
import { createLog } from './http/log.ts';
import { openStorage } from './storages/storages.ts';
import { appUsers } from './users.ts';
import { welcome } from './start-messages.ts';

try {
  loadDotEnv();
  const config = readConfig(process.env);
  const log = createLog(config.logLevel);
  const storage = await openStorage({ config, log, now: Date.now });
  const local = isLocal(config);
  const users = appUsers({ local });
  const app = createApp(config, { storage, users, log });
  const { server, url } = await listen(app, config);
  log.info(`Listening on ${url}`);
  // A worker is one of many, and the first words would be said by each.
  if (local && !cluster.worker) {
    console.log(welcome(url, { storage, users }, process.env['npm_config_user_agent']));
  }

  const drain = drainable(server, app);
  onTerminationSignal(process, async (signal) => {
    log.info(`${signal}: finishing the requests in flight`);
    const clean = await drain();
    await leaveCluster();
    storage.close?.();
    if (clean) log.info('Ended');
    else log.error('Ended by force: some requests took too long');
    return clean;
  });
} catch (error) {
  // What the person at the keyboard can mend is said without a stack.
  if (!(error instanceof ConfigError || error instanceof ListenError)) throw error;
  console.error(error.message);
  process.exit(1);
}

/**
 * As one of several workers it waits until the primary has heard that it takes no connections any more. One that was handed
 * over before goes back and to another worker; a worker that just ended would leave its client without an answer.
 */
async function leaveCluster(): Promise<void> {
  const { worker } = cluster;
  if (!worker?.isConnected()) return;
  const left = once(worker, 'disconnect');
  worker.disconnect();
  await left;
}
