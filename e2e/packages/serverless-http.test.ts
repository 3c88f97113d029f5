import serverless from 'serverless-http';
import { describe, expect, it } from 'vitest';
import { bag } from '../../src/session/testing/set-up.ts';
import { appWith, PLACES } from './app.ts';

/** The event that API Gateway passes to a function, and the `Set-Cookie` lines of the answer. */
interface Version {
  event: (cookies: string[]) => object;
  linesOf: (answer: {
    cookies: string[];
    multiValueHeaders: Record<string, string[]>;
  }) => string[] | undefined;
}

const V1: Version = {
  event: (cookies) => ({
    httpMethod: 'GET',
    path: '/',
    headers: { Host: 'example.org', ...(cookies.length > 0 && { Cookie: cookies.join('; ') }) },
    requestContext: { identity: { sourceIp: '192.0.2.1' } },
  }),
  linesOf: (answer) => answer.multiValueHeaders['set-cookie'],
};

const V2: Version = {
  event: (cookies) => ({
    version: '2.0',
    rawPath: '/',
    rawQueryString: '',
    headers: { host: 'example.org' },
    ...(cookies.length > 0 && { cookies }),
    requestContext: { http: { method: 'GET', sourceIp: '192.0.2.1' } },
  }),
  linesOf: (answer) => answer.cookies,
};

describe.each([
  ['v1', V1],
  ['v2', V2],
])('API Gateway %s', (_version, { event, linesOf }) => {
  it.each(PLACES)('sends the cookie of a session in %s, and reads it', async (_place, options) => {
    const { app } = appWith(options());
    app.use((ctx) => {
      bag(ctx)['n'] = Number(bag(ctx)['n'] ?? 0) + 1;
      ctx.body = `${Number(bag(ctx)['n'])}`;
    });
    const handler = serverless(app);
    const first = await handler(event([]), {});
    expect(first).toMatchObject({ statusCode: 200, body: '1' });
    const lines = linesOf(first) ?? [];
    expect(lines).not.toEqual([]);
    // API Gateway speaks https with browsers.
    for (const line of lines) expect(line).toMatch(/^koa\.sess(\.sig)?=.+; secure/i);
    const cookies = lines.map((line) => line.split(';')[0] ?? '');
    expect(await handler(event(cookies), {})).toMatchObject({ statusCode: 200, body: '2' });
  });
});
