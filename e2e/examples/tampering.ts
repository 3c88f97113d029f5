import Keygrip from 'keygrip';
import { Sealer } from '../../src/session/cookie/seal.ts';
import { keys } from '../app-server.ts';
import type { Storage } from '../fixtures.ts';
import type { BrowserCookie } from '../session-cookies.ts';

/** A genuine cookie, and what is needed to make others. */
interface Genuine {
  name: string;
  value: string;
  storage: Storage;
}

/** What is sent instead, and a signature beside it if there is one. */
type Forgery = readonly [value: string, signature?: string];

const SOMEBODY = { views: 1000, userId: 'demo-ada', loggedInAt: 1 };

/** What somebody can make of a session cookie, and what of it the server's own key would seal. */
const forgeries: Record<string, (genuine: Genuine) => Forgery> = {
  'a changed value': ({ value }) => [
    `${value.slice(0, 40)}${value[40] === 'A' ? 'B' : 'A'}${value.slice(41)}`,
  ],
  'a shortened value': ({ value }) => [value.slice(0, -1)],
  'another version': ({ value }) => [`v2.${value.slice(3)}`],
  'data of their own': () => [base64(SOMEBODY)],
  "data of their own, signed with the app's key as koa-session would": ({ name }) =>
    signed(name, base64(SOMEBODY)),
  'data of their own, sealed with another key': ({ name, storage }) => [
    new Sealer(['a key of somebody else, as long as any'], { name, purpose: purposeOf(storage) }).seal(
      JSON.stringify(SOMEBODY),
    ),
  ],
  'sealed for another cookie': ({ storage }) => [sealed('other', storage, JSON.stringify(SOMEBODY))],
  'sealed for the other storage': ({ name, storage }) => [
    sealed(name, storage === 'cookie' ? 'memory' : 'cookie', JSON.stringify(SOMEBODY)),
  ],
  'sealed by us, but without the id by which it could be ended': ({ name, storage }) => [
    sealed(name, storage, JSON.stringify(SOMEBODY)),
  ],
  'sealed by us, but no session': ({ name, storage }) => [sealed(name, storage, '["views",7]')],
  garbage: () => ['%00%ff{"views":7'],
  'all that a browser sends (4 kB)': ({ name }) => [`v1.${'A'.repeat(4093 - name.length)}`],
};

/** Forged cookies to put in the place of a genuine one, by what is wrong with them. */
export function forge(
  cookie: BrowserCookie,
  storage: Storage,
): { title: string; cookies: BrowserCookie[] }[] {
  const genuine = { name: cookie.name, value: cookie.value, storage };
  return Object.entries(forgeries).map(([title, make]) => {
    const [value, signature] = make(genuine);
    const beside =
      signature === undefined ? [] : [{ ...cookie, name: `${cookie.name}.sig`, value: signature }];
    return { title, cookies: [{ ...cookie, value }, ...beside] };
  });
}

/** Sealed with the app's own key, as the server would. */
export function sealed(name: string, storage: Storage, text: string): string {
  return new Sealer(keys, { name, purpose: purposeOf(storage) }).seal(text);
}

/** What the cookie carries. */
function purposeOf(storage: Storage): 'id' | 'session' {
  return storage === 'cookie' ? 'session' : 'id';
}

function signed(name: string, value: string): Forgery {
  return [value, new Keygrip(keys).sign(`${name}=${value}`)];
}

function base64(data: unknown): string {
  return Buffer.from(JSON.stringify(data)).toString('base64');
}
