/** The cookie's text: base64 of the record's JSON, as koa-session writes it. */
export function encodeCookie(record: object): string {
  return toBase64(JSON.stringify(record));
}

/**
 * The reverse of {@link encodeCookie}.
 * @throws {SyntaxError} when the text is not base64 of JSON
 */
export function decodeCookie(text: string): unknown {
  return JSON.parse(fromBase64(text));
}

// Who has the JSON of a record already, or wants it as well, goes by these: to write and to read it once more would cost more
// than all the rest of a cookie that is signed.

/** What makes the cookie's text of JSON, by the option `encode` that goes by way of JSON; others are the app's own. */
export const jsonEncoders: ReadonlyMap<unknown, (json: string) => string> = new Map([
  [JSON.stringify, (json: string) => json],
  [encodeCookie, toBase64],
] as const);

/** What makes JSON of the cookie's text, by the option `decode`. */
export const jsonDecoders: ReadonlyMap<unknown, (text: string) => string> = new Map([
  [JSON.parse, (text: string) => text],
  [decodeCookie, fromBase64],
] as const);

function toBase64(json: string): string {
  return Buffer.from(json).toString('base64');
}

function fromBase64(text: string): string {
  return Buffer.from(text, 'base64').toString('utf8');
}
