import type { Users } from './auth/users.ts';
import type { Config } from './config.ts';
import type { Storage } from './storages/storage.ts';
import { APP_NAME } from './views/layout.ts';

interface Facts {
  storage: Pick<Storage, 'name' | 'title'>;
  users: Pick<Users, 'demo' | 'isEmpty'>;
}

/**
 * What the terminal shows when the app has started on the developer's machine.
 *
 * @param userAgent as npm, pnpm, yarn and bun set it
 */
export function welcome(url: string, { storage, users: { demo } }: Facts, userAgent = 'npm/'): string {
  const [manager] = userAgent.split('/');
  const rows = [
    ['Sessions', `${storage.title.toLowerCase()} (SESSION_STORE=${storage.name})`],
    ...(demo ? [['Log in', `${url}/login as ${demo.name}, password ${demo.password}`]] : []),
    ['Try next', `${manager} test: tests the app, also in a real browser`],
  ];
  const lines = rows.map(([what = '', text]) => `  ${what.padEnd(10)}${text}`);
  return `\n${APP_NAME} runs at ${url}\n\n${lines.join('\n')}\n`;
}

/** What the operator should know when the app starts, in one or two sentences each. */
export function warningsOf(config: Config, { local, users, storage }: Facts & { local: boolean }): string[] {
  const { production, host, trustProxy } = config;
  if (local) return [];
  if (!production) {
    const why = trustProxy ? 'TRUST_PROXY is true' : `HOST is ${host}`;
    return [
      `${why}: other machines can reach this app, so the demo account and stack traces are off. ` +
        'To serve others, set NODE_ENV=production; to develop, set HOST=127.0.0.1 and TRUST_PROXY=false',
    ];
  }
  const warnings: [boolean, string][] = [
    [users.isEmpty === true, 'Nobody can log in: return users of your own from src/users.ts'],
    [
      !trustProxy,
      'Session cookies are Secure and this server speaks http: put a TLS proxy before it and set TRUST_PROXY=true',
    ],
    [
      storage.name === 'memory',
      'SESSION_STORE is memory: a restart logs everybody out. The README says where else sessions can live',
    ],
  ];
  return warnings.flatMap(([holds, warning]) => (holds ? warning : []));
}
