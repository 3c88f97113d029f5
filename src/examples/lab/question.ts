import createError from 'http-errors';
import type { Context } from 'koa';
import { trialAddress } from './address.ts';
import { composeLine } from './compose.ts';

/** Of one line, in characters: a cookie of 4096 bytes and some attributes. */
const LONGEST_LINE = 5000;

/** Of one line. Each takes a sentence or more on the page, and browsers know nine. */
const MOST_ATTRIBUTES = 50;

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
  return {
    line: ctx.query['name'] === undefined ? withoutHeaderName(text('line')) || FIRST_LINE : composedLine(ctx),
    before: withoutHeaderName(text('before')),
    url: text('url') || trialAddress(ctx),
  };
}

function composedLine(ctx: Context): string {
  const text = (name: string): string => queryText(ctx, name);
  return composeLine({
    name: text('name'),
    value: text('value'),
    path: text('path'),
    domain: text('domain'),
    maxAge: text('maxAge'),
    expires: text('expires'),
    sameSite: text('sameSite'),
    secure: text('secure') !== '',
    httpOnly: text('httpOnly') !== '',
    partitioned: text('partitioned') !== '',
  });
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

/** Whoever copies a line takes the name of the header along. */
function withoutHeaderName(line: string): string {
  return line.replace(/^set-cookie:\s*/i, '');
}

/** A value of the query, or '' if it is missing; of several the first. */
export function queryText(ctx: Context, name: string): string {
  return [ctx.query[name] ?? ''].flat()[0] ?? '';
}
