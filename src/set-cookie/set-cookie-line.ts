/** A `Set-Cookie` line in its parts, before anything is made of them. */
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

/** White space is spaces and tabs here, and nothing else. */
function trim(text: string): string {
  let start = 0;
  let end = text.length;
  // An expression for both ends would look at long white space in the middle once for each of its characters.
  while (isBlank(text[start])) start += 1;
  while (end > start && isBlank(text[end - 1])) end -= 1;
  return text.slice(start, end);
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t';
}
