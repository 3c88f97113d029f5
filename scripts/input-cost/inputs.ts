import { gzipSync } from 'node:zlib';
import { DEMO_ACCOUNT } from '../../src/auth/users.ts';

/** An untrusted input of any size. */
export interface Input {
  name: string;
  /** A request with about `bytes` bytes of it. */
  request(bytes: number): RawRequest;
  /** The headers, of which Node takes 16 KiB, or the body. */
  part: 'head' | 'body';
}

export interface RawRequest {
  method?: string;
  target?: string;
  headers?: Record<string, string>;
  body?: Buffer | string;
}

const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';

/** `text` repeated to `bytes` bytes. */
function filled(bytes: number, text: string): string {
  return text.repeat(Math.ceil(bytes / text.length)).slice(0, bytes);
}

/** As {@link filled}, with `#` replaced by a counter. */
function numbered(bytes: number, text: string): string {
  let all = '';
  for (let nth = 0; all.length < bytes; nth += 1) all += text.replaceAll('#', String(nth));
  return all.slice(0, bytes);
}

function inTarget(name: string, before: string, fill: (bytes: number) => string): Input {
  return { name, part: 'head', request: (bytes) => ({ target: before + fill(bytes) }) };
}

/** In a header of a login, which looks at more headers than any other request. */
function inHeader(header: string, shown: string, fill: (bytes: number) => string): Input {
  const request = (bytes: number): RawRequest => ({
    method: 'POST',
    target: '/login',
    headers: { 'Content-Type': FORM, Origin: 'http://localhost', [header]: fill(bytes) },
    body: new URLSearchParams({ name: DEMO_ACCOUNT.name, password: DEMO_ACCOUNT.password }).toString(),
  });
  return { name: `${header}: ${shown}`, part: 'head', request };
}

/** In a header of a GET. */
function inHeaderOf(target: string, header: string, shown: string, fill: (bytes: number) => string): Input {
  const request = (bytes: number): RawRequest => ({ target, headers: { [header]: fill(bytes) } });
  return { name: `${header}: ${shown}`, part: 'head', request };
}

function inBody(name: string, type: string, fill: (bytes: number) => string, target = '/login'): Input {
  return {
    name,
    part: 'body',
    request: (bytes) => ({ method: 'POST', target, headers: { 'Content-Type': type }, body: fill(bytes) }),
  };
}

const IN_TARGETS: Input[] = [
  inTarget('query: a&a&a', '/login?', (bytes) => filled(bytes, 'a&')),
  inTarget('query: &&&', '/login?', (bytes) => filled(bytes, '&')),
  inTarget('query: distinct names', '/login?', (bytes) => numbered(bytes, 'a#=#&')),
  inTarget('query: one long value', '/login?next=/', (bytes) => filled(bytes, 'a')),
  inTarget('query: next=////', '/login?next=', (bytes) => filled(bytes, '/')),
  inTarget('query: next=%2e%2e%2f', '/login?next=/', (bytes) => filled(bytes, '%2e%2e%2f')),
  inTarget('query: %%%', '/login?next=', (bytes) => filled(bytes, '%')),
  inTarget('path: one long name', '/', (bytes) => filled(bytes, 'a')),
  inTarget('path: a/a/a', '/', (bytes) => filled(bytes, 'a/')),
  inTarget('path: ////', '/', (bytes) => filled(bytes, '/')),
  inTarget('path: ../../', '/', (bytes) => filled(bytes, '../')),
  inTarget('path: %41', '/', (bytes) => filled(bytes, '%41')),
  inTarget('path: /source/…', '/source/', (bytes) => filled(bytes, 'a/')),
  inTarget('path: /memory/…', '/memory/', (bytes) => filled(bytes, 'views/')),
  inTarget('target: http://a.a.a', 'http://', (bytes) => filled(bytes, 'a.')),
  inTarget('lab: line of base64 of [[[', '/lab?url=http://localhost/&line=lab=', (bytes) =>
    Buffer.from(`{"a":${'['.repeat(bytes / 3)}${']'.repeat(bytes / 3)}}`).toString('base64url'),
  ),
  inTarget('lab: url of combining marks', '/lab?line=a=b&url=http://a', (bytes) =>
    filled(bytes, '%CC%95%CC%96'),
  ),
  inTarget('lab: line of ;;;', '/lab?url=http://localhost/&line=a=b', (bytes) => filled(bytes, ';')),
  inTarget('lab: line of many attributes', '/lab?url=http://localhost/&line=a=b', (bytes) =>
    filled(bytes, ';Path=/'),
  ),
  inTarget('lab: line of spaces', '/lab?url=http://localhost/&line=a', (bytes) => `${filled(bytes, '+')}=b`),
  inTarget('lab: line of dates', '/lab?url=http://localhost/&line=a=b;Expires=', (bytes) =>
    filled(bytes, '1:'),
  ),
  inTarget('lab: domain of dots', '/lab?url=http://localhost/&line=a=b;Domain=', (bytes) =>
    filled(bytes, '.a'),
  ),
  inTarget('lab: url of dots', '/lab?line=a=b&url=http://', (bytes) => filled(bytes, 'a.')),
  inTarget('lab: url of slashes', '/lab?line=a=b&url=http://localhost', (bytes) => filled(bytes, '/')),
  inTarget('lab: before of ;;;', '/lab?url=http://localhost/&line=a=b&before=a=b', (bytes) =>
    filled(bytes, ';'),
  ),
  inTarget('lab: trial', '/lab?line=a=b&url=http://localhost/&trial=', (bytes) => filled(bytes, 'a')),
];

const IN_HEADERS: Input[] = [
  ...['Accept', 'Accept-Encoding', 'Accept-Language'].flatMap((header) => [
    inHeader(header, 'a/b,a/b', (bytes) => filled(bytes, 'a/b,')),
    inHeader(header, ',,,', (bytes) => filled(bytes, ',')),
    inHeader(header, ';;;', (bytes) => `text/html${filled(bytes, ';')}`),
    inHeader(header, 'a/b;q="x",', (bytes) => filled(bytes, 'a/b;q="x",')),
    inHeader(header, 'unterminated quote', (bytes) => `a/b;c="${filled(bytes, ',')}`),
    inHeader(header, 'spaces', (bytes) => `text/html${filled(bytes, ' ')}x`),
  ]),
  inHeaderOf('/style.css', 'Range', 'many', (bytes) => `bytes=${filled(bytes, '0-0,')}1-1`),
  inHeaderOf('/style.css', 'Range', 'digits', (bytes) => `bytes=${filled(bytes, '9')}-`),
  inHeaderOf('/style.css', 'If-None-Match', 'many', (bytes) => filled(bytes, '"a",')),
  inHeaderOf('/style.css', 'If-None-Match', 'spaces', (bytes) => `"a"${filled(bytes, ' ')},`),
  inHeaderOf('/memory/views', 'If-None-Match', 'on a page', (bytes) => filled(bytes, 'W/"a",')),
  inHeaderOf('/style.css', 'If-Modified-Since', 'digits', (bytes) => filled(bytes, '1 ')),
  inHeader('Cookie', 'a;a;a', (bytes) => filled(bytes, 'a;')),
  inHeader('Cookie', 'a=b; a=b', (bytes) => filled(bytes, 'a=b; ')),
  inHeader('Cookie', 'spaces', (bytes) => `a=b;${filled(bytes, ' ')}c`),
  inHeader('Cookie', 'many semicolons and spaces', (bytes) => filled(bytes, ';    ')),
  inHeaderOf('/lab', 'Cookie', 'lab-…', (bytes) => numbered(bytes, 'lab-#=#; ')),
  inHeader('User-Agent', 'words', (bytes) => filled(bytes, 'Mozilla/5.0 ')),
  inHeader('User-Agent', 'spaces', (bytes) => `Mozilla${filled(bytes, ' ')}x`),
  inHeader('User-Agent', 'digits', (bytes) => `Chrome/${filled(bytes, '1.')}`),
  inHeader('Referer', 'slashes', (bytes) => `http://localhost${filled(bytes, '/')}`),
  inHeader('Origin', 'dots', (bytes) => `http://${filled(bytes, 'a.')}`),
  inHeaderOf('/lab', 'Host', 'combining marks', (bytes) => `a${filled(bytes, '%CC%95%CC%96')}`),
  inHeaderOf(
    'http://[::1',
    'Accept',
    'unterminated quote, on an odd target',
    (bytes) => `a/b;c="${filled(bytes, ',')}`,
  ),
  inHeader('Host', 'dots', (bytes) => filled(bytes, 'a.')),
  inHeader('X-Forwarded-For', 'commas', (bytes) => `${filled(bytes, ',')}1.2.3.4`),
  inHeader('X-Forwarded-For', 'spaces', (bytes) => `a${filled(bytes, ' ')}b`),
  inHeader('X-Forwarded-For', 'digits', (bytes) => filled(bytes, '1.')),
  inHeader('X-Forwarded-Host', 'spaces', (bytes) => `a${filled(bytes, ' ')}b`),
  inHeader('X-Forwarded-Proto', 'spaces', (bytes) => `http${filled(bytes, ' ')}b`),
  inHeader('X-Request-Id', 'letters', (bytes) => filled(bytes, 'a')),
  inHeader('Sec-Fetch-Site', 'letters', (bytes) => filled(bytes, 'a')),
  inHeader('Authorization', 'letters', (bytes) => `Basic ${filled(bytes, 'a')}`),
  inHeader('Connection', 'commas', (bytes) => `close${filled(bytes, ',a')}`),
  {
    name: 'many headers',
    part: 'head',
    request: (bytes) => ({
      target: '/memory/views',
      headers: Object.fromEntries(Array.from({ length: bytes / 12 }, (_, nth) => [`x-${nth}`, '1'])),
    }),
  },
];

/** The session's cookie with invalid values. */
function sessionCookies(cookie: string): Input[] {
  return [
    inHeader('Cookie', 'session of letters', (bytes) => `${cookie}=${filled(bytes, 'a')}`),
    inHeader('Cookie', 'session that looks sealed', (bytes) => `${cookie}=v1.${filled(bytes, 'a')}`),
    inHeader('Cookie', 'session many times', (bytes) => filled(bytes, `${cookie}=v1.aaaa; `)),
  ];
}

const IN_BODIES: Input[] = [
  inBody('form: a&a&a', FORM, (bytes) => filled(bytes, 'a&')),
  inBody('form: &&&', FORM, (bytes) => filled(bytes, '&')),
  inBody('form: distinct names', FORM, (bytes) => numbered(bytes, 'a#=#&')),
  inBody('form: a[]=1', FORM, (bytes) => filled(bytes, 'a[]=1&')),
  inBody('form: a[1]=1', FORM, (bytes) => numbered(bytes, 'a[#]=1&')),
  inBody('form: a[b][b][b]', FORM, (bytes) => `a${filled(bytes, '[b]')}=1`),
  inBody('form: a.b.b', FORM, (bytes) => `a${filled(bytes, '.b')}=1`),
  inBody('form: [[[', FORM, (bytes) => `a${filled(bytes, '[')}=1`),
  inBody('form: a=1,1', FORM, (bytes) => `a=${filled(bytes, '1,')}`),
  inBody('form: %41', FORM, (bytes) => `name=${filled(bytes, '%41')}`),
  inBody('form: %', FORM, (bytes) => `name=${filled(bytes, '%')}`),
  inBody('form: a name that grows under NFKC', FORM, (bytes) => `name=${filled(bytes, '%EF%B7%BA')}`),
  inBody('form: a name of combining marks', FORM, (bytes) => `name=a${filled(bytes, '%CC%80')}`),
  inBody('form: next=////', FORM, (bytes) => `name=a&password=&next=${filled(bytes, '/')}`),
  inBody(
    'JSON: a name of marks to reorder',
    JSON_TYPE,
    (bytes) => `{"password":"a","name":"a${'\u0315'.repeat(bytes / 4)}${'\u0316'.repeat(bytes / 4)}"}`,
  ),
  inBody('JSON: [[[', JSON_TYPE, (bytes) => '['.repeat(bytes / 2) + ']'.repeat(bytes / 2)),
  inBody('JSON: {"a":{"a":', JSON_TYPE, (bytes) => '{"a":'.repeat(bytes / 6) + '1' + '}'.repeat(bytes / 6)),
  inBody('JSON: distinct names', JSON_TYPE, (bytes) =>
    `{${numbered(bytes - 20, '"a#":1,')}"z":1}`.replace(/,"[^,]*"z"/, ',"z"'),
  ),
  inBody('JSON: one name', JSON_TYPE, (bytes) => `{${'"a":1,'.repeat(bytes / 6)}"a":1}`),
  inBody('JSON: one long text', JSON_TYPE, (bytes) => `{"name":"${filled(bytes, 'a')}"}`),
  inBody('JSON: \\u0041', JSON_TYPE, (bytes) => `{"name":"${'\\u0041'.repeat(bytes / 6)}"}`),
  inBody('JSON: digits', JSON_TYPE, (bytes) => `{"name":${filled(bytes, '9')}}`),
  inBody('JSON: spaces', JSON_TYPE, (bytes) => `${filled(bytes, ' ')}{}`),
  inBody('lab: a trial of ;;;', FORM, (bytes) => `line=lab=b${filled(bytes, ';')}`, '/lab/trials'),
  inBody(
    'lab: a trial of many pairs beside the cookie',
    FORM,
    (bytes) => `line=lab=b&before=lab=b${filled(bytes, ';a=b')}`,
    '/lab/trials',
  ),
  inBody('lab: a trial of spaces', FORM, (bytes) => `line=lab${filled(bytes, '+')}=b`, '/lab/trials'),
  {
    name: 'gzip bomb (1,000 times)',
    part: 'body',
    request: (bytes) => ({
      method: 'POST',
      target: '/login',
      headers: { 'Content-Type': JSON_TYPE, 'Content-Encoding': 'gzip' },
      body: gzipSync(Buffer.alloc(bytes * 1000, ' ')),
    }),
  },
  {
    name: 'Content-Type: parameters',
    part: 'head',
    request: (bytes) => ({
      method: 'POST',
      target: '/login',
      headers: { 'Content-Type': `${FORM}${filled(bytes, ';a=b')}` },
      body: 'a=b',
    }),
  },
  {
    name: 'Content-Type: unterminated quote',
    part: 'head',
    request: (bytes) => ({
      method: 'POST',
      target: '/login',
      headers: { 'Content-Type': `${FORM}; charset="${filled(bytes, '\\a')}` },
      body: 'a=b',
    }),
  },
  {
    name: 'Content-Type: spaces',
    part: 'head',
    request: (bytes) => ({
      method: 'POST',
      target: '/login',
      headers: { 'Content-Type': `${FORM}${filled(bytes, ' ')};a` },
      body: 'a=b',
    }),
  },
];

/** @param cookie name of the session's cookie */
export function inputs(cookie: string): Input[] {
  return [...IN_TARGETS, ...IN_HEADERS, ...sessionCookies(cookie), ...IN_BODIES];
}
