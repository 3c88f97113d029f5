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
  where: 'In the memory of this process.',
  expiresAt: NOW + DAY,
  now: NOW,
  maxAge: DAY,
  setCookie: [],
  why: 'Nothing was sent, because nothing changed.',
  events: [],
  code: {
    source: [{ label: 'src/examples/views/route.ts', href: '/source' }],
    test: { label: 'e2e/views.spec.ts', href: '/test' },
  },
};

/** The inspector's markup with its spaces closed up. */
function shown(changes: Partial<InspectorModel> = {}): string {
  return inspector({ ...MODEL, ...changes })
    .toString()
    .replace(/\s+/g, ' ');
}

function without(name: keyof InspectorModel, changes: Partial<InspectorModel> = {}): string {
  const model = { ...MODEL, ...changes };
  delete model[name];
  return inspector(model).toString().replace(/\s+/g, ' ');
}

describe('inspector', () => {
  it('shows data, place, fingerprint and size of a session', () => {
    const page = shown();
    expect(page).toContain('&quot;views&quot;: 7');
    expect(page).toContain('In the memory of this process.');
    expect(page).toContain('<code>3f2a9c1e</code>');
    expect(page).toContain('64 of 4096 bytes');
    expect(page).toMatch(/<meter min="0" max="4096" high="3072" optimum="0" value="64"/);
  });

  it('keeps markup in the data from becoming markup of the page', () => {
    const nasty = '</code></pre><script>alert(1)</script>"\'';
    const page = shown({
      data: { [nasty]: nasty },
      where: nasty,
      why: nasty,
      setCookie: [`${nasty}=${nasty}; path=${nasty}`],
      events: [{ name: nasty, detail: nasty }],
      code: { source: [], test: { label: nasty, href: nasty } },
    });
    expect(page).not.toContain('<script');
    expect(page).not.toContain('</code></pre><');
  });

  it('says when the session ends, for people and for the clock', () => {
    const page = shown();
    expect(page).toContain(`data-expires-at="${NOW + DAY}" data-now="${NOW}"`);
    expect(page).toContain('<time datetime="2025-11-25T07:00:00.000Z">25 Nov 2025, 07:00:00 UTC</time>');
  });

  it('announces the end of the session, but not each second before it', () => {
    expect(shown()).toMatch(/data-countdown aria-hidden="true"/);
    expect(shown().match(/role="status"|aria-live/g)).toEqual(['role="status"']);
  });

  it('has no clock for a session that ends with the browser', () => {
    const page = without('expiresAt', { maxAge: 'session' });
    expect(page).toContain('When the browser closes.');
    expect(page).not.toContain('data-expires-at');
  });

  it('says of a session that has an absolute end too that it may go with the browser before', () => {
    expect(shown({ maxAge: 'session' })).toMatch(/when the browser closes, at the latest at <time/);
    expect(shown()).not.toContain('browser closes');
  });

  it('tells a missing session from an empty and from a new one', () => {
    expect(shown({ isNew: true, data: {} })).toContain('no session</span>');
    expect(shown({ isNew: true, data: {} })).toContain('Nothing to end');
    expect(shown({ isNew: true })).toContain('new</span>');
    expect(shown({ data: {} })).toContain('existing</span>');
  });

  it('shows no meter without a cookie, and a full one when it is too large', () => {
    expect(shown({ cookieBytes: 0 })).not.toContain('max="4096"');
    expect(shown({ cookieBytes: 5000 })).toMatch(/5000 of 4096 bytes <meter [^>]*value="4096"/);
  });

  it('explains each Set-Cookie line, the signature closed', () => {
    const page = shown({ setCookie: ['koa.sess=sess-1234; path=/; httponly', 'koa.sess.sig=abc; path=/'] });
    expect(page).toContain('data-cookie="koa.sess" open');
    expect(page).toMatch(/data-cookie="koa\.sess\.sig" >/);
    expect(page).toContain('key to what the server keeps');
    expect(page).toContain('The signature of koa.sess:');
  });

  it('marks only missing protections as gaps', () => {
    const page = shown({ setCookie: ['koa.sess=sess-1234; path=/; httponly'] });
    expect(Array.from(page.matchAll(/class="gap"> <dt> ?<code>(\w+)/g), ([, name]) => name)).toEqual([
      'Secure',
      'SameSite',
    ]);
  });

  it('takes the cookie for the session itself when that is its storage', () => {
    const value = Buffer.from('{"views":7,"_session":true}').toString('base64');
    const page = shown({ keptIn: 'cookie', setCookie: [`koa.sess=${value}; path=/`] });
    expect(page).toContain('&quot;_session&quot;: true');
    expect(page).not.toContain('key to what the server keeps');
  });

  it.each(['store', 'cookie'] as const)('never shows all of a sealed value, kept in the %s', (keptIn) => {
    const secret = `v1.abcde${'s'.repeat(60)}`;
    const page = shown({ setCookie: [`koa.sess=${secret}; path=/`], keptIn });
    expect(page).not.toContain(secret);
    expect(page.match(/v1\.abcde…/g)).toHaveLength(2);
  });

  it('never shows all of an id or a signature, which are secrets that HttpOnly keeps from scripts', () => {
    const secret = 'abcdefgh' + 's'.repeat(24);
    const page = shown({
      setCookie: [`koa.sess=${secret}; path=/`, `koa.sess.sig=${secret}; path=/`],
      storage: 'Memory',
      keptIn: 'store',
    });
    expect(page).not.toContain(secret);
    expect(page.match(/abcdefgh…/g)).toHaveLength(4);
  });

  it('shortens long values, and has all of the line for who wants it', () => {
    const value = Buffer.from(JSON.stringify({ long: 'x'.repeat(300) })).toString('base64');
    const line = `koa.sess=${value}; path=/`;
    const page = shown({ setCookie: [line], keptIn: 'cookie' });
    expect(page).toContain(`=${value.slice(0, 20)}…</code>`);
    expect(page).toContain(`<code>${line}</code>`);
  });

  it('lists the events of this request by name, for the log', () => {
    const page = shown({ events: [{ name: 'saved', detail: 'views changed' }] });
    expect(page).toContain('<li data-event="saved"><code>saved</code> views changed</li>');
    expect(shown()).not.toContain('data-event=');
  });

  it('holds no inline script or style, which the content security policy would refuse', () => {
    expect(shown({ setCookie: ['a=b'] })).not.toMatch(/<script|<style| style=| on[a-z]+=/);
  });
});
