import type { Choices } from './choices.ts';

/** Of a package.json, what is read or changed here. */
export interface Manifest {
  name: string;
  version: string;
  private: true;
  type: string;
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  engines: { node: string };
  allowScripts?: Record<string, boolean>;
}

/** A package-lock.json, `lockfileVersion` 3. */
export interface Lockfile {
  name: string;
  version: string;
  packages: Record<string, LockedPackage>;
}

interface LockedPackage extends Partial<Manifest> {
  license?: string;
  dev?: boolean;
  optional?: boolean;
}

const VERSION = '0.1.0';

/** Scripts for what an app has not got. */
const OWN_SCRIPTS = new Set([
  'bench',
  'browsers',
  'build:session',
  'compare',
  'input-cost',
  'pack:create',
  'test:all',
  'test:create',
  'test:nodes',
  'weight',
]);

/** Packages for what an app has not got: WebKitGTK by WebDriver, and the count of lines. */
const OWN_PACKAGES = new Set(['esbuild', 'ivya', 'js-tokens']);

/** Those of them that nothing else needs. */
const OWN_ALONE = ['ivya', 'js-tokens'];

/** The app's package.json. */
export function manifestFor(ours: Manifest, { name, store, pm }: Choices): Manifest {
  const { dependencies, optionalDependencies } = runtimeDependencies(ours, store);
  return {
    name,
    version: VERSION,
    private: true,
    type: ours.type,
    scripts: scriptsFor(ours.scripts),
    dependencies,
    devDependencies: withoutOwn(ours.devDependencies),
    ...(optionalDependencies && { optionalDependencies }),
    engines: ours.engines,
    // Of npm alone.
    ...(pm === 'npm' && ours.allowScripts && { allowScripts: ours.allowScripts }),
  };
}

/**
 * `npm test` is for the app: the session layer comes with some 2,000 tests of its own, which are of use to who changes it,
 * and have a script of their own.
 */
function scriptsFor(ours: Manifest['scripts']): Manifest['scripts'] {
  const kept = Object.entries(ours).filter(([script]) => !OWN_SCRIPTS.has(script));
  const scripts = Object.fromEntries(
    kept.map(([script, command]) => [
      script,
      command.replace('vitest run src/ scripts/', 'vitest run src/ --exclude=src/session/**'),
    ]),
  );
  return {
    ...scripts,
    'test:session':
      'node scripts/setup.js unit && vitest run src/session/ --maxWorkers=100% --testTimeout=120000 --hookTimeout=120000',
  };
}

function withoutOwn(packages: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(packages).filter(([name]) => !OWN_PACKAGES.has(name)));
}

/** The app's package-lock.json: the same packages in the same versions. */
export function lockFor(ours: Lockfile, { name, store }: Choices): Lockfile {
  const packages: Lockfile['packages'] = {};
  for (const [path, locked] of Object.entries(ours.packages)) {
    packages[path] = { ...locked };
    // Only the client of Redis is optional for running; what is so for developing belongs to other systems.
    if (store === 'redis' && !locked.dev) delete packages[path].optional;
  }
  for (const name of OWN_ALONE) delete packages[`node_modules/${name}`];
  const { license: _license, ...root } = packages[''] ?? {};
  return {
    ...ours,
    name,
    version: VERSION,
    packages: {
      ...packages,
      '': {
        ...root,
        name,
        version: VERSION,
        ...runtimeDependencies(root, store),
        ...(root.devDependencies && { devDependencies: withoutOwn(root.devDependencies) }),
      },
    },
  };
}

/** The client of Redis is optional, but not where sessions live there. */
function runtimeDependencies(
  { dependencies = {}, optionalDependencies = {} }: Partial<Manifest>,
  store: Choices['store'],
): Pick<Manifest, 'dependencies' | 'optionalDependencies'> {
  if (store !== 'redis') return { dependencies, optionalDependencies };
  const all = { ...dependencies, ...optionalDependencies };
  return {
    dependencies: Object.fromEntries(
      Object.entries(all).toSorted(([one], [other]) => (one < other ? -1 : 1)),
    ),
    optionalDependencies: undefined,
  };
}
