import Keygrip from 'keygrip';

/** A parsed `Set-Cookie` line; attribute names are in lower case, in the order sent. */
export interface SetCookie {
  name: string;
  value: string;
  attributes: Record<string, string>;
}

export function parseSetCookie(line: string): SetCookie {
  const [pair = '', ...rest] = line.split('; ');
  const at = pair.indexOf('=');
  const attributes = Object.fromEntries(
    rest.map((attribute) => {
      const [name = '', ...value] = attribute.split('=');
      return [name.toLowerCase(), value.join('=')];
    }),
  );
  return { name: pair.slice(0, at), value: pair.slice(at + 1), attributes };
}

/** The last line of each name, sorted by name: what a browser keeps. */
export function effective(lines: SetCookie[]): SetCookie[] {
  const last = [...new Map(lines.map((line) => [line.name, line])).values()];
  return last.toSorted((one, other) => one.name.localeCompare(other.name));
}

/** Replaces a signature by a text that says whether it is valid. */
export function checkSignature(
  cookie: SetCookie,
  all: SetCookie[],
  key: string,
  sent: Map<string, string>,
): string {
  if (!cookie.name.endsWith('.sig') || cookie.value === '') return cookie.value;
  const name = cookie.name.slice(0, -'.sig'.length);
  // After a key rotation the value that the browser sent is signed again.
  const value = all.find((other) => other.name === name)?.value ?? sent.get(name) ?? '';
  return new Keygrip([key]).sign(`${name}=${value}`) === cookie.value
    ? '(valid signature)'
    : '(INVALID signature)';
}

/** The cookies of a browser, as far as a session needs them, by the fake clock. */
export class CookieJar {
  readonly cookies = new Map<string, { value: string; expires: number }>();

  take(lines: SetCookie[], now: number): void {
    for (const { name, value, attributes } of lines) {
      const expires = attributes.expires === undefined ? Infinity : Date.parse(attributes.expires);
      if (expires <= now) this.cookies.delete(name);
      else this.cookies.set(name, { value, expires });
    }
  }

  sent(now: number): Map<string, string> {
    const alive = [...this.cookies].filter(([, { expires }]) => expires > now);
    return new Map(alive.map(([name, { value }]) => [name, value]));
  }

  header(now: number): string {
    return [...this.sent(now)].map(([name, value]) => `${name}=${value}`).join('; ');
  }
}
