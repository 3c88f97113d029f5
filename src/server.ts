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
  // In a cluster each worker would print it.
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
  // The person who starts the app can fix these, so no stack is shown.
  if (!(error instanceof ConfigError || error instanceof ListenError)) throw error;
  console.error(error.message);
  process.exit(1);
}

/**
 * In a cluster, waits until the primary knows that this worker takes no more connections. The primary then gives a
 * connection that was on its way here to another worker. Otherwise its client would get no response.
 */
async function leaveCluster(): Promise<void> {
  const { worker } = cluster;
  if (!worker?.isConnected()) return;
  const left = once(worker, 'disconnect');
  worker.disconnect();
  await left;
}
