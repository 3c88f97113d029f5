import { Sealer } from '../../session/cookie/seal.ts';
import { describe, expect, it } from 'vitest';
import { explainSetCookie } from './explain-set-cookie.ts';

const NOW = Date.UTC(2025, 10, 24, 7, 0, 0);
const DATA = Buffer.from('{"views":3,"_maxAge":86400000}').toString('base64');

function meanings(header: string): Record<string, string> {
  return Object.fromEntries(
    explainSetCookie(header, NOW).attributes.map(({ name, meaning }) => [name, meaning]),
  );
}

describe('explainSetCookie', () => {
  it('takes a line apart, keeping the order and the spelling of its attributes', () => {
    const cookie = explainSetCookie(
      `koa.sess=${DATA}; path=/; expires=Tue, 25 Nov 2025 07:00:00 GMT; samesite=lax; secure; httponly`,
      NOW,
    );
    expect(cookie).toMatchObject({ name: 'koa.sess', value: DATA, deleted: false });
    expect(
      cookie.attributes.filter(({ present }) => present).map(({ name, value }) => [name, value]),
    ).toEqual([
      ['path', '/'],
      ['expires', 'Tue, 25 Nov 2025 07:00:00 GMT'],
      ['samesite', 'lax'],
      ['secure', ''],
      ['httponly', ''],
    ]);
  });

  it('keeps every "=" of the value but the first', () => {
    expect(explainSetCookie('a=b==; path=/', NOW)).toMatchObject({ name: 'a', value: 'b==' });
  });

  it('counts name and value in bytes, as browsers do', () => {
    expect(explainSetCookie('né=ü; path=/', NOW).bytes).toBe(5);
  });

  it('says when the cookie ends', () => {
    expect(meanings('a=b; expires=Tue, 25 Nov 2025 07:00:00 GMT')['expires']).toBe(
      'Kept until 25 Nov 2025, 07:00:00 UTC (1 day), even if the browser closes.',
    );
    expect(meanings('a=b; Max-Age=90')['Max-Age']).toBe(
      'Kept for 1 minute 30 seconds, even if the browser closes.',
    );
    expect(meanings('a=b; Max-Age=99999999')['Max-Age']).toContain('400 days');
    expect(meanings('a=b')['Expires']).toBe('Kept until the browser closes.');
  });

  it('lets Max-Age go before Expires', () => {
    const header = 'a=b; expires=Thu, 01 Jan 1970 00:00:00 GMT; max-age=60';
    expect(meanings(header)['expires']).toContain('Ignored');
    expect(explainSetCookie(header, NOW).deleted).toBe(false);
    expect(meanings(header)).not.toHaveProperty('Expires');
  });

  it.each(['a=; expires=Thu, 01 Jan 1970 00:00:00 GMT', 'a=b; max-age=0', 'a=b; Max-Age=-1'])(
    'sees that "%s" deletes the cookie',
    (header) => {
      const cookie = explainSetCookie(header, NOW);
      expect(cookie.deleted).toBe(true);
      expect(cookie.purpose).toContain('Removes the cookie');
    },
  );

  it('says what follows from each attribute that is missing', () => {
    const { attributes } = explainSetCookie('a=b', NOW);
    expect(attributes.map(({ name }) => name)).toEqual([
      'HttpOnly',
      'Secure',
      'SameSite',
      'Expires',
      'Domain',
      'Path',
    ]);
    for (const { present, meaning } of attributes) {
      expect(present).toBe(false);
      expect(meaning).toMatch(/^[A-Z].*\.$/);
    }
  });

  it('says nothing about missing ones when all are there, in whatever case', () => {
    const { attributes } = explainSetCookie(
      'a=b; HTTPONLY; Secure; SameSite=Strict; Max-Age=1; Domain=.example.org; Path=/app; Partitioned; Priority=High',
      NOW,
    );
    expect(attributes.every(({ present }) => present)).toBe(true);
    const texts = attributes.map(({ meaning }) => meaning);
    expect(texts).toContain('Sent to example.org and to all its subdomains.');
    expect(texts).toContain('Sent with paths at or below /app only.');
  });

  it('says that browsers ignore what they do not know', () => {
    expect(meanings('a=b; expires=soon; samesite=some; colour=red; max-age=x')).toMatchObject({
      expires: 'Not a date, so browsers ignore it.',
      samesite: expect.stringContaining('Not a known value'),
      colour: expect.stringContaining('ignore'),
      'max-age': expect.stringContaining('ignore'),
    });
  });

  it('reads none that is longer than a cookie can be', () => {
    const value = Buffer.from(`{"a":${'['.repeat(1600)}${']'.repeat(1600)}}`).toString('base64url');
    expect(value.length).toBeGreaterThan(4096);
    expect(explainSetCookie(`koa.sess=${value}`, NOW)).not.toHaveProperty('decoded');
  });

  it('reads a session that is base64 of JSON', () => {
    const cookie = explainSetCookie(`koa.sess=${DATA}`, NOW);
    expect(JSON.parse(cookie.decoded ?? '')).toEqual({ views: 3, _maxAge: 86_400_000 });
    expect(cookie.purpose).toContain('whoever holds the cookie can read it');
  });

  it('knows a sealed value when it sees one', () => {
    const sealed = new Sealer(['a key'], { name: 'sid', purpose: 'session' }).seal('{"a":1}');
    expect(explainSetCookie(`sid=${sealed}; path=/`, NOW).purpose).toMatch(
      /^Sealed: only the server can read it/,
    );
    expect(explainSetCookie('sid=v1.short; path=/', NOW).purpose).not.toMatch(/Sealed/);
  });

  it('reads nothing into ids, signatures and plain numbers', () => {
    for (const value of ['', 'MTIz', 'sess-3f2a9c', 'VGhlIGlk', '%7B%7D', '{"a":1}']) {
      expect(explainSetCookie(`koa.sess=${value}`, NOW)).not.toHaveProperty('decoded');
    }
    expect(explainSetCookie('koa.sess.sig=Zx91_k', NOW).purpose).toContain('signature of koa.sess:');
  });

  it('does not fall over lines that no server should send', () => {
    for (const header of ['', ';', '=', ';;;=;', 'a', '=b; =c', '__proto__=1; __proto__=2; constructor']) {
      expect(() => explainSetCookie(header, NOW)).not.toThrow();
    }
    expect(meanings('a=b; constructor; samesite=constructor')['samesite']).toContain('Not a known value');
  });
});
