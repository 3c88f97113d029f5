/**
 * What a request does with the session:
 *
 * - `none`: nothing, but it brings one
 * - `read`: reads two of its keys
 * - `write`: reads them and changes one
 * - `new`: begins one, and brings none
 */
export const KINDS = ['none', 'read', 'write', 'new'] as const;

export type Kind = (typeof KINDS)[number];

/** What the apps keep in a session: 200 bytes of JSON or a few less. */
export interface Data {
  userId: string;
  views: number;
  name: string;
  roles: string[];
  cart: { sku: string; count: number }[];
  csrf: string;
}

export function newData(nth: number): Data {
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

/** What the server answers with; what it says is checked at each request. */
export function bodyOf({ userId, views }: Pick<Data, 'userId' | 'views'>): string {
  return `${userId} has seen ${views}`;
}

/** What it answers with where no session is looked at. */
export const PLAIN = 'nobody has looked';

export type ByKind<Value> = Record<Kind, Value>;

export function byKind<Value>(of: (kind: Kind) => Value): ByKind<Value> {
  return { none: of('none'), read: of('read'), write: of('write'), new: of('new') };
}

/** The same for what has to be done one after the other. */
export async function byKindInTurn<Value>(of: (kind: Kind) => Promise<Value>): Promise<ByKind<Value>> {
  return { none: await of('none'), read: await of('read'), write: await of('write'), new: await of('new') };
}
