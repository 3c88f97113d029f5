import createError from 'http-errors';
import type { Context } from 'koa';
import { parseSetCookie } from '../../set-cookie/index.ts';

/** Path at which a trial sets its cookie and checks for it, and the default path of predictions. */
export const TRIAL_PATH = '/lab/trial';

/** Of one line, in characters: a cookie of 4096 bytes and some attributes. */
const LONGEST_LINE = 5000;

/** Of one line. Each takes a sentence or more on the page; browsers know nine. */
const MOST_ATTRIBUTES = 50;

/** In characters. The URL parser takes n² steps to normalize a host of n characters. */
const LONGEST_ADDRESS = 2000;

const FIRST_LINE = 'lab=hello; Path=/; SameSite=Lax; HttpOnly';

/** A question to the lab. The address of the page has all of it, so that the page can be linked. */
export interface Question {
  /** The line to explain. */
  line: string;
  /** The line of a cookie that the browser already has; '' for none. */
  before: string;
  /** Address of the response that carries the line. */
  url: string;
}

/**
 * Address of the lab with a question.
 *
 * @param question empty values are left out; `trial` is the id of the trial whose result is shown
 */
export function labAddress(question: Partial<Question & { trial: string }>): string {
  const given = Object.entries(question).filter(([, value]) => value !== '');
  const part = question.trial === undefined ? 'explained' : 'tried';
  return `/lab?${new URLSearchParams(given).toString()}#${part}`;
}

/** The question in the address of a page; without a line, an example. */
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

/** @throws 422 for a line that is too long to explain */
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
      `A line has ${length} attributes, and the lab explains ${MOST_ATTRIBUTES} at most. Leave out those that do not matter here.`,
    );
  }
}

/** A line may be pasted with the name of its header. */
function withoutHeaderName(line: string): string {
  return line.replace(/^set-cookie:\s*/i, '');
}

/** A value of the query: the first if there are several, '' if there is none. */
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

/** The line that a server would send. Mistakes are not corrected: the lab explains them. */
export function composeLine(field: Fields): string {
  const given = (Object.keys(ATTRIBUTES) as Attribute[]).filter((name) => field(name) !== '');
  const attributes = given.map((name) => ATTRIBUTES[name] + (FLAGS.has(name) ? '' : `=${field(name)}`));
  return [`${field('name')}=${field('value')}`, ...attributes].join('; ');
}

/** The fields of a line, so that a pasted line can be edited in the form. Attributes without a field are lost. */
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

/** Two names of this machine that browsers treat as two sites. */
const OTHER_NAMES = new Map([
  ['localhost', '127.0.0.1'],
  ['127.0.0.1', 'localhost'],
]);

/**
 * The same server under the other name of this machine, which makes it another site.
 *
 * @param origin e.g. 'http://localhost:3000'
 * @returns e.g. 'http://127.0.0.1:3000'; undefined for other names
 */
export function otherSite(origin: string): string | undefined {
  const url = URL.canParse(origin) ? new URL(origin) : undefined;
  const other = OTHER_NAMES.get(url?.hostname ?? '');
  if (url === undefined || other === undefined) return undefined;
  url.hostname = other;
  return url.origin;
}

/** What is wrong with an address, as a message for the page; undefined if nothing is. */
export function addressProblem(address: string): string | undefined {
  if (address.length > LONGEST_ADDRESS) {
    return `The address has ${address.length} characters, and the lab takes ${LONGEST_ADDRESS} at most. Shorten it.`;
  }
  if (URL.canParse(address) && /^https?:$/.test(new URL(address).protocol)) return undefined;
  return `${quoted(address)} is not the address of a web page. Write one like https://example.com/account.`;
}

/** This server as the browser reaches it, e.g. 'http://localhost:3000'. */
export function originOf(ctx: Context): string {
  return `${ctx.protocol}://${ctx.host}`;
}

/** A value for a message; of a long one, the beginning and the length. */
export function quoted(value: string): string {
  return value.length > 60 ? `"${value.slice(0, 60)}…" (${value.length} characters)` : `"${value}"`;
}
