import Keygrip from 'keygrip';
import { describe, expect, it } from 'vitest';
import { sealerOf, signerOf } from './key-holders.ts';

const CONTEXT = { name: 'sid', purpose: 'session' } as const;

describe('what is made of a list of keys', () => {
  it('is made once for as long as the list stays as it is', () => {
    const keys = ['a', 'b'];
    expect(sealerOf(keys, CONTEXT)).toBe(sealerOf(keys, CONTEXT));
    expect(signerOf(keys)).toBe(signerOf(keys));
    expect(sealerOf(keys, CONTEXT)).not.toBe(sealerOf(keys, { ...CONTEXT, name: 'other' }));
    expect(sealerOf(keys, CONTEXT)).not.toBe(sealerOf(keys, { ...CONTEXT, purpose: 'id' }));
  });

  it.each<[string, (keys: string[]) => unknown]>([
    ['gets one more', (keys) => keys.unshift('new')],
    ['loses one', (keys) => keys.pop()],
    ['has another one', (keys) => keys.splice(0, 1, 'new')],
  ])('is made anew when the list %s', (_what, change) => {
    const keys = ['a', 'b'];
    const before = { seal: sealerOf(keys, CONTEXT).seal('text'), signature: signerOf(keys).sign('data') };
    change(keys);
    const fresh = [...keys];
    expect(sealerOf(keys, CONTEXT).open(before.seal)).toEqual(sealerOf(fresh, CONTEXT).open(before.seal));
    expect(signerOf(keys).index('data', before.signature)).toBe(
      signerOf(fresh).index('data', before.signature),
    );
    expect(signerOf(keys).sign('data')).toBe(signerOf(fresh).sign('data'));
  });

  it('is no sealer where the keys cannot be read', () => {
    for (const keys of [new Keygrip(['a']), [1], 'a', undefined]) {
      expect(() => sealerOf(keys, CONTEXT)).toThrow(
        /to seal the cookie 'sid' the keys themselves are needed/,
      );
    }
  });
});
