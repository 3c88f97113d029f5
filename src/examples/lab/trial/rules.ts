import { Buffer } from 'node:buffer';
import { checkSetCookie, parseSetCookie } from '../../../set-cookie/index.ts';
import { type Arrival, ENGINES } from '../prediction.ts';
import { quoted, TRIAL_PATH } from '../question.ts';

/** Paths of all cookies that a request to the trial's address can have. */
const SEEN_PATHS = ['/', '/lab', '/lab/', TRIAL_PATH];

/**
 * Bytes of all lines of one trial. The cookies that a trial leaves behind are no larger. Together with the app's own they
 * stay far below the 16 KiB of headers that Node accepts before it answers 431.
 */
const MOST_BYTES = 5000;
/** In characters. Each of the lines that delete a cookie repeats its name. */
const LONGEST_NAME = 60;
/** In ms. A cookie that ends during the trial would look like one that was dropped. */
const SHORTEST_LIFE = 60_000;

const PATHS_TO_TRY = SEEN_PATHS.map(quoted)
  .join(', ')
  .replace(/, (?=[^,]*$)/, ' or ');

// oxlint-disable-next-line no-control-regex -- they are what it is about
const CONTROL = /[\u0000-\u001F\u007F]/;

/**
 * Why a line cannot be tried, and what to do; undefined if it can. The server only sets cookies with names of the lab's
 * own, of bounded size, on paths where the lab can see and delete them.
 */
export function trialProblem(line: string, before: string, arrival: Arrival): string | undefined {
  const bytes = Buffer.byteLength(line) + Buffer.byteLength(before);
  if (bytes > MOST_BYTES) {
    return `It has ${bytes} bytes, and a trial takes ${MOST_BYTES} at most, so that no large cookie stays behind. Shorten it.`;
  }
  const problemBefore = before === '' ? undefined : lineProblem(before, arrival);
  return problemBefore ?? lineProblem(line, arrival);
}

function lineProblem(line: string, arrival: Arrival): string | undefined {
  if (CONTROL.test(line)) {
    return 'It has a control character, such as a line break, which this server does not send. Remove it.';
  }
  const { name, attributes } = parseSetCookie(line);
  if (!isOwnName(name)) {
    return `Its name is ${quoted(name)}. So that a trial touches no cookie of the app, it takes only "lab" and names that begin with "lab-", of at most ${LONGEST_NAME} ASCII characters, with or without __Host- or __Secure- before them. Rename it.`;
  }
  const path = attributes.find(([attribute, text]) => isPath(attribute) && !isSeen(text))?.[1];
  if (path !== undefined) {
    return `Its path is ${quoted(path)}, where the lab could neither see nor delete it. Try it with ${PATHS_TO_TRY}.`;
  }
  if ([undefined, ...ENGINES].some((engine) => endsSoon(line, { ...arrival, engine }))) {
    return `It ends in less than a minute, maybe before the trial is over. Give it ${SHORTEST_LIFE / 1000} seconds or more.`;
  }
  return undefined;
}

function isPath(attribute: string): boolean {
  return attribute.toLowerCase() === 'path';
}

/** A path that is not absolute, such as one in quotes, counts as missing: browsers take the folder of the address. */
function isSeen(path: string): boolean {
  return !path.startsWith('/') || SEEN_PATHS.includes(path);
}

/** Call it for each engine: they differ in which of several ends counts. */
function endsSoon(line: string, arrival: Arrival): boolean {
  const { stored, cookie } = checkSetCookie(line, arrival);
  return stored && cookie?.expires !== undefined && cookie.expires - arrival.now < SHORTEST_LIFE;
}

/**
 * Names of the lab's own, `lab` and `lab-…`. The cookies of the app have other names, so a trial can neither replace nor
 * delete them, nor those of other programs on this machine: all ports of a host share their cookies. Only ASCII, since for
 * WebKitGTK a line ends at any other character, and the cookie would have no name.
 */
function isOwnName(name: string): boolean {
  return (
    /^(?:__Host-|__Secure-)?lab(?:-[ -~]*)?$/i.test(name) &&
    !/[=;,]/.test(name) &&
    name.length <= LONGEST_NAME
  );
}

/**
 * All are needed. A cookie with a prefix, or in a frame of another site, is only deleted with `Secure`, a partitioned one
 * only with `Partitioned`. Where browsers refuse `Secure` over plain HTTP, a cookie is only deleted without it.
 */
const KINDS = ['', '; Secure; SameSite=None', '; Secure; SameSite=None; Partitioned'];

/** Not `Max-Age=0`: Firefox then keeps the cookie until the current second is over. */
const LONG_AGO = 'Thu, 01 Jan 1970 00:00:00 GMT';

/** The cookies of a request that have one of the lab's own names, as `name=value`. */
export function labCookies(cookieHeader: string): string[] {
  // Node reads headers as one character a byte.
  return Buffer.from(cookieHeader, 'latin1')
    .toString('utf8')
    .split(';')
    .map((pair) => parseSetCookie(pair))
    .filter(({ name }) => isOwnName(name))
    .map(({ name, value }) => `${name}=${value}`);
}

/** Those of the names in lines or pairs that are the lab's own. */
export function labNames(lines: readonly string[]): string[] {
  return lines.map((line) => parseSetCookie(line).name).filter(isOwnName);
}

/**
 * The lines that delete cookies, whatever their attributes were.
 *
 * @param host the host that set them, without its port
 */
export function removals(names: readonly string[], host: string): string[] {
  const places = SEEN_PATHS.flatMap((path) => [`; Path=${path}`, `; Path=${path}; Domain=${host}`]);
  return [...new Set(names)].flatMap((name) =>
    places.flatMap((place) => KINDS.map((kind) => `${name}=; Expires=${LONG_AGO}${place}${kind}`)),
  );
}
