/** The cookie's text: base64 of the record's JSON, as koa-session writes it. */
export const encodeCookie = (record: object) => Buffer.from(JSON.stringify(record)).toString('base64');

/**
 * The reverse of {@link encodeCookie}.
 * @throws {SyntaxError} when the text is not base64 of JSON
 */
export const decodeCookie = (text: string): unknown => JSON.parse(Buffer.from(text, 'base64').toString());
