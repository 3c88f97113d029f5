import type { Config } from './config.ts';
import type { Services } from './pages/services.ts';

/** What the operator should know at the start, a sentence or two each. */
export function warningsOf(config: Config, { local, users, storage }: Services): string[] {
  if (local) return [];
  return config.production
    ? productionWarnings(config, users.isEmpty === true, storage.name)
    : [reachable(config)];
}

function productionWarnings({ trustProxy }: Config, hasNoUsers: boolean, storage: string): string[] {
  return [
    ...(hasNoUsers ? ['Nobody can log in: return users of your own from src/users.ts'] : []),
    ...(trustProxy
      ? []
      : [
          'Session cookies are Secure and this server speaks http: put a TLS proxy before it, TRUST_PROXY=true',
        ]),
    ...(storage === 'memory'
      ? ['SESSION_STORE is memory: a restart logs everybody out. Set SESSION_STORE=cookie to keep sessions']
      : []),
  ];
}

/** Why developer features are off. */
function reachable({ host, trustProxy }: Config): string {
  const why = trustProxy ? 'TRUST_PROXY is true' : `HOST is ${host}`;
  return (
    `${why}: other machines can reach this app, so the demo account and stack traces are off. ` +
    'To serve others set NODE_ENV=production; to develop set HOST=127.0.0.1 and TRUST_PROXY=false'
  );
}
