import { gzipSync } from 'node:zlib';
import { DEMO_ACCOUNT } from '../../src/auth/users.ts';

/** An untrusted input of any size. */
export interface Input {
  name: string;
  /** The headers, of which Node takes 16 KiB, or the body. */
  part: 'head' | 'body';
  /** A request with about `bytes` bytes of it. */
  request(bytes: number): RawRequest;
}

export interface RawRequest {
  method?: string;
  target?: string;
  headers?: Record<string, string>;
  body?: Buffer | string;
}

const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';
const REPEATED = /«(.*?)»/g;

/**
 * Repeats what is in «» until the pattern has about `bytes` bytes, or all of a pattern without them. `#` becomes the
 * number of the repetition.
 */
function filled(pattern: string, bytes: number): string {
  const marked = pattern.includes('«') ? pattern : `«${pattern}»`;
  const unit = Array.from(marked.matchAll(REPEATED), ([, part]) => part).join('');
  // A number has up to four digits.
  const count = Math.ceil(bytes / Buffer.byteLength(unit.replaceAll('#', '1234')));
  return marked.replaceAll(REPEATED, (_all, part: string) =>
    Array.from({ length: count }, (_none, nth) => part.replaceAll('#', String(nth))).join(''),
  );
}

/** An input for each pattern. */
function each(
  part: Input['part'],
  label: string,
  patterns: string[],
  request: (filled: string) => RawRequest,
): Input[] {
  return patterns.map((pattern) => ({
    name: label + pattern,
    part,
    request: (bytes) => request(filled(pattern, bytes)),
  }));
}

function inTarget(before: string, ...patterns: string[]): Input[] {
  return each('head', before, patterns, (text) => ({ target: before + text }));
}

function inHeader(target: string, header: string, ...patterns: string[]): Input[] {
  return each('head', `${header}: `, patterns, (text) => ({ target, headers: { [header]: text } }));
}

/** In a header of a login, which uses more headers than any other request. */
function inLogin(header: string, ...patterns: string[]): Input[] {
  const body = new URLSearchParams({ name: DEMO_ACCOUNT.name, password: DEMO_ACCOUNT.password }).toString();
  const headers = { 'Content-Type': FORM, Origin: 'http://localhost' };
  return each('head', `${header}: `, patterns, (text) => ({
    ...post('/login', body),
    headers: { ...headers, [header]: text },
  }));
}

function inBody(target: string, type: string, ...patterns: string[]): Input[] {
  return each('body', `${type}: `, patterns, (body) => post(target, body, { 'Content-Type': type }));
}

function post(target: string, body: RawRequest['body'], headers = {}): RawRequest {
  return { method: 'POST', target, headers, body };
}

/** @param cookie the name of the session's cookie */
export function inputs(cookie: string): Input[] {
  const lab = '/lab?url=http://localhost/&line=';
  return [
    ...inTarget('/login?', 'a&', '&', 'a#=#&', 'next=/«a»', 'next=«/»', 'next=/«%2e%2e%2f»', 'next=«%»'),
    ...inTarget('/', 'a', 'a/', '/', '../', '%2e%2e/', '%41', 'source/«a/»', 'memory/«views/»'),
    ...inTarget('http://', 'a.'),
    ...inTarget(lab, 'a=b«;»', 'a=b«;Path=/»', 'a«+»=b', 'a=b;Expires=«1:»', 'a=b;Domain=«.a»'),
    ...inTarget(lab, 'a=b&before=a=b«;»', 'a=b&trial=«a»'),
    ...inTarget('/lab?line=a=b&url=http://', 'a«%CC%95%CC%96»', 'a.', 'localhost«/»'),
    // Base64 makes four characters of three.
    ...each('head', `${lab}lab= and base64 of `, ['{"a":«[  »«]»}'], (text) => ({
      target: `${lab}lab=${Buffer.from(text.replaceAll(' ', '')).toString('base64url')}`,
    })),
    ...['Accept', 'Accept-Encoding', 'Accept-Language'].flatMap((header) =>
      inLogin(header, 'a/b,', ',', 'text/html«;»', 'a/b;q="x",', 'a/b;c="«,»', 'text/html« »x'),
    ),
    ...inHeader('http://[::1', 'Accept', 'a/b;c="«,»'),
    ...inHeader('/style.css', 'Range', 'bytes=«0-0,»1-1', 'bytes=«9»-'),
    ...inHeader('/style.css', 'If-None-Match', '"a",', '"a"« »,'),
    ...inHeader('/memory/views', 'If-None-Match', 'W/"a",'),
    ...inHeader('/style.css', 'If-Modified-Since', '1 '),
    ...inHeader('/lab', 'Cookie', 'lab-#=#; '),
    ...inLogin('Cookie', 'a;', 'a=b; ', 'a=b;« »c', ';    '),
    ...inLogin('Cookie', `${cookie}=«a»`, `${cookie}=v1.«a»`, `${cookie}=v1.aaaa; `),
    ...inLogin('User-Agent', 'Mozilla/5.0 ', 'Mozilla« »x', 'Chrome/«1.»'),
    ...inLogin('Referer', 'http://localhost«/»'),
    ...inLogin('Origin', 'http://«a.»'),
    ...inHeader('/lab', 'Host', 'a«%CC%95%CC%96»'),
    ...inLogin('Host', 'a.'),
    ...inLogin('X-Forwarded-For', '«,»1.2.3.4', 'a« »b', '1.'),
    ...inLogin('X-Forwarded-Host', 'a« »b'),
    ...inLogin('X-Forwarded-Proto', 'http« »b'),
    ...inLogin('X-Request-Id', 'a'),
    ...inLogin('Sec-Fetch-Site', 'a'),
    ...inLogin('Authorization', 'Basic «a»'),
    ...inLogin('Connection', 'close«,a»'),
    ...inLogin('Content-Type', `${FORM}«;a=b»`, `${FORM}; charset="«\\a»`, `${FORM}« »;a`),
    ...each('head', 'many headers: ', ['«x-name-#   »'], (text) => ({
      target: '/memory/views',
      headers: Object.fromEntries(
        text
          .trim()
          .split(/ +/)
          .map((name) => [name, '1']),
      ),
    })),
    ...inBody('/login', FORM, 'a&', '&', 'a#=#&', 'a[]=1&', 'a[#]=1&', 'a«[b]»=1', 'a«.b»=1', 'a«[»=1'),
    ...inBody('/login', FORM, 'a=«1,»', 'name=«%41»', 'name=«%»', 'name=a&password=&next=«/»'),
    // Names that grow under NFKC, and names of combining marks.
    ...inBody('/login', FORM, 'name=«%EF%B7%BA»', 'name=a«%CC%80»'),
    ...inBody('/login', JSON_TYPE, '{"password":"a","name":"a«\u0315»«\u0316»"}'),
    ...inBody('/login', JSON_TYPE, '«[»«]»', '«{"a":»1«}»', '{«"a#":1,»"z":1}', '{«"a":1,»"a":1}'),
    ...inBody('/login', JSON_TYPE, '{"name":"«a»"}', '{"name":"«\\u0041»"}', '{"name":«9»}', '« »{}'),
    ...inBody('/lab/trials', FORM, 'line=lab=b«;»', 'line=lab=b&before=lab=b«;a=b»', 'line=lab«+»=b'),
    ...each('body', 'gzip bomb, 1,000 times: ', [' '], (text) =>
      post('/login', gzipSync(text.repeat(1000)), { 'Content-Type': JSON_TYPE, 'Content-Encoding': 'gzip' }),
    ),
  ];
}
