import createError from 'http-errors';
import type { Context } from 'koa';
import { parseSetCookie } from '../../set-cookie/index.ts';

/** Path at which a trial sets and looks for its cookie, and for which the lab predicts unless told otherwise. */
export const TRIAL_PATH = '/lab/trial';

/** Of one line, in characters: a cookie of 4096 bytes and some attributes. */
const LONGEST_LINE = 5000;

/** Of one line. Each takes a sentence or more on the page, and browsers know nine. */
const MOST_ATTRIBUTES = 50;

/** In characters. The URL parser takes n² steps to normalize a host of n characters. */
const LONGEST_ADDRESS = 2000;

const FIRST_LINE = 'lab=hello; Path=/; SameSite=Lax; HttpOnly';

/** What is asked of the lab: all of it stands in the address, so that a page can be linked. */
export interface Question {
  /** The line that is explained. */
  line: string;
  /** The line of a cookie that is there already; '' if there is none. */
  before: string;
  /** Address of the response that carries the line. */
  url: string;
}

/**
 * Address of the lab with a question.
 *
 * @param question what is empty is left out; `trial` is the id of the trial that leads there
 */
export function labAddress(question: Partial<Question & { trial: string }>): string {
  const given = Object.entries(question).filter(([, value]) => value !== '');
  const part = question.trial === undefined ? 'explained' : 'tried';
  return `/lab?${new URLSearchParams(given).toString()}#${part}`;
}

/** What the address of a page asks. Without a line it is one to begin with. */
export function questionOf(ctx: Context): Question {
  const text = (name: string): string => queryText(ctx, name).trim();
  const isComposed = ctx.query['name'] !== undefined;
  return {
    line: isComposed
      ? composeLine((name) => queryText(ctx, name))
      : withoutHeaderName(text('line')) || FIRST_LINE,
    before: withoutHeaderName(text('before')),
    url: text('url') || originOf(ctx) + TRIAL_PATH,
  };
}

/** @throws 422 for a line that would take the server long to explain, and nobody would read to the end */
export function requireExplainable({ line, before }: Question): void {
  for (const one of [line, before]) {
    if (one.length > LONGEST_LINE) {
      throw createError(
        422,
        `A line has ${one.length} characters, and the lab explains ${LONGEST_LINE} at most. Shorten its value.`,
      );
    }
    // Empty attributes count too: each is parsed again for every engine.
    const length = one.split(';').length - 1;
    if (length <= MOST_ATTRIBUTES) continue;
    throw createError(
      422,
      `A line has ${length} attributes, and the lab explains ${MOST_ATTRIBUTES} at most. Leave out those that the question is not about.`,
    );
  }
}

/** A copied line has the name of the header before it. */
function withoutHeaderName(line: string): string {
  return line.replace(/^set-cookie:\s*/i, '');
}

/** A value of the query, or '' if it is missing; of several the first. */
export function queryText(ctx: Context, name: string): string {
  return [ctx.query[name] ?? ''].flat()[0] ?? '';
}

/** The fields of the form beside name and value, and the attributes that they stand for. */
const ATTRIBUTES = {
  path: 'Path',
  domain: 'Domain',
  maxAge: 'Max-Age',
  expires: 'Expires',
  sameSite: 'SameSite',
  secure: 'Secure',
  httpOnly: 'HttpOnly',
  partitioned: 'Partitioned',
};
const FLAGS = new Set(['secure', 'httpOnly', 'partitioned']);

type Attribute = keyof typeof ATTRIBUTES;

/** The value of a field: '' if it is left out, 'on' for a flag that is set. */
export type Fields = (name: 'name' | 'value' | Attribute) => string;

/** The line that a server would send. Nothing is corrected: mistakes are what the lab is for. */
export function composeLine(field: Fields): string {
  const given = (Object.keys(ATTRIBUTES) as Attribute[]).filter((name) => field(name) !== '');
  const attributes = given.map((name) => ATTRIBUTES[name] + (FLAGS.has(name) ? '' : `=${field(name)}`));
  return [`${field('name')}=${field('value')}`, ...attributes].join('; ');
}

/** The fields of a line, so that what was pasted can be changed in the form. What the form has no field for is lost. */
export function fieldsOf(line: string): Fields {
  const { name, value, attributes } = parseSetCookie(line);
  const given = new Map(attributes.map(([attribute, text]) => [attribute.toLowerCase(), text]));
  return (field) => {
    if (field === 'name') return name;
    if (field === 'value') return value;
    const text = given.get(ATTRIBUTES[field].toLowerCase());
    return text !== undefined && FLAGS.has(field) ? 'on' : (text ?? '');
  };
}

/** Two names of this machine that are two sites to browsers. */
const OTHER_NAMES = new Map([
  ['localhost', '127.0.0.1'],
  ['127.0.0.1', 'localhost'],
]);

/**
 * The same server under the other name of this machine, which makes it another site.
 *
 * @param origin e.g. 'http://localhost:3000'
 * @returns e.g. 'http://127.0.0.1:3000'; undefined when it is reached under a name that has no such counterpart
 */
export function otherSite(origin: string): string | undefined {
  const url = URL.canParse(origin) ? new URL(origin) : undefined;
  const other = OTHER_NAMES.get(url?.hostname ?? '');
  if (url === undefined || other === undefined) return undefined;
  url.hostname = other;
  return url.origin;
}

/** What is wrong with an address to predict for, in words for its author; undefined if nothing is. */
export function addressProblem(address: string): string | undefined {
  if (address.length > LONGEST_ADDRESS) {
    return `The address has ${address.length} characters, and ${LONGEST_ADDRESS} are taken at most. Shorten it.`;
  }
  if (URL.canParse(address) && /^https?:$/.test(new URL(address).protocol)) return undefined;
  return `${quoted(address)} is no address of a web page. Write one like https://example.com/account.`;
}

/** This server as the browser reaches it, e.g. 'http://localhost:3000'. */
export function originOf(ctx: Context): string {
  return `${ctx.protocol}://${ctx.host}`;
}

/** A value that was seen, for messages; of a long one its beginning and its length. */
export function quoted(value: string): string {
  return value.length > 60 ? `"${value.slice(0, 60)}…" (${value.length} characters)` : `"${value}"`;
}
