import { createSecretKey } from 'node:crypto';
import Cookies from 'cookies';
import fc from 'fast-check';
import Keygrip from 'keygrip';
import type { Context } from 'koa';
import { describe, expect, it } from 'vitest';
import { MemoryStore, type SessionOptions } from '../index.ts';
import { bag, setUp } from '../testing/set-up.ts';
import { KeyRing, ringOf, verify } from './keys.ts';

const KEYS = ['newest', 'older', 'oldest'];
const keygrip = new Keygrip(KEYS);
const ring = new KeyRing(KEYS);

it.each([63, 64, 65, 4999, 5000, 5001])('a ring signs %i characters as Keygrip does', (length) => {
  const texts = ['k', 'ü', '€'].map((one) => one.repeat(length));
  for (const key of texts) {
    const [ours, theirs] = [new KeyRing([key]), new Keygrip([key])];
    for (const data of [...texts, 'short', '']) expect(ours.sign(data)).toBe(theirs.sign(data));
  }
});

describe('a signature', () => {
  it('is valid exactly if Keygrip says so', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (data, other) => {
        for (const signer of [ring, keygrip]) {
          expect(verify(signer, data, [keygrip.sign(data)])).toBe('fresh');
          expect(verify(signer, data, [new Keygrip(['older']).sign(data)])).toBe('stale');
          expect(verify(signer, data, [other])).toBe(keygrip.verify(data, other) ? 'stale' : undefined);
        }
      }),
    );
  });

  it.each([
    ['newest', 'fresh'],
    ['older', 'stale'],
    ['oldest', 'stale'],
  ])('of the key %j is %s', (key, age) => {
    expect(verify(keygrip, 'data', [new Keygrip([key]).sign('data')])).toBe(age);
  });

  it.each(['k', 'k'.repeat(1000), 'ü'])('may have a key of any length', (key) => {
    expect(verify(new Keygrip([key]), 'data', [new Keygrip([key]).sign('data')])).toBe('fresh');
  });

  it('of another key, of other data, cut off or longer is not valid', () => {
    const signature = keygrip.sign('data');
    const others = [
      new Keygrip(['foreign']).sign('data'),
      keygrip.sign('date'),
      signature.slice(1),
      `${signature}A`,
      `${signature.slice(0, -1)}${signature.endsWith('A') ? 'B' : 'A'}`,
      '',
      'ü'.repeat(27),
    ];
    for (const other of others) expect(verify(keygrip, 'data', [other])).toBeUndefined();
    expect(verify(keygrip, 'data', others)).toBeUndefined();
  });

  it('is found among wrong ones; one by the newest key counts before one by an older key', () => {
    const [newest, older] = [keygrip.sign('data'), new Keygrip(['older']).sign('data')];
    expect(verify(keygrip, 'data', ['wrong', older])).toBe('stale');
    expect(verify(keygrip, 'data', [older, 'wrong', newest])).toBe('fresh');
  });
});

const MADE_BY = 'crypto.randomBytes(32)';

function save(ctx: Context): void {
  bag(ctx).a = 1;
}

/** A cookie forged with an empty key. */
function forged(): string {
  const pair = `koa.sess=${Buffer.from('{"user":"admin"}').toString('base64')}`;
  return `${pair}; koa.sess.sig=${new Keygrip(['']).sign(pair)}`;
}

const LISTS: [string, unknown][] = [
  ['it is the first of a list', ['', 'key']],
  ['it is the last of a list', 'key,'.split(',')],
  ['it is blank', ['key', ' ']],
  ['its variable is not set', [undefined]],
  ['it is null', ['key', null]],
  ['it has no bytes', [Buffer.alloc(0)]],
  ['all its bytes are zero', [Buffer.alloc(32)]],
  ['it is a string of zeros', ['\0'.repeat(64)]],
  ['it is a key object', [createSecretKey(Buffer.alloc(0))]],
  ['it is an ArrayBuffer', [new ArrayBuffer(0)]],
  ['it is in a Keygrip', new Keygrip(['key', ''])],
  ['it is in a Keygrip of another algorithm', new Keygrip(['key', ''], 'sha256')],
  ['it is in a Keygrip of another encoding', new Keygrip(['key', ''], 'md5', 'hex')],
];

describe.each<[string, SessionOptions]>([
  ['signed', {}],
  ['sealed', { encrypt: true }],
  ['signed, on a store', { store: new MemoryStore() }],
])('an empty key for a cookie that is %s', (_what, options) => {
  it.each(LISTS)('is refused if %s', async (_where, keys) => {
    const { app, request, errors } = setUp(options);
    Object.assign(app, { keys });
    for (const cookie of ['', forged()]) {
      const { status, setCookie } = await request(save, { cookie });
      expect([status, setCookie]).toEqual([500, []]);
      expect(errors.pop()?.message).toMatch(/one of the keys is (empty|undefined|null), so anyone/);
    }
  });

  it('is refused when it is added to the list of the option keys later', async () => {
    const keys = ['key'];
    const { request, errors } = setUp({ ...options, keys });
    await request(save);
    expect(errors).toEqual([]);
    keys.push('');
    for (const cookie of ['', forged()]) {
      expect((await request(save, { cookie })).status).toBe(500);
      expect(errors.pop()?.message).toContain(MADE_BY);
    }
  });
});

describe('a list of keys that changes while the app runs', () => {
  it.each<[string, unknown[], (keys: unknown[]) => void]>([
    ['one of its Buffers is emptied', [Buffer.from('key')], ([key]) => void (key as Buffer).fill(0)],
    ['its last Buffer is emptied', ['key', Buffer.from('key')], ([, key]) => void (key as Buffer).fill(0)],
    ['one of its strings is deleted', ['key', 'older'], (keys) => void Reflect.deleteProperty(keys, 0)],
    ['it gets a hole at its end', ['key'], (keys) => void (keys.length = 2)],
  ])('is refused once %s', async (_what, keys, change) => {
    const { app, request, errors } = setUp();
    Object.assign(app, { keys });
    await request(save);
    expect(errors).toEqual([]);
    change(keys);
    for (const cookie of ['', forged()]) {
      expect((await request(save, { cookie })).status).toBe(500);
      expect(errors.pop()?.message).toContain(MADE_BY);
    }
  });

  it.each<[string, SessionOptions]>([
    ['signs', {}],
    ['seals', { encrypt: true }],
  ])('%s by the keys that it has now', async (_does, options) => {
    const keys = ['key'];
    const { request } = setUp({ ...options, keys });
    await request(save);
    keys.unshift('newer');
    const { result, setCookie } = await request((ctx) => bag(ctx).a);
    expect(result).toBe(1);
    expect(setCookie).not.toEqual([]);
    keys.pop();
    expect((await request((ctx) => bag(ctx).a)).result).toBe(1);
    keys[0] = 'another';
    expect((await request((ctx) => bag(ctx).a)).result).toBeUndefined();
  });
});

describe('an empty key', () => {
  it.each(['', ' ', '\0\0'])('is refused in the option keys at set-up: %j', (key) => {
    expect(() => setUp({ keys: ['key', key] })).toThrow(
      'option keys must be a list of one or more non-empty strings',
    );
  });

  it('is refused if another library sets the cookie', async () => {
    const { app, request, errors } = setUp();
    Object.assign(app, { keys: [''] });
    await request((ctx) => {
      ctx.cookies.set = Cookies.prototype.set.bind(ctx.cookies);
      save(ctx);
    });
    expect(errors.pop()?.message).toContain(MADE_BY);
  });

  it('is refused before a signer or sealer is made', () => {
    for (const keys of [[''], ['key', ''], [' ']]) expect(() => ringOf(keys)).toThrow(MADE_BY);
  });

  it('does not matter if the cookie is neither signed nor sealed', async () => {
    const { app, request, errors } = setUp({ signed: false });
    app.keys = [''];
    await request(save);
    expect(errors).toEqual([]);
  });

  it('is the only key that is refused: strings, bytes and a Keygrip still sign', async () => {
    for (const keys of [['k'], [Buffer.from('k')], new Keygrip(['k']), new Keygrip(['k'], 'sha512')]) {
      const { app, request, errors } = setUp();
      Object.assign(app, { keys });
      await request(save);
      const { result } = await request((ctx) => bag(ctx).a);
      expect([result, errors]).toEqual([1, []]);
    }
  });
});
