import { pino } from 'pino';
import request, { type Response, type Test } from 'supertest';
import { describe, expect, it } from 'vitest';
import { createApp } from '../../app.ts';
import { noUsers } from '../../auth/users.ts';
import type { Config } from '../../config.ts';
import { DEVELOPMENT } from '../../testing/test-app.ts';

const OWN = 'http://localhost:3000';
const OTHER = 'http://127.0.0.1:3000';
const LINE = 'lab=1; Path=/; SameSite=Lax';
const AS_JSON = { Accept: 'application/json' };

/** The lab under the two names of this machine. */
function openLab(config: Partial<Config> = {}) {
  let now = Date.UTC(2026, 10, 24);
  const overrides = { log: pino({ level: 'silent' }), now: () => now, users: noUsers() };
  const agent = request(createApp({ ...DEVELOPMENT, ...config }, overrides).callback());

  function get(address: string, headers: Record<string, string> = {}): Test {
    const { origin, host } = new URL(address, OWN);
    return agent.get(address.replace(origin, '')).set({ Host: host, ...headers });
  }
  function begin(fields: { line: string; before?: string }, headers: Record<string, string> = {}): Test {
    const { host } = new URL(OWN);
    return agent
      .post('/lab/trials')
      .set({ Host: host, ...headers })
      .type('form')
      .send(fields);
  }
  async function walk(address: string, ...cookies: string[]): Promise<Response[]> {
    const [cookie, ...rest] = cookies;
    if (cookie === undefined) return [];
    const response = await get(address, { Referer: `${OWN}/`, ...(cookie !== '' && { Cookie: cookie }) });
    return [response, ...(await walk(nextOf(response), ...rest))];
  }
  return {
    get,
    begin,
    advance: (ms: number) => (now += ms),
    /** Begins a trial and returns the address of its first step. */
    firstStep: async (line: string, before = '') => nextOf(await begin({ line, before }).expect(303)),
    /** The steps of a trial from an address on, with the Referer of the lab and a Cookie header for each. */
    walk,
  };
}

function setCookies({ headers }: Response): string[] {
  return [headers['set-cookie'] ?? []].flat();
}

function nextOf({ headers }: Response): string {
  return headers['location'] ?? '';
}

function policyOf({ headers }: Response): string {
  return headers['content-security-policy'] ?? '';
}

describe('the page', () => {
  it.each([
    [200, '/lab?line=Set-Cookie:+lab%3D%3Cb%3E;+Path%3D/', '<code>Set-Cookie: lab=&lt;b&gt;; Path=/<', '<b>'],
    [
      422,
      '/lab?url=example.com',
      '&quot;example.com&quot; is not the address of a web page.',
      'What browsers do with it',
    ],
    [200, 'http://app.test:3000/lab', 'or 127.0.0.1, not as app.test:3000', 'action="/lab/trials"'],
  ])('answers %i at %s and shows %s, not %s', async (status, address, shown, hidden) => {
    const { text } = await openLab().get(address).expect(status);
    expect(text).toContain(shown);
    expect(text).not.toContain(hidden);
  });

  it('composes a line from the form', async () => {
    const query = 'name=lab&value=a&path=/&maxAge=60&sameSite=Lax&secure=on&domain=&expires=';
    const { body } = await openLab().get(`/lab?${query}`, AS_JSON).expect(200);
    const line = 'lab=a; Path=/; Max-Age=60; SameSite=Lax; Secure';
    expect(body).toMatchObject({ line, url: `${OWN}/lab/trial` });
  });

  it('predicts by the RFC and for each engine', async () => {
    const query = 'line=lab%3D1;+SameSite%3DNone;+Path%3D/&url=https://example.com/';
    const { body } = await openLab().get(`/lab?${query}`, AS_JSON);
    expect(body.predictions).toMatchObject([
      { rules: 'RFC 6265bis', stored: false },
      { rules: 'Chromium', stored: false },
      { rules: 'Firefox', stored: false },
      { rules: 'WebKitGTK', stored: true },
    ]);
  });

  it('says what is wrong with an address, and why a line cannot be tried, also as JSON', async () => {
    const lab = openLab();
    const { body: address } = await lab.get('/lab?url=nonsense', AS_JSON).expect(422);
    expect(address).toMatchObject({
      predictions: [],
      urlProblem: expect.stringContaining('"nonsense" is not'),
    });
    expect(address).not.toHaveProperty('notTried');
    const { body: line } = await lab.begin({ line: 'session-memory=1' }, AS_JSON).expect(422);
    expect(line).toMatchObject({ notTried: expect.stringContaining('Rename it.') });
  });

  it.each(['line', 'before'])('explains at most 50 attributes and 5,000 characters: %s', async (which) => {
    const lab = openLab();
    const ask = (rest: string): Test => lab.get(`/lab?${which}=lab%3D1${rest}&line=lab%3D1`);
    const { text } = await ask('%3Ba'.repeat(50)).expect(200);
    expect(text.length).toBeLessThan(100_000);
    await ask('%3Ba'.repeat(51)).expect(422, /A line has 51 attributes, and the lab explains 50 at most\./);
    await ask('%3B'.repeat(51)).expect(422);
    await ask('x'.repeat(4996)).expect(
      422,
      /A line has 5001 characters, and the lab explains 5000 at most\./,
    );
    await lab.begin({ line: 'lab=1', [which]: `lab=1${';a'.repeat(51)}` }).expect(422);
  });

  it.each(['/lab', `/lab?line=${encodeURIComponent(LINE)}`])(
    'sets no cookie, and neither is nor has a frame: %s',
    async (address) => {
      const response = await openLab().get(address).expect('X-Frame-Options', 'DENY');
      expect(setCookies(response)).toEqual([]);
      expect(policyOf(response)).toContain("frame-ancestors 'none'");
      expect(policyOf(response)).not.toContain('frame-src');
    },
  );
});

describe('a trial', () => {
  it('deletes old cookies, sends the line unchanged, and records what the browser sends', async () => {
    const lab = openLab();
    const first = await lab.firstStep('lab=ü; Path=/; SameSite=Lax');
    expect(new URL(first).origin).toBe(OWN);

    const asSent = `session-memory=secret; ${Buffer.from('lab=ü').toString('latin1')}`;
    const steps = await lab.walk(first, 'lab-old=1; session-memory=x', '', '', asSent, '');
    expect(steps.map(({ status }) => status)).toEqual([303, 303, 303, 303, 200]);
    const [cleared, ...set] = steps.map((step) =>
      setCookies(step).map((line) => Buffer.from(line, 'latin1').toString()),
    );
    expect(new Set(cleared?.map((line) => line.split(';')[0]))).toEqual(new Set(['lab-old=', 'lab=']));
    expect(set).toEqual([[], ['lab=ü; Path=/; SameSite=Lax'], [], []]);
    expect(steps.map(policyOf).at(-1)).toMatch(`frame-ancestors 'none'`);
    expect(steps.map(policyOf).at(-1)).toContain(`frame-src ${OWN}`);

    const id = new URL(first).searchParams.get('id') ?? '';
    const line = encodeURIComponent('lab=ü; Path=/; SameSite=Lax');
    const { text } = await lab.get(`/lab?trial=${id}&line=${line}`).expect(200);
    expect(text).toMatch(/data-place="top" data-agrees="yes"/);
    expect(text).toMatch(/data-place="frame" data-agrees="no"/);
    expect(text).toContain('Two trials at once disturb each other');
    expect(text).not.toContain('secret');
    for (const another of ['line=lab%3Dother', `line=${line}&before=lab%3D1`]) {
      const { text: page } = await lab.get(`/lab?trial=${id}&${another}`).expect(200);
      expect(page).not.toContain('data-place');
    }
  });

  it('first sets the cookie that the browser should already have', async () => {
    const lab = openLab();
    const first = await lab.firstStep('lab=; Max-Age=0; Path=/lab', 'lab=1; Path=/');
    const [, ...steps] = await lab.walk(first, '', '', '');
    expect(steps.map(setCookies)).toEqual([['lab=1; Path=/'], ['lab=; Max-Age=0; Path=/lab']]);
  });

  it('allows its steps in frames of the two sites, and of no other', async () => {
    const lab = openLab();
    const response = await lab.get(await lab.firstStep(LINE), { Referer: `${OTHER}/` }).expect(303);
    expect(policyOf(response)).toContain(`frame-ancestors ${OWN} ${OTHER}`);
    expect(response.headers).not.toHaveProperty('x-frame-options');
  });

  it.each([
    'http://evil.test/',
    'http://localhost:3001/',
    'http://localhost:3000.evil.test/',
    '',
    'about:blank',
  ])('continues only from pages of the lab, not from %j', async (Referer) => {
    const lab = openLab();
    const address = await lab.firstStep(LINE);
    expect(setCookies(await lab.get(address, { Referer }).expect(403))).toEqual([]);
    await lab.get(address.replace('/trial?', '/station?number=1&'), { Referer }).expect(403);
  });

  it('cannot be begun by another site or in production, where the lab still explains', async () => {
    await openLab().begin({ line: LINE }, { Origin: 'http://evil.test' }).expect(403);
    const lab = openLab({ production: true, trustProxy: true });
    const { text } = await lab.get('/lab?trial=x').expect(200);
    expect(text).toContain('only outside production');
    expect(text).not.toMatch(/Try it again|\/source\//);
    await lab.begin({ line: LINE }).expect(404);
  });

  it('cannot be begun with a cookie of the app, which is only explained', async () => {
    const response = await openLab()
      .begin({ line: 'session-memory=1; Path=/' })
      .expect(422, /Rename it\./);
    expect(response.text).toContain('Set-Cookie: session-memory=1');
    expect(setCookies(response)).toEqual([]);
  });

  it('can be begun over https, behind a proxy', async () => {
    const lab = openLab({ trustProxy: true });
    const begun = await lab.begin({ line: LINE }, { 'X-Forwarded-Proto': 'https' }).expect(303);
    expect(nextOf(begun)).toMatch(/^https:\/\/localhost:3000\/lab\/trial\?/);
  });

  it('is over after a minute', async () => {
    const lab = openLab();
    const address = await lab.firstStep(LINE);
    lab.advance(60_001);
    await lab.get(address, { Referer: OWN }).expect(404);
    await lab.get(`/lab?trial=${new URL(address).searchParams.get('id')}`).expect(200, /and is gone/);
  });

  it.each([
    ['an id that was not given out', /id=[\w-]+/, 'id=none'],
    ['an unknown leg', 'leg=first', 'leg=constructor'],
    ['an unknown page', '/trial?', '/station?number=9&'],
  ])('has no step at %s', async (_what, part, other) => {
    const lab = openLab();
    const address = await lab.firstStep(LINE);
    await lab.get(address.replace(part, other), { Referer: OWN }).expect(404);
  });
});
