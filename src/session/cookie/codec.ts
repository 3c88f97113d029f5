/** The cookie's text: base64 of the record's JSON, as koa-session writes it. */
export function encodeCookie(record: object): string {
  return Buffer.from(JSON.stringify(record)).toString('base64');
}

/**
 * The reverse of {@link encodeCookie}.
 * @throws {SyntaxError} when the text is not base64 of JSON
 */
export function decodeCookie(text: string): unknown {
  return JSON.parse(Buffer.from(text, 'base64').toString('utf8'));
}
