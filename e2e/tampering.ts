import Keygrip from 'keygrip';
import { keys } from './app-server.ts';
import type { BrowserCookie } from './session-cookies.ts';

/** A cookie and its signature, as the browser holds them. */
interface Genuine {
  name: string;
  value: string;
  signature: string;
}

/** Value and signature that are sent instead; `undefined` leaves one of them out. */
type Forgery = readonly [value: string | undefined, signature?: string];

/** What somebody can make of a session cookie, and what of it the server's own key would sign. */
const forgeries: Record<string, (genuine: Genuine) => Forgery> = {
  'a changed value': ({ value, signature }) => [withOtherStart(value), signature],
  'no signature': ({ value }) => [value],
  'a changed signature': ({ value, signature }) => [value, withOtherStart(signature)],
  'nothing but the signature': ({ signature }) => [undefined, signature],
  'data of their own': ({ signature }) => [base64({ views: 1000, userId: 'demo-ada' }), signature],
  garbage: ({ signature }) => ['%00%ff{"views":7', signature],
  'garbage, well signed': ({ name }) => signed(name, '%00%ff{"views":7'),
  'JSON that is no session, well signed': ({ name }) => signed(name, base64(['views', 7])),
  'all that a browser sends (4 kB)': ({ name, signature }) => ['A'.repeat(4096 - name.length), signature],
};

/** Forged cookies to put in the place of genuine ones, by what is wrong with them. */
export function forge([cookie, signature]: BrowserCookie[]): { title: string; cookies: BrowserCookie[] }[] {
  if (!cookie || !signature) throw new Error('The browser holds no session cookie with a signature.');
  const genuine = { name: cookie.name, value: cookie.value, signature: signature.value };
  return Object.entries(forgeries).map(([title, make]) => {
    const [value, otherSignature] = make(genuine);
    return {
      title,
      cookies: [
        ...(value === undefined ? [] : [{ ...cookie, value }]),
        ...(otherSignature === undefined ? [] : [{ ...signature, value: otherSignature }]),
      ],
    };
  });
}

/** With the signature of the app's own key, as `cookies` makes it. */
export function signed(name: string, value: string): [value: string, signature: string] {
  return [value, new Keygrip(keys).sign(`${name}=${value}`)];
}

// The first character, since the last one of base64 may hold bits that nobody reads.
function withOtherStart(text: string): string {
  return (text.startsWith('A') ? 'B' : 'A') + text.slice(1);
}

function base64(data: unknown): string {
  return Buffer.from(JSON.stringify(data)).toString('base64');
}
