import { Buffer } from 'node:buffer';
import { checkSetCookie, parseSetCookie } from '../../../set-cookie/index.ts';
import { type Arrival, ENGINES } from '../prediction.ts';
import { quoted, TRIAL_PATH } from '../question.ts';

/** Paths of all cookies that a request to the trial's address can bring. */
const SEEN_PATHS = ['/', '/lab', '/lab/', TRIAL_PATH];

/**
 * Bytes of all the lines of one trial. What a trial leaves behind is at most that, and beside the app's own cookies stays
 * far below the 16 KiB of headers that Node reads: nobody locks themselves out (431).
 */
const MOST_BYTES = 5000;
/** Characters. Each of the lines that remove a cookie repeats its name. */
const LONGEST_NAME = 60;
/** Ms. A cookie that ends on the way would look like one that was dropped. */
const SHORTEST_LIFE = 60_000;

const PATHS_TO_TRY = SEEN_PATHS.map(quoted)
  .join(', ')
  .replace(/, (?=[^,]*$)/, ' or ');

// oxlint-disable-next-line no-control-regex -- they are what it is about
const CONTROL = /[\u0000-\u001F\u007F]/;

/**
 * Why a line is explained but not tried, and what to do; undefined if it may be. The server sets nothing else: a cookie
 * of the lab's own name, of bounded size, which goes only where the lab can see and remove it.
 */
export function trialProblem(line: string, before: string, arrival: Arrival): string | undefined {
  const bytes = Buffer.byteLength(line) + Buffer.byteLength(before);
  if (bytes > MOST_BYTES) {
    return `It has ${bytes} bytes, and ${MOST_BYTES} are tried at most, so that nothing large stays behind. Shorten it.`;
  }
  const problemBefore = before === '' ? undefined : lineProblem(before, arrival);
  return problemBefore ?? lineProblem(line, arrival);
}

function lineProblem(line: string, arrival: Arrival): string | undefined {
  if (CONTROL.test(line)) {
    return 'It holds a control character, such as a line break, and this server does not send those. Take it out.';
  }
  const { name, attributes } = parseSetCookie(line);
  if (!isOwnName(name)) {
    return `Its name is ${quoted(name)}, and so that no cookie of the app is touched, only "lab" and names in ASCII, of at most ${LONGEST_NAME} characters, that begin with "lab-" are tried, with or without __Host- or __Secure- before them. Rename it.`;
  }
  const path = attributes.find(([attribute, text]) => isPath(attribute) && !isSeen(text))?.[1];
  if (path !== undefined) {
    return `Its path is ${quoted(path)}, where the lab could neither see nor remove it. Try it with ${PATHS_TO_TRY}.`;
  }
  if ([undefined, ...ENGINES].some((engine) => endsSoon(line, { ...arrival, engine }))) {
    return `It ends in less than a minute, maybe before the trial is over. Give it ${SHORTEST_LIFE / 1000} seconds or more.`;
  }
  return undefined;
}

function isPath(attribute: string): boolean {
  return attribute.toLowerCase() === 'path';
}

/** One that is not absolute, such as one in quotes, is as good as none: then the folder of the trial's address counts. */
function isSeen(path: string): boolean {
  return !path.startsWith('/') || SEEN_PATHS.includes(path);
}

/** Engines do not agree on which of several ends counts. */
function endsSoon(line: string, arrival: Arrival): boolean {
  const { stored, cookie } = checkSetCookie(line, arrival);
  return stored && cookie?.expires !== undefined && cookie.expires - arrival.now < SHORTEST_LIFE;
}

/**
 * Names of the lab's own, `lab` and `lab-…`. The app's cookies are called otherwise, so none of them can be replaced or
 * removed, nor those of other programs on this machine: all ports of a host share their cookies. In ASCII alone, since
 * WebKitGTK takes a line to end at anything else, and would make a cookie without a name of it.
 */
function isOwnName(name: string): boolean {
  return (
    /^(?:__Host-|__Secure-)?lab(?:-[ -~]*)?$/i.test(name) &&
    !/[=;,]/.test(name) &&
    name.length <= LONGEST_NAME
  );
}

/**
 * Each is needed by some: a cookie with one of the prefixes, or one in a frame of another site, is only removed with
 * `Secure`, a partitioned one only with `Partitioned`, and where `Secure` is refused over plain HTTP only without it.
 */
const KINDS = ['', '; Secure; SameSite=None', '; Secure; SameSite=None; Partitioned'];

/** Not `Max-Age=0`, which ends now: Firefox then keeps what it should remove until the second is over, and lists it later. */
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

/** The lab's own names, of lines and of pairs. */
export function labNames(lines: readonly string[]): string[] {
  return lines.map((line) => parseSetCookie(line).name).filter(isOwnName);
}

/**
 * The lines that remove cookies, whatever their attributes were.
 *
 * @param host that set them, without its port
 */
export function removals(names: readonly string[], host: string): string[] {
  const places = SEEN_PATHS.flatMap((path) => [`; Path=${path}`, `; Path=${path}; Domain=${host}`]);
  return [...new Set(names)].flatMap((name) =>
    places.flatMap((place) => KINDS.map((kind) => `${name}=; Expires=${LONG_AGO}${place}${kind}`)),
  );
}
