/** In ms: the lifetime of a session in every app. */
export const DAY = 24 * 60 * 60 * 1000;

/** Signs and encrypts the cookies of every app. The second key is an old one, as after a key rotation. */
export const KEYS = ['the-key-of-the-benchmark-32-bytes', 'the-old-key-of-the-benchmark-32-b'] as const;

/**
 * What a request does with its session:
 *
 * - `none`: brings one and does not use it
 * - `read`: reads two of its keys
 * - `write`: reads them and changes one
 * - `new`: brings none and begins one
 */
export const KINDS = ['none', 'read', 'write', 'new'] as const;

export type Kind = (typeof KINDS)[number];

export type ByKind<Value> = Record<Kind, Value>;

export function byKind<Value>(of: (kind: Kind) => Value): ByKind<Value> {
  return { none: of('none'), read: of('read'), write: of('write'), new: of('new') };
}

/** The data of a session: about 200 bytes of JSON. */
export type Data = ReturnType<typeof newData>;

export function newData(nth: number) {
  return {
    userId: `user-${nth}`,
    views: 0,
    name: 'Ada Lovelace',
    roles: ['reader', 'writer'],
    cart: [
      { sku: 'kettle-1851', count: 1 },
      { sku: 'teapot-418', count: 2 },
    ],
    csrf: 'q7mPz0wWvT3u9cXbKJ4RsYhN',
  };
}

/** The body of a response to `none`. */
export const PLAIN = 'no session was used';

/** The body of every other response. The client checks it. */
export function bodyOf({ userId, views }: Pick<Data, 'userId' | 'views'>): string {
  return `${userId} has seen ${views}`;
}

/** What every app does with a request. It reads `holder.session` only for requests that use their session. */
export function createAnswer(): (path: string, holder: { session?: unknown }) => string {
  let begun = 0;
  return (path, holder) => {
    if (path === '/none') return PLAIN;
    const session = holder.session as Data;
    if (path === '/write') session.views += 1;
    if (path === '/new') Object.assign(session, newData((begun += 1)));
    return bodyOf(session);
  };
}
