export const STORES = ['memory', 'cookie', 'redis'] as const;
export type Store = (typeof STORES)[number];

export const PACKAGE_MANAGERS = ['npm', 'pnpm', 'yarn', 'bun'] as const;
export type PackageManager = (typeof PACKAGE_MANAGERS)[number];

/** All decisions about an app. */
export interface Choices {
  /** Where to, as it was given: relative to the working directory, or absolute. */
  directory: string;
  /** Name of the package. */
  name: string;
  store: Store;
  /** Without the example pages. */
  minimal: boolean;
  /** With the session layer's own tests, and all of the layer that they test. */
  sessionTests: boolean;
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

/** The package manager that started this process, by its user agent: 'pnpm/10.4.0 npm/? node/v20.20.0'. */
export function callerOf(env: NodeJS.ProcessEnv): PackageManager {
  const said = env['npm_config_user_agent'] ?? '';
  return PACKAGE_MANAGERS.find((pm) => said.startsWith(`${pm}/`)) ?? 'npm';
}

/** Without these settings a package manager would not install what is needed, or would ask about it. */
export const SETTINGS: Partial<Record<PackageManager, Record<string, string>>> = {
  pnpm: { 'pnpm-workspace.yaml': 'allowBuilds:\n  esbuild: false\n' },
  // For Yarn 2 and later, which by default installs in a way that Node cannot read. Yarn 1 ignores the file.
  yarn: { '.yarnrc.yml': 'nodeLinker: node-modules\nenableScripts: false\n' },
};

/** The storages that an app has: those of its examples, or else the one that it uses, and memory for tests of Redis. */
export function storagesOf({ store, minimal }: Pick<Choices, 'store' | 'minimal'>): Store[] {
  if (store === 'redis') return minimal ? ['memory', 'redis'] : [...STORES];
  return minimal ? [store] : ['memory', 'cookie'];
}
