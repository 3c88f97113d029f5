import validate from 'validate-npm-package-name';
import { UsageError } from './failure.ts';

/** Names of devices, which no folder can have on Windows. */
const DEVICE = /^(.*\/)?(con|prn|aux|nul|com\d|lpt\d)$/i;

/**
 * Why a package cannot have a name.
 *
 * @returns undefined if the name will do
 */
export function nameProblem(name: string): string | undefined {
  // The validator throws on half a character of UTF-16; here it becomes U+FFFD, which is invalid.
  const { errors = [], warnings = [] } = validate(Buffer.from(name).toString());
  const [problem] = [...errors, ...warnings];
  if (problem !== undefined) return `npm refuses the name ${JSON.stringify(name)}: ${problem}.`;
  return DEVICE.test(name) ? `Windows refuses the name ${JSON.stringify(name)}: it is a device.` : undefined;
}

/**
 * @returns the name
 * @throws {UsageError} when a package cannot have it
 */
export function checkName(name: string): string {
  const problem = nameProblem(name);
  if (problem === undefined) return name;
  throw new UsageError(`${problem} Try ${proposeName(name)}`);
}

/** The valid name that is nearest to the given one; 'koa-app' if no character of it is valid. */
export function proposeName(given: string): string {
  const [scope, base] = (/^@([^/]*)\/([^/]*)$/.exec(given.trim())?.slice(1) ?? ['', given]).map(plain);
  if (!base) return 'koa-app';
  const proposed = scope ? `@${scope}/${base}` : base;
  // The most characters that npm allows.
  const short = proposed.slice(0, 214).replace(/[-._]+$/, '');
  return nameProblem(short) === undefined ? short : `${base.replaceAll(/[._]/g, '-')}-app`;
}

function plain(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/\p{Mn}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replaceAll(/-{2,}/g, '-')
    .replaceAll(/^[-._]+|[-._]+$/g, '');
}
