import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameProblem, proposeName } from './app-name.ts';

/** From package.json's manual and the README of npm's validator of names, for new packages. */
function npmTakes(name: string): boolean {
  const parts = name.startsWith('@') ? name.slice(1).split('/') : [name];
  return (
    name.length >= 1 &&
    name.length <= 214 &&
    name === name.toLowerCase() &&
    parts.length === (name.startsWith('@') ? 2 : 1) &&
    parts.every((part) => /^[a-zA-Z0-9_.!~*'()-]+$/.test(part)) &&
    !/^[._-]/.test(name) &&
    !parts.at(-1)?.startsWith('.') &&
    !/[~'!()*]/.test(parts.at(-1) ?? '') &&
    !['node_modules', 'favicon.ico', 'http', 'stream', 'events', 'fs', 'zlib'].includes(name)
  );
}

/** What npm takes, and Windows does not. */
const DEVICE = /^(.*\/)?(con|prn|aux|nul|com\d|lpt\d)$/;

const PIECES = [
  "a b9 z my-app A 0 - . _ ~ ! ' ( * / @ % + \\ é İ ﬀ ½ 日本 🦊 ß con com1 node_modules favicon.ico http".split(
    ' ',
  ),
  [' ', '\n', '\t', '\u00A0', '\0', '\uD800', '\u0301', '\u212A', 'x'.repeat(105), 'y_'.repeat(60)],
].flat();
const name = fc.oneof(
  fc.array(fc.constantFrom(...PIECES), { maxLength: 6 }).map((pieces) => pieces.join('')),
  fc
    .tuple(fc.constantFrom(...PIECES), fc.constantFrom(...PIECES))
    .map(([scope, base]) => `@${scope}/${base}`),
  fc.constantFrom(...PIECES),
  fc.string({ unit: 'binary' }),
);
const MANY = { numRuns: 500 };

describe('nameProblem', () => {
  it('refuses every name that npm refuses', () => {
    fc.assert(
      fc.property(name, (name) => {
        fc.pre(!npmTakes(name));
        expect(nameProblem(name)).toBeTypeOf('string');
      }),
      MANY,
    );
  });

  it('accepts what npm accepts, except the names of devices', () => {
    fc.assert(
      fc.property(name, (name) => {
        fc.pre(npmTakes(name));
        expect(nameProblem(name) === undefined).toBe(!DEVICE.test(name));
      }),
      MANY,
    );
  });

  it.each([
    'a',
    '0',
    'my-app',
    'a.b_c',
    'app-',
    '@me/my-app',
    '@a-b/http',
    '@me/-app',
    'https2',
    'a'.repeat(214),
  ])('accepts %j', (name) => {
    expect(nameProblem(name)).toBeUndefined();
  });

  it.each([
    ['', 'greater than zero'],
    ['a'.repeat(215), 'more than 214 characters'],
    ['MyApp', 'capital'],
    ['my app', 'URL-friendly'],
    ['.app', 'period'],
    ['_app', 'underscore'],
    ['-app', 'hyphen'],
    ['ap~p', 'special characters'],
    ['a/b', 'URL-friendly'],
    ['@me', 'URL-friendly'],
    ['@me/', 'URL-friendly'],
    ['@/app', 'URL-friendly'],
    ['@me/my/app', 'URL-friendly'],
    ['app\0', 'URL-friendly'],
    ['äpp', 'URL-friendly'],
    ['node_modules', 'node_modules is not a valid package name'],
    ['@me/nul', 'Windows refuses the name "@me/nul"'],
    ['http', 'http is a core module name'],
  ])('says of %j: %s', (name, words) => {
    expect(nameProblem(name)).toContain(words);
  });
});

describe('proposeName', () => {
  it('proposes what npm takes, whatever was given', () => {
    fc.assert(
      fc.property(name, (given) => {
        const proposed = proposeName(given);
        expect({ proposed, problem: nameProblem(proposed) }).toEqual({ proposed, problem: undefined });
        expect({ proposed, npmTakes: npmTakes(proposed) }).toEqual({ proposed, npmTakes: true });
      }),
      MANY,
    );
  });

  it('proposes the same for its own proposal', () => {
    fc.assert(
      fc.property(name, (given) => {
        const proposed = proposeName(given);
        expect(proposeName(proposed)).toBe(proposed);
      }),
      MANY,
    );
  });

  it.each([
    ['My App', 'my-app'],
    ['  Crème Brûlée!  ', 'creme-brulee'],
    ['shop', 'shop'],
    ['-.shop.-', 'shop'],
    ['a//b', 'a-b'],
    ['@Me/My Shop', '@me/my-shop'],
    ['@日本/shop', 'shop'],
    ['日本', 'koa-app'],
    ['', 'koa-app'],
    ['..', 'koa-app'],
    ['node_modules', 'node-modules-app'],
    ['CON', 'con-app'],
    ['http', 'http-app'],
    ['x'.repeat(300), 'x'.repeat(214)],
    [`${'x'.repeat(213)}_y`, 'x'.repeat(213)],
  ])('makes of %j %j', (given, proposed) => {
    expect(proposeName(given)).toBe(proposed);
  });
});
