import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as sessions from './index.ts';

const SOURCE = readFileSync(new URL('index.ts', import.meta.url), 'utf8');

interface Names {
  values: string[];
  types: string[];
}

/**
 * The exports of the first edition: apps import them, so none may be removed. Those of the check of `Set-Cookie` lines
 * are in src/set-cookie now.
 */
const FIRST_EDITION: Names = {
  values: [
    'CookieTooLargeError',
    'LateWriteError',
    'MemoryRevocations',
    'MemoryStore',
    'REPLACED_FOR',
    'RedisRevocations',
    'RedisStore',
    'SessionGoneError',
    'StoreUnavailableError',
    'createSession',
    'default',
    'fingerprint',
    'handleOf',
    'outlasts',
    'session',
    'sessionPlace',
    'userSessions',
  ],
  types: [
    'CreateSessionOptions',
    'ExternalKey',
    'Life',
    'ListedSession',
    'MemoryRevocationsOptions',
    'MemoryStoreOptions',
    'Outcome',
    'RedisClient',
    'RedisOptions',
    'RevocableSession',
    'Revocations',
    'Session',
    'SessionApp',
    'SessionBase',
    'SessionCallback',
    'SessionData',
    'SessionEvent',
    'SessionEventName',
    'SessionOptions',
    'SessionPlace',
    'SessionRecord',
    'SessionStore',
    'SessionWrite',
    'StoreContext',
    'StoredSession',
    'UpdateFunction',
    'UserSession',
    'UserSessions',
    'Version',
    'VersionedStore',
  ],
};

/** Exports added since. Add a name here when you add it to index.ts. */
const NEW: Names = {
  values: [],
  // The result of the option `verdict`.
  types: ['CookieVerdict', 'Ending', 'UserIndex'],
};

/** The names that the source of a module exports. */
function exportsOf(source: string): Names {
  const names: Names = { values: [], types: [] };
  for (const [, type, list = ''] of source.matchAll(/^export (type )?\{([^}]*)\}/gm)) {
    for (const item of list.split(',').map((text) => text.trim())) {
      const name = item.split(' ').at(-1);
      if (name) names[type || item.startsWith('type ') ? 'types' : 'values'].push(name);
    }
  }
  for (const [, keyword, name = ''] of source.matchAll(/^export (?:async )?([a-z]+)\*? (\w+)/gm)) {
    if (keyword === 'default') names.values.push('default');
    else names[keyword === 'type' || keyword === 'interface' ? 'types' : 'values'].push(name);
  }
  return names;
}

describe('src/session/index.ts', () => {
  const expected: Names = {
    values: [...FIRST_EDITION.values, ...NEW.values].toSorted(),
    types: [...FIRST_EDITION.types, ...NEW.types].toSorted(),
  };

  it('exports these values', () => {
    expect(Object.keys(sessions).toSorted()).toEqual(expected.values);
  });

  it('exports these types', () => {
    expect(exportsOf(SOURCE).types.toSorted()).toEqual(expected.types);
  });

  it('names each of them in its source', () => {
    expect(SOURCE).not.toMatch(/^export (type )?\*/m);
    expect(exportsOf(SOURCE).values.toSorted()).toEqual(expected.values);
  });

  it('exports one function under three names', () => {
    expect(sessions.default).toBe(sessions.session);
    expect(sessions.createSession).toBe(sessions.session);
  });
});

it('reads every kind of export', () => {
  const source = [
    "export { a, b as c, type D } from './one.ts';",
    "export type {\n  E,\n  F as G,\n} from './two.ts';",
    'export { h as default };',
    'export const i = 1;',
    'export async function j() {}',
    'export function* k() {}',
    'export class L {}',
    'export interface M {}',
    'export type N = 1;',
  ].join('\n');
  expect(exportsOf(source)).toEqual({
    values: ['a', 'c', 'default', 'i', 'j', 'k', 'L'],
    types: ['D', 'E', 'G', 'M', 'N'],
  });
});
