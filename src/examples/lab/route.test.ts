import { pino } from 'pino';
import request, { type Test } from 'supertest';
import { describe, expect, it } from 'vitest';
import { createApp } from '../../app.ts';
import { noUsers } from '../../auth/users.ts';
import type { Config } from '../../config.ts';

const CONFIG: Config = {
  production: false,
  host: '127.0.0.1',
  port: 0,
  keys: ['a key of more than thirty-two characters'],
  sessionStore: 'memory',
  logLevel: 'silent',
  trustProxy: false,
};
const OWN = 'http://localhost:3000';
const OTHER = 'http://127.0.0.1:3000';
const LINE = 'lab=1; Path=/; SameSite=Lax';

/** The lab as it is reached under the two names of this machine. */
function openLab(config: Partial<Config> = {}) {
  let now = Date.UTC(2026, 10, 24);
  const log = pino({ level: 'silent' });
  const answer = createApp({ ...CONFIG, ...config }, { log, now: () => now, users: noUsers() }).callback();

  function get(address: string, headers: Record<string, string> = {}): Test {
    const { origin, host } = new URL(address);
    return request(answer)
      .get(address.slice(origin.length))
      .set({ Host: host, ...headers });
  }
  function begin(fields: { line: string; before?: string }, headers: Record<string, string> = {}): Test {
    const toLab = { Host: new URL(OWN).host, ...headers };
    return request(answer).post('/lab/trials').set(toLab).type('form').send(fields);
  }
  return {
    get,
    begin,
    advance: (ms: number) => (now += ms),
    /** Begins a trial and answers with where it leads. */
    async firstStep(line: string, before = ''): Promise<string> {
      const { headers } = await begin({ line, before }).expect(303);
      return String(headers['location']);
    },
    /** A step of a trial, as a page of the lab leads to it. */
    step: (address: string, cookie = '') =>
      get(address, { Referer: `${OWN}/`, ...(cookie !== '' && { Cookie: cookie }) }),
  };
}

function setCookies({ headers }: { headers: Record<string, unknown> }): string[] {
  return [headers['set-cookie'] ?? []].flat().map(String);
}

describe('the page', () => {
  it('explains a line that is pasted, name of the header included', async () => {
    const { text } = await openLab().get(`${OWN}/lab?line=Set-Cookie:+lab%3D%3Cb%3E;+Path%3D/`).expect(200);
    expect(text).toContain('Set-Cookie: lab=&lt;b&gt;; Path=/</code>');
    expect(text).not.toContain('<b>');
  });

  it('makes the line of a form', async () => {
    const lab = openLab();
    const query = 'name=lab&value=a&path=/&maxAge=60&sameSite=Lax&secure=on&domain=&expires=';
    const { body } = await lab.get(`${OWN}/lab?${query}`, { Accept: 'application/json' }).expect(200);
    expect(body).toMatchObject({
      line: 'lab=a; Path=/; Max-Age=60; SameSite=Lax; Secure',
      url: `${OWN}/lab/trial`,
    });
  });

  it('predicts by the RFC and for each engine', async () => {
    const query = 'line=lab%3D1;+SameSite%3DNone;+Path%3D/&url=https://example.com/';
    const { body } = await openLab().get(`${OWN}/lab?${query}`, { Accept: 'application/json' });
    expect(body.predictions).toMatchObject([
      { rules: 'RFC 6265bis', stored: false },
      { rules: 'Chromium', stored: false },
      { rules: 'Firefox', stored: false },
      { rules: 'WebKitGTK', stored: true },
    ]);
  });

  it('says what is wrong with an address', async () => {
    const { text } = await openLab().get(`${OWN}/lab?url=example.com`).expect(422);
    expect(text).toContain('&quot;example.com&quot; is no address of a web page.');
    expect(text).not.toContain('What becomes of it');
  });

  it('says as JSON, too, what is wrong with an address, and why a line is not tried', async () => {
    const lab = openLab();
    const json = { Accept: 'application/json' };
    const { body: address } = await lab.get(`${OWN}/lab?url=nonsense`, json).expect(422);
    expect(address).toMatchObject({
      predictions: [],
      urlProblem: expect.stringContaining('"nonsense" is no'),
    });
    expect(address).not.toHaveProperty('notTried');
    const { body: line } = await lab.begin({ line: 'session-memory=1' }, json).expect(422);
    expect(line).toMatchObject({ notTried: expect.stringContaining('Rename it.') });
  });

  it.each(['line', 'before'])('explains at most 50 attributes and 5,000 characters: %s', async (which) => {
    const lab = openLab();
    const ask = (attributes: number): Test =>
      lab.get(`${OWN}/lab?${which}=lab%3D1${'%3Ba'.repeat(attributes)}&line=lab%3D1`);
    const { text } = await ask(50).expect(200);
    expect(text.length).toBeLessThan(100_000);
    const refused = await ask(51).expect(422);
    expect(refused.text).toContain('A line has 51 attributes, and the lab explains 50 at most.');
    await lab.get(`${OWN}/lab?${which}=lab%3D1${'%3B'.repeat(51)}&line=lab%3D1`).expect(422);
    const long = await lab.get(`${OWN}/lab?${which}=lab%3D${'x'.repeat(4997)}&line=lab%3D1`).expect(422);
    expect(long.text).toContain('A line has 5001 characters, and the lab explains 5000 at most.');
    await lab.begin({ line: 'lab=1', [which]: `lab=1${';a'.repeat(51)}` }).expect(422);
  });

  it('may be in no frame, and have none', async () => {
    const { headers } = await openLab().get(`${OWN}/lab`);
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['content-security-policy']).not.toContain('frame-src');
    expect(headers['x-frame-options']).toBe('DENY');
  });

  it.each([`${OWN}/lab`, `${OWN}/lab?line=${encodeURIComponent(LINE)}`])(
    'sets no cookie: %s',
    async (url) => {
      expect(setCookies(await openLab().get(url))).toEqual([]);
    },
  );
});

describe('a trial', () => {
  it('clears, sets the one line as it is, and sees what comes back', async () => {
    const lab = openLab();
    const first = await lab.firstStep('lab=ü; Path=/; SameSite=Lax');
    expect(new URL(first).origin).toBe(OWN);

    const cleared = await lab.step(first, 'lab-old=1; session-memory=x').expect(303);
    expect(new Set(setCookies(cleared).map((line) => line.split(';')[0]))).toEqual(
      new Set(['lab-old=', 'lab=']),
    );
    const before = await lab.step(String(cleared.headers['location'])).expect(303);
    expect(setCookies(before)).toEqual([]);
    const set = await lab.step(String(before.headers['location'])).expect(303);
    expect(setCookies(set).map((line) => Buffer.from(line, 'latin1').toString())).toEqual([
      'lab=ü; Path=/; SameSite=Lax',
    ]);
    const asSent = Buffer.from('lab=ü').toString('latin1');
    const looked = await lab
      .step(String(set.headers['location']), `session-memory=secret; ${asSent}`)
      .expect(303);
    expect(setCookies(looked)).toEqual([]);

    const station = await lab.step(String(looked.headers['location'])).expect(200);
    expect(station.headers['content-security-policy']).toContain(`frame-src ${OWN}`);
    expect(station.headers['content-security-policy']).toContain("frame-ancestors 'none'");
    const id = new URL(first).searchParams.get('id') ?? '';
    const line = encodeURIComponent('lab=ü; Path=/; SameSite=Lax');
    const { text } = await lab.get(`${OWN}/lab?trial=${id}&line=${line}`).expect(200);
    expect(text).toMatch(/data-place="top" data-agrees="yes"/);
    expect(text).toMatch(/data-place="frame" data-agrees="no"/);
    expect(text).toContain('Two trials at once disturb each other');
    expect(text).not.toContain('secret');

    for (const another of ['line=lab%3Dother', `line=${line}&before=lab%3D1`]) {
      const { text: page } = await lab.get(`${OWN}/lab?trial=${id}&${another}`).expect(200);
      expect(page).not.toContain('data-place');
    }
  });

  it('sets the cookie that is there before first', async () => {
    const lab = openLab();
    const cleared = await lab.step(await lab.firstStep('lab=; Max-Age=0; Path=/lab', 'lab=1; Path=/'));
    const before = await lab.step(String(cleared.headers['location']));
    expect(setCookies(before)).toEqual(['lab=1; Path=/']);
    const set = await lab.step(String(before.headers['location']));
    expect(setCookies(set)).toEqual(['lab=; Max-Age=0; Path=/lab']);
  });

  it('lets its steps be in frames of the two sites, and of no other', async () => {
    const lab = openLab();
    const { headers } = await lab.step(await lab.firstStep(LINE));
    expect(headers['content-security-policy']).toContain(`frame-ancestors ${OWN} ${OTHER}`);
    expect(headers).not.toHaveProperty('x-frame-options');
  });

  it('sets nothing for pages of other sites, nor when it is not known which page leads there', async () => {
    const lab = openLab();
    const address = await lab.firstStep(LINE);
    for (const referrer of [
      'http://evil.test/',
      'http://localhost:3001/',
      'http://localhost:3000.evil.test/',
      '',
      'about:blank',
    ]) {
      const refused = await lab.get(address, { Referer: referrer }).expect(403);
      expect(setCookies(refused)).toEqual([]);
      await lab.get(address.replace('/trial?', '/station?number=1&'), { Referer: referrer }).expect(403);
    }
    await lab.get(address, { Referer: `${OTHER}/` }).expect(303);
  });

  it('is not begun by another site', async () => {
    await openLab().begin({ line: LINE }, { Origin: 'http://evil.test' }).expect(403);
  });

  it('is not begun with a cookie of the app, which is explained all the same', async () => {
    const { text, headers } = await openLab().begin({ line: 'session-memory=1; Path=/' }).expect(422);
    expect(text).toContain('Rename it.');
    expect(text).toContain('Set-Cookie: session-memory=1');
    expect(headers['set-cookie']).toBeUndefined();
  });

  it('is over after a minute', async () => {
    const lab = openLab();
    const address = await lab.firstStep(LINE);
    lab.advance(60_001);
    await lab.step(address).expect(404);
    const { text } = await lab.get(`${OWN}/lab?trial=${new URL(address).searchParams.get('id')}`).expect(200);
    expect(text).toContain('which is over');
  });

  it('is not found by an id that nobody has got, nor has it steps that there are not', async () => {
    const lab = openLab();
    const address = await lab.firstStep(LINE);
    await lab.step(address.replace(/id=[\w-]+/, 'id=none')).expect(404);
    await lab.step(address.replace('leg=first', 'leg=constructor')).expect(404);
    await lab.step(address.replace('/trial?', '/station?number=9&')).expect(404);
  });
});

describe('trying', () => {
  it('is not offered under a name that has no second one', async () => {
    const { text } = await openLab().get('http://app.test:3000/lab').expect(200);
    expect(text).toContain('open the lab as localhost or 127.0.0.1, not as app.test:3000');
    expect(text).not.toContain('action="/lab/trials"');
  });

  it('is not there in production, and explaining is', async () => {
    const lab = openLab({ production: true, trustProxy: true });
    const { text } = await lab.get(`${OWN}/lab?trial=x`).expect(200);
    expect(text).toContain('only tried outside production');
    expect(text).not.toContain('Try it again');
    expect(text).not.toContain('/source/');
    await lab.begin({ line: LINE }).expect(404);
  });

  it('is done over https as well, behind a proxy', async () => {
    const lab = openLab({ trustProxy: true });
    const { headers } = await lab.begin({ line: LINE }, { 'X-Forwarded-Proto': 'https' }).expect(303);
    expect(headers['location']).toMatch(/^https:\/\/localhost:3000\/lab\/trial\?/);
  });
});
