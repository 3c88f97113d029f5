export const STORES = ['memory', 'cookie', 'redis'] as const;
export type Store = (typeof STORES)[number];

export const PACKAGE_MANAGERS = ['npm', 'pnpm', 'yarn', 'bun'] as const;
export type PackageManager = (typeof PACKAGE_MANAGERS)[number];

/** All that is decided before anything is made. */
export interface Choices {
  /** Where to, as it was given: relative to the working directory, or absolute. */
  directory: string;
  /** Name of the package. */
  name: string;
  store: Store;
  /** Without the example pages. */
  minimal: boolean;
  pm: PackageManager;
  install: boolean;
  git: boolean;
}

/** The command that begins with the package manager's name, as its users write it. */
export function runs(pm: PackageManager, script: string): string {
  // `bun test` is a test runner of its own.
  if (pm === 'bun') return `bun run ${script}`;
  if (pm === 'npm' && script !== 'start' && script !== 'test') return `npm run ${script}`;
  return `${pm} ${script}`;
}

/** Which package manager started this process, by what it says of itself, e.g. 'pnpm/10.4.0 npm/? node/v20.20.0'. */
export function callerOf(env: NodeJS.ProcessEnv): { pm: PackageManager; version: string } {
  const [, name, version = ''] = /^(\w+)\/(\S+)/.exec(env['npm_config_user_agent'] ?? '') ?? [];
  return { pm: PACKAGE_MANAGERS.find((one) => one === name) ?? 'npm', version };
}
