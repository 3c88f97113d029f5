import { describe, expect, it } from 'vitest';
import { keptAfter } from './prediction.ts';

const ARRIVAL = { url: 'https://shop.test/lab/trial', now: Date.UTC(2026, 10, 24) };

/** Names, values and paths of what is kept. */
function kept(...lines: string[]): string[] {
  return keptAfter(lines, ARRIVAL).map(({ cookie: { name, value, path } }) => `${name}=${value} ${path}`);
}

describe('what a browser has after some lines', () => {
  it('are the cookies that it stored', () => {
    expect(kept('lab=1; Path=/', 'lab-b=2')).toEqual(['lab=1 /', 'lab-b=2 /lab']);
  });

  it('is replaced by a cookie of the same name, domain and path, and by no other', () => {
    expect(kept('lab=1; Path=/', 'lab=2; Path=/')).toEqual(['lab=2 /']);
    expect(kept('lab=1; Path=/', 'lab=2; Path=/lab')).toEqual(['lab=1 /', 'lab=2 /lab']);
    expect(kept('lab=1; Path=/', 'lab=2; Path=/; Domain=shop.test')).toEqual(['lab=1 /', 'lab=2 /']);
    expect(kept('lab=1; Path=/', 'LAB=2; Path=/')).toEqual(['lab=1 /', 'LAB=2 /']);
  });

  it('is deleted in the same way', () => {
    expect(kept('lab=1; Path=/', 'lab=; Path=/; Max-Age=0')).toEqual([]);
    expect(kept('lab=1; Path=/', 'lab=; Path=/lab; Max-Age=0')).toEqual(['lab=1 /']);
  });

  it('is left alone by a line that is dropped', () => {
    expect(kept('__Host-lab=1; Path=/; Secure', '__Host-lab=; Path=/; Max-Age=0')).toEqual([
      '__Host-lab=1 /',
    ]);
    expect(kept('lab=1; SameSite=None; Path=/')).toEqual([]);
  });
});
