import { describe, expect, it } from 'vitest';
import { inspector, type InspectorModel } from './inspector.ts';

const NOW = Date.UTC(2025, 10, 24, 7, 0, 0);
const DAY = 86_400_000;

const MODEL: InspectorModel = {
  storage: 'Memory',
  keptIn: 'store',
  cookieName: 'koa.sess',
  isNew: false,
  data: { views: 7 },
  fingerprint: '3f2a9c1e',
  cookieBytes: 64,
  isInOutage: false,
  where: 'In the memory of this process.',
  expiresAt: NOW + DAY,
  now: NOW,
  maxAge: DAY,
  setCookie: [],
  why: 'Nothing was sent, because nothing changed.',
  events: [],
};

/** The inspector's markup, with single spaces. */
function shown(changes: Partial<InspectorModel> = {}): string {
  return inspector({ ...MODEL, ...changes }, { source: ['src/page.ts'], test: 'e2e/page.spec.ts' })
    .toString()
    .replace(/\s+/g, ' ');
}

const ID_LINE = 'koa.sess=sess-1234; path=/; httponly';
const DELETION = 'koa.sess=; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT';

describe('inspector', () => {
  it.each<[what: string, changes: Partial<InspectorModel>, markup: string]>([
    ['the data', {}, '&quot;views&quot;: 7'],
    ['where the session lives', {}, 'In the memory of this process.'],
    ['the fingerprint', {}, '<code>3f2a9c1e</code>'],
    [
      'the size of the cookie',
      {},
      '64 of 4096 bytes <meter min="0" max="4096" high="3072" optimum="0" value="64"',
    ],
    ['a cookie that is too large', { cookieBytes: 5000 }, '5000 of 4096 bytes'],
    ['a full meter for such a cookie', { cookieBytes: 5000 }, 'optimum="0" value="4096"'],
    ['when it ends', {}, '<time datetime="2025-11-25T07:00:00.000Z">25 Nov 2025, 07:00:00 UTC</time>'],
    ['the end for the clock', {}, `data-expires-at="${NOW + DAY}" data-now="${NOW}"`],
    ['the end of a browser session', { maxAge: 'session', expiresAt: undefined }, 'When the browser closes.'],
    [
      'the end of a browser session with a last moment',
      { maxAge: 'session' },
      'when the browser closes, at the latest at <time',
    ],
    ['that there is no session', { isNew: true, data: {} }, 'no session</span>'],
    ['that nothing can end then', { isNew: true, data: {} }, 'Nothing to end'],
    ['a new session', { isNew: true }, 'new</span>'],
    ['an empty session', { data: {} }, 'existing</span>'],
    ['a cookie', { setCookie: [ID_LINE] }, 'data-cookie="koa.sess" open'],
    ['that its value is an id', { setCookie: [ID_LINE] }, 'The session id, sealed'],
    ['that it has the session', { keptIn: 'cookie', setCookie: [ID_LINE] }, 'Session data, sealed'],
    ['that it has data in an outage', { isInOutage: true, setCookie: [ID_LINE] }, 'Session data, sealed'],
    ['that it is deleted', { setCookie: [DELETION] }, 'Deletes the cookie'],
    ['the source', {}, '<a href="/source/src/page.ts"><code>src/page.ts</code></a>'],
    ['the test', {}, '<a href="/source/e2e/page.spec.ts"><code>e2e/page.spec.ts</code></a> proves it'],
    [
      'the events',
      { events: [{ name: 'saved', detail: 'why' }] },
      '<li data-event="saved"><code>saved</code> why',
    ],
  ])('shows %s', (_, changes, markup) => {
    expect(shown(changes)).toContain(markup);
  });

  it.each<[what: string, changes: Partial<InspectorModel>, markup: string]>([
    ['closing browser for a session with an end', {}, 'browser closes'],
    ['clock without an end', { maxAge: 'session', expiresAt: undefined }, 'data-expires-at'],
    ['meter without a cookie', { cookieBytes: 0 }, 'max="4096"'],
    ['event when there was none', {}, 'data-event='],
    ['id when the cookie has the session', { keptIn: 'cookie', setCookie: [ID_LINE] }, 'The session id'],
    ['hint about a secret for a deletion', { setCookie: [DELETION] }, 'it is a secret'],
  ])('shows no %s', (_, changes, markup) => {
    expect(shown(changes)).not.toContain(markup);
  });

  it('escapes markup in the data', () => {
    const nasty = '</code></pre><script>alert(1)</script>"\'';
    const page = shown({
      data: { [nasty]: nasty },
      where: nasty,
      why: nasty,
      setCookie: [`${nasty}=${nasty}; path=${nasty}`],
      events: [{ name: nasty, detail: nasty }],
    });
    expect(page).not.toContain('<script');
    expect(page).not.toContain('</code></pre><');
  });

  it('announces the end of the session, but not each second before it', () => {
    expect(shown()).toContain('data-countdown aria-hidden="true"');
    expect(shown().match(/role="status"|aria-live/g)).toEqual(['role="status"']);
  });

  it('marks only missing protections as gaps', () => {
    const gaps = shown({ setCookie: [ID_LINE] }).matchAll(/class="gap"> <dt> ?<code>(\w+)/g);
    expect(Array.from(gaps, ([, name]) => name)).toEqual(['Secure', 'SameSite']);
  });

  it.each([
    ['a sealed value', 'v1.abcde', 'store'],
    ['a sealed value', 'v1.abcde', 'cookie'],
  ] as const)('never shows all of %s: %s…, kept in the %s', (_, beginning, keptIn) => {
    const secret = beginning + 's'.repeat(60);
    const page = shown({ setCookie: [`koa.sess=${secret}; path=/`], keptIn });
    expect(page).not.toContain(secret);
    expect(page.split(`${beginning}…`)).toHaveLength(3);
  });

  it('has no inline script or style, which the content security policy would refuse', () => {
    expect(shown({ setCookie: ['a=b'] })).not.toMatch(/<script|<style| style=| on[a-z]+=/);
  });
});
