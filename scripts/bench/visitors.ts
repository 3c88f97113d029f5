import type { Answer, Connection } from './connection.ts';
import { bodyOf, type Kind, PLAIN } from './kinds.ts';

/** Whoever comes has another site's cookie as well, as browsers do. */
const OTHER_COOKIE = 'theme=dark';

/** One browser with a session. */
interface Visitor {
  userId: string;
  views: number;
  cookies: Map<string, string>;
  /** What it sends. */
  header: string;
}

/** Who visits one server: thousands with a session each, who come in turn, so that no memory of the last one helps. */
export class Visitors {
  readonly #setsCookies: boolean;
  readonly #all: Visitor[] = [];
  #next = 0;

  /** @param setsCookies whether a changed session comes with a cookie, since it is in there */
  constructor({ setsCookies }: { setsCookies: boolean }) {
    this.#setsCookies = setsCookies;
  }

  get count(): number {
    return this.#all.length;
  }

  /** Begins a session that visits from now on. */
  async join(connection: Connection): Promise<void> {
    const { body, head } = await this.#begin(connection);
    const userId = body.slice(0, body.indexOf(' '));
    const visitor: Visitor = { userId, views: 0, cookies: new Map(), header: OTHER_COOKIE };
    keepCookies(visitor, head);
    this.#all.push(visitor);
  }

  /** One request, and whether its answer is as it must be. */
  async visit(connection: Connection, kind: Kind): Promise<void> {
    if (kind === 'new') {
      await this.#begin(connection);
      return;
    }
    const visitor = this.#all[this.#next % this.#all.length];
    this.#next += 1;
    if (!visitor) throw new Error('nobody has a session yet');
    const answer = await connection.get(`/${kind}`, visitor.header);
    if (kind === 'write') visitor.views += 1;
    check(answer, kind === 'none' ? PLAIN : bodyOf(visitor));
    if (kind === 'write' && this.#setsCookies) requireCookie(answer);
    if (kind !== 'write') requireNoCookie(answer);
    keepCookies(visitor, answer.head);
  }

  async #begin(connection: Connection): Promise<Answer> {
    const answer = await connection.get('/new', OTHER_COOKIE);
    if (!/^user-\d+ has seen 0$/.test(answer.body)) throw wrong(answer, 'a new session');
    check(answer, answer.body);
    requireCookie(answer);
    return answer;
  }
}

/** A visitor of an app without sessions: sends what the others send, and is always told the same. */
export async function visitPlain(connection: Connection): Promise<void> {
  const answer = await connection.get('/none', OTHER_COOKIE);
  check(answer, PLAIN);
  requireNoCookie(answer);
}

function check(answer: Answer, body: string): void {
  if (!answer.head.startsWith('HTTP/1.1 200 ') || answer.body !== body) throw wrong(answer, body);
}

function requireCookie(answer: Answer): void {
  if (!/\nset-cookie: /i.test(answer.head)) throw wrong(answer, 'a cookie');
}

function requireNoCookie(answer: Answer): void {
  if (/\nset-cookie: /i.test(answer.head)) throw wrong(answer, 'no cookie');
}

function keepCookies(visitor: Visitor, head: string): void {
  let hasChanged = false;
  for (const [, name = '', value = ''] of head.matchAll(/\nset-cookie: ([^=]+)=([^;\r]*)/gi)) {
    visitor.cookies.set(name, value);
    hasChanged = true;
  }
  if (!hasChanged) return;
  const pairs = [...visitor.cookies].map(([name, value]) => `${name}=${value}`);
  visitor.header = [OTHER_COOKIE, ...pairs].join('; ');
}

function wrong({ head, body }: Answer, wanted: string): Error {
  return new Error(`the server has answered, where '${wanted}' was due:\n${head}\n\n${body}`);
}
