/** The parts of a `Set-Cookie` line, not interpreted. */
export interface SetCookieLine {
  name: string;
  value: string;
  /** In the order of the line, names as they were written; flags have an empty value. */
  attributes: readonly (readonly [name: string, value: string])[];
}

/**
 * Splits a `Set-Cookie` line as browsers do (RFC 6265bis §5.6).
 *
 * @param header the line without `Set-Cookie:`
 * @param withoutEquals what a pair without "=" is: by the RFC a value that has no name
 */
export function parseSetCookie(header: string, withoutEquals: 'value' | 'name' = 'value'): SetCookieLine {
  const [pair = '', ...rest] = header.split(';');
  const [name, value] =
    pair.includes('=') || withoutEquals === 'name' ? splitAtEquals(pair) : ['', trim(pair)];
  return { name, value, attributes: rest.map(splitAtEquals).filter(([attribute]) => attribute !== '') };
}

function splitAtEquals(part: string): [name: string, value: string] {
  const at = part.indexOf('=');
  return at < 0 ? [trim(part), ''] : [trim(part.slice(0, at)), trim(part.slice(at + 1))];
}

/** Removes spaces and tabs at both ends, but no other white space. */
function trim(text: string): string {
  let start = 0;
  let end = text.length;
  // A regular expression would take quadratic time for long white space in the middle.
  while (isBlank(text[start])) start += 1;
  while (end > start && isBlank(text[end - 1])) end -= 1;
  return text.slice(start, end);
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t';
}

const DELIMITERS = /[\t\u0020-\u002F\u003B-\u0040\u005B-\u0060\u007B-\u007E]+/;
const TIME = /^(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\D|$)/;
const DAY_OF_MONTH = /^(\d{1,2})(?:\D|$)/;
const YEAR = /^(\d{2,4})(?:\D|$)/;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/**
 * Reads a date as browsers read `Expires` (RFC 6265bis §5.1.1): by its parts, in nearly any order and always in UTC.
 *
 * @param noSuchDay what a day means that its month does not have, such as the 31st of February
 * @returns ms since 1970, or undefined if it is not a date
 */
export function parseCookieDate(
  text: string,
  noSuchDay: 'no date' | 'a later day' = 'no date',
): number | undefined {
  let time: number[] | undefined;
  let day: number | undefined;
  let month: number | undefined;
  let year: number | undefined;
  for (const token of text.split(DELIMITERS)) {
    const clock = time === undefined ? TIME.exec(token) : null;
    if (clock) {
      time = clock.slice(1).map(Number);
      continue;
    }
    const dayOfMonth = day === undefined ? DAY_OF_MONTH.exec(token) : null;
    if (dayOfMonth) {
      day = Number(dayOfMonth[1]);
      continue;
    }
    const named = month === undefined ? MONTHS.indexOf(token.slice(0, 3).toLowerCase()) : -1;
    if (named >= 0) {
      month = named;
      continue;
    }
    const number = year === undefined ? YEAR.exec(token) : null;
    if (number) year = fullYear(Number(number[1]));
  }
  if (time === undefined || day === undefined || month === undefined || year === undefined) return undefined;
  const [hour = 0, minute = 0, second = 0] = time;
  if (day < 1 || day > 31 || year < 1601 || hour > 23 || minute > 59 || second > 59) return undefined;
  const date = new Date(Date.UTC(year, month, day, hour, minute, second));
  return date.getUTCDate() === day || noSuchDay === 'a later day' ? date.getTime() : undefined;
}

/** Two digits are a year from 1970 to 2069. */
function fullYear(year: number): number {
  if (year > 99) return year;
  return year < 70 ? 2000 + year : 1900 + year;
}
