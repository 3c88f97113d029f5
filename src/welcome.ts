import type { Users } from './auth/users.ts';
import type { Storage } from './storages/storage.ts';
import { APP_NAME } from './views/layout.ts';

interface Facts {
  url: string;
  storage: Pick<Storage, 'name' | 'title'>;
  users: Pick<Users, 'demo'>;
  /** As npm, pnpm, yarn and bun set it. */
  userAgent?: string | undefined;
}

/** What a developer sees in the terminal when the app has started on their own machine. */
export function welcome({ url, storage, users: { demo }, userAgent }: Facts): string {
  const [manager] = (userAgent ?? 'npm/').split('/');
  const rows = [
    ['Sessions', `${storage.title.toLowerCase()}, as SESSION_STORE=${storage.name} in .env says`],
    ...(demo ? [['Log in', `${url}/login as ${demo.name}, password ${demo.password}`]] : []),
    ['Try next', `${manager} test, which proves all of it in a real browser`],
  ];
  const lines = rows.map(([what = '', text]) => `  ${what.padEnd(10)}${text}`);
  return `\n${APP_NAME} runs at ${url}\n\n${lines.join('\n')}\n`;
}
