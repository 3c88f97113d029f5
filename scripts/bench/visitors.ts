import type { Candidate } from './candidates.ts';
import type { Answer, Connection } from './connection.ts';
import { bodyOf, type Kind, PLAIN } from './workload.ts';

/** Another site's cookie, which browsers send too. */
const OTHER_COOKIE = 'theme=dark';

/** The visitors of one server. They send requests in turn, so that no cache of the last session helps. */
export class Visitors {
  readonly #keeps: Candidate['keeps'];
  readonly #all: { userId: string; views: number; cookie: string }[] = [];
  #next = 0;

  constructor(keeps: Candidate['keeps']) {
    this.#keeps = keeps;
  }

  /** Adds a visitor with a new session, unless the server has no sessions. */
  async join(connection: Connection): Promise<void> {
    if (this.#keeps === 'nothing') return;
    const answer = await begin(connection);
    const [userId = ''] = answer.body.split(' ', 1);
    this.#all.push({ userId, views: 0, cookie: cookieAfter(answer) });
  }

  /**
   * Sends one request.
   * @throws {Error} if the answer is not the expected one
   */
  async visit(connection: Connection, kind: Kind): Promise<void> {
    if (this.#keeps === 'nothing') return check(await connection.get('/none', OTHER_COOKIE), PLAIN, [false]);
    if (kind === 'new') return void (await begin(connection));
    const visitor = this.#all[this.#next % this.#all.length];
    this.#next += 1;
    if (!visitor) throw new Error('no visitor has a session yet');
    const answer = await connection.get(`/${kind}`, visitor.cookie);
    if (kind !== 'write') return check(answer, kind === 'none' ? PLAIN : bodyOf(visitor), [false]);
    visitor.views += 1;
    // With a store, koa-session sends its cookie after a change, and the others do not.
    check(answer, bodyOf(visitor), this.#keeps === 'cookie' ? [true] : [true, false]);
    if (this.#keeps === 'cookie') visitor.cookie = cookieAfter(answer);
  }
}

async function begin(connection: Connection): Promise<Answer> {
  const answer = await connection.get('/new', OTHER_COOKIE);
  check(answer, /^user-\d+ has seen 0$/.test(answer.body) ? answer.body : 'a new session', [true]);
  return answer;
}

/** @param setsCookie what is allowed */
function check({ head, body }: Answer, expected: string, setsCookie: boolean[]): void {
  const isRight = head.startsWith('HTTP/1.1 200 ') && body === expected;
  if (isRight && setsCookie.includes(/\nset-cookie: /i.test(head))) return;
  const cookie = setsCookie.length > 1 ? '' : setsCookie[0] ? ' and a cookie' : ' and no cookie';
  throw new Error(`expected '${expected}'${cookie}, but the server answered:\n${head}\n\n${body}`);
}

/** The header `Cookie` of the next request. */
function cookieAfter({ head }: Answer): string {
  const pairs = Array.from(head.matchAll(/\nset-cookie: ([^;\r]*)/gi), ([, pair]) => pair);
  return [OTHER_COOKIE, ...pairs].join('; ');
}
