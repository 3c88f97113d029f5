import { builtinModules } from 'node:module';
import { UsageError } from './failure.ts';

/** Longest that the registry takes (npm's rules for package names). */
const LONGEST = 214;

/** Names that npm refuses, and those of devices, which no folder can have on Windows. */
const TAKEN = /^(node_modules|favicon\.ico|con|prn|aux|nul|com\d|lpt\d)$/;

/** One part of a name: what stands in a URL as it is, and does not begin with a dot or an underscore. */
const PART = /^[a-z0-9-][a-z0-9._-]*$/;

/**
 * Why npm would refuse a name for a package.
 *
 * @returns undefined if the name will do
 */
export function nameProblem(name: string): string | undefined {
  if (name === '') return 'it is empty';
  if (name.length > LONGEST) return `it has ${name.length} characters, and ${LONGEST} is the most`;
  const [, scope, base = name] = /^@([^/]*)\/([^/]*)$/.exec(name) ?? [];
  if (/[A-Z]/.test(name)) return 'it has capital letters';
  if (/\s/.test(name)) return 'it has blanks';
  if (/^[._]/.test(base) || (scope !== undefined && /^[._]/.test(scope))) {
    return 'it begins with a dot or an underscore';
  }
  if (name.startsWith('-')) return 'it begins with a hyphen';
  if (!PART.test(base) || (scope !== undefined && !PART.test(scope))) {
    return 'it has characters other than a-z, 0-9, -, . and _';
  }
  if (TAKEN.test(base) || builtinModules.includes(name)) {
    return `${base} is a name that means something else to npm, Node or Windows`;
  }
  return undefined;
}

/**
 * @returns the name
 * @throws {UsageError} when npm would refuse it
 */
export function checkName(name: string): string {
  const problem = nameProblem(name);
  if (problem === undefined) return name;
  throw new UsageError(
    `npm refuses ${JSON.stringify(name)} as the name of a package: ${problem}. Try ${proposeName(name)}`,
  );
}

/** The valid name that is nearest to what was given; 'koa-app' if nothing of it is left. */
export function proposeName(given: string): string {
  const [, scope = '', base = given] = /^@([^/]*)\/([^/]*)$/.exec(given.trim()) ?? [];
  const proposed = plain(scope) === '' ? plain(base) : `@${plain(scope)}/${plain(base)}`;
  const short = proposed.slice(0, LONGEST).replace(/[-._]+$/, '');
  if (nameProblem(short) === undefined) return short;
  const isTaken = TAKEN.test(plain(base)) || builtinModules.includes(plain(base));
  return isTaken ? `${plain(base).replaceAll(/[._]/g, '-')}-app` : 'koa-app';
}

function plain(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/\p{Mn}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replaceAll(/-{2,}/g, '-')
    .replaceAll(/^[-._]+|[-.]+$/g, '');
}
