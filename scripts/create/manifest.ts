import { posix } from 'node:path';
import type { Choices } from './choices.ts';

type Versions = Record<string, string>;

/** A package.json, and its fields that are read or changed here. */
export interface Manifest {
  name: string;
  version: string;
  scripts: Record<string, string>;
  dependencies: Versions;
  devDependencies: Versions;
  optionalDependencies?: Versions;
  [field: string]: unknown;
}

/** A package-lock.json, `lockfileVersion` 3. */
export interface Lockfile {
  name: string;
  version: string;
  packages: Record<string, LockedPackage>;
}

interface LockedPackage extends Partial<Manifest> {
  bin?: Record<string, string>;
  peerDependencies?: Versions;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
}

type Files = ReadonlyMap<string, string>;

/** The app's package.json: the scripts whose files it has, and the packages that something in it uses. */
export function manifestFor(
  ours: Manifest,
  lock: Lockfile,
  files: Files,
  { name, store, pm, sessionTests }: Choices,
): Manifest {
  const scripts = scriptsFor(ours.scripts, files, sessionTests);
  const isUsed = usedIn(files, scripts, lock);
  const used = (packages: Versions = {}): Versions =>
    Object.fromEntries(Object.entries(packages).filter(([one]) => isUsed(one)));
  const optional = used(ours.optionalDependencies);
  // The client of Redis is optional, unless sessions live in Redis.
  const isNeeded = store === 'redis';
  const needed = Object.entries({ ...used(ours.dependencies), ...(isNeeded && optional) });
  return {
    name,
    version: '0.1.0',
    private: true,
    type: ours['type'],
    // What drives the browsers of the end-to-end tests.
    imports: { '#browser': 'playwright/test' },
    scripts,
    dependencies: Object.fromEntries(needed.toSorted(([one], [other]) => one.localeCompare(other, 'en'))),
    devDependencies: used(ours.devDependencies),
    ...(!isNeeded && Object.keys(optional).length > 0 && { optionalDependencies: optional }),
    engines: ours['engines'],
    // Only npm reads it.
    ...(pm === 'npm' && { allowScripts: ours['allowScripts'] }),
  };
}

/** An app has its set-up in one file, is tested in Chromium alone, has no tests of scripts, and words of its own. */
function scriptsFor(ours: Manifest['scripts'], files: Files, sessionTests: boolean): Manifest['scripts'] {
  const scripts: Manifest['scripts'] = {};
  // `npm test` tests the app. The many tests of the session layer are only needed when the layer is changed.
  const tested = `vitest run src/${sessionTests ? ' --exclude=src/session/**' : ''}`;
  for (const [script, ourCommand] of Object.entries(ours)) {
    const command = ourCommand
      .replace('scripts/setup/all.js', 'scripts/setup.js')
      .replace(' && tsx scripts/wording.ts', '')
      .replace(/ --config e2e\/engines\/\S+/, '')
      .replace('vitest run src/ scripts/', tested);
    const named = command.match(/\b(?:scripts|e2e|dist)\/[\w/.-]+\.[jt]s/g) ?? [];
    const needed = named.map((file) => file.replace(/^dist\/(.*)\.js$/, 'src/$1.ts'));
    if (needed.every((file) => files.has(file))) scripts[script] = command;
    if (sessionTests && script === 'test:unit') {
      const ofSession = command.replace(tested, 'vitest run src/session/').replace(/ --reporter.*/, '');
      scripts['test:session'] = ofSession;
    }
  }
  return scripts;
}

/**
 * Whether an app uses a package: a file imports it, a script runs its program, it has the types of a used package, or
 * it is a peer of one.
 */
function usedIn(files: Files, scripts: Manifest['scripts'], lock: Lockfile): (name: string) => boolean {
  const code = Array.from(files).filter(([path]) => /\.[jt]s$/.test(path));
  const imported = new Set(code.flatMap(([, text]) => importsOf(text)));
  const words = new Set(Object.values(scripts).flatMap((command) => command.split(/[\s&]+/)));
  const isUsed = (name: string): boolean =>
    imported.has(name.replace(/^@types\//, '')) ||
    name === '@types/node' ||
    Object.keys(lock.packages[`node_modules/${name}`]?.bin ?? {}).some((program) => words.has(program));
  const top = Object.entries(lock.packages).filter(([path]) => isUsed(path.replace('node_modules/', '')));
  const peers = new Set(top.flatMap(([, { peerDependencies = {} }]) => Object.keys(peerDependencies)));
  return (name) => isUsed(name) || peers.has(name);
}

/** Names of the packages that a file imports: of 'crc/crc32' it is crc. */
export function importsOf(text: string): string[] {
  const found = text.matchAll(
    /(?:\bfrom |\bimport |\bimport\(|\brequire\(|\.url\)\()\s*'((?:@[\w.-]+\/)?[\w.-]+)(?![\w:])/g,
  );
  return Array.from(found, ([, name = '']) => name).filter((name) => !name.startsWith('.'));
}

/** The app's package-lock.json: of the same packages in the same versions, those that its own need. */
export function lockFor(ours: Lockfile, manifest: Manifest): Lockfile {
  const { name, version, dependencies, devDependencies, optionalDependencies } = manifest;
  const { license: _license, optionalDependencies: _optional, ...old } = ours.packages[''] ?? {};
  const root = { ...old, name, version, dependencies, devDependencies };
  const packages = {
    ...ours.packages,
    '': { ...root, ...(optionalDependencies && { optionalDependencies }) },
  };
  const all = reachable(packages);
  const withoutDev = reachable(packages, 'devDependencies');
  const withoutOptional = reachable(packages, 'optionalDependencies');
  const withoutPeers = reachable(packages, 'peerDependencies');
  const always = reachable(packages, 'devDependencies', 'optionalDependencies');
  const kept = Object.entries(packages).filter(([path]) => all.has(path));
  const flagged = kept.map(([path, locked]) => {
    const dev = !withoutDev.has(path);
    const optional = !withoutOptional.has(path);
    const devOptional = !dev && !optional && !always.has(path);
    return [path, withFlags(locked, { dev, optional, devOptional, peer: !withoutPeers.has(path) })] as const;
  });
  return { ...ours, name, version, packages: Object.fromEntries(flagged) };
}

const FIELDS = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'] as const;

/** Paths of the packages that the root depends on, directly or not, if some fields are ignored. */
function reachable(packages: Lockfile['packages'], ...passedOver: (typeof FIELDS)[number][]): Set<string> {
  const fields = FIELDS.filter((field) => !passedOver.includes(field));
  const reached = new Set(['']);
  for (const from of reached) {
    const { peerDependenciesMeta: peers = {}, ...locked } = packages[from] ?? {};
    for (const name of fields.flatMap((field) => Object.keys(locked[field] ?? {}))) {
      // A peer can be optional as well.
      const isPassedOver = peers[name]?.optional && passedOver.includes('optionalDependencies');
      const to = isPassedOver ? undefined : resolved(packages, from, name);
      if (to !== undefined) reached.add(to);
    }
  }
  return reached;
}

/** Node finds a package in the nearest node_modules. */
function resolved(packages: Lockfile['packages'], from: string, name: string): string | undefined {
  const path = posix.join(from, 'node_modules', name);
  if (path in packages) return path;
  return from === ''
    ? undefined
    : resolved(packages, from.replace(/\/?node_modules\/(?:@[^/]+\/)?[^/]+$/, ''), name);
}

const FIRST_KEYS = ['name', 'version', 'resolved', 'integrity'];

/** In npm's order: version and hash, then single values and lists by name, then objects in their old order. */
function withFlags(locked: LockedPackage, flags: Record<string, boolean>): LockedPackage {
  const all = Object.entries({ ...locked, ...flags });
  const set = all.filter(([key, value]) => value === true || !(key in flags));
  return Object.fromEntries(set.toSorted((one, other) => rankOf(one).localeCompare(rankOf(other), 'en')));
}

function rankOf([key, value]: readonly [string, unknown]): string {
  if (FIRST_KEYS.includes(key)) return `${FIRST_KEYS.indexOf(key)}`;
  return typeof value === 'object' && !Array.isArray(value) ? '9' : `8${key}`;
}
