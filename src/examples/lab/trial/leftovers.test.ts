import { describe, expect, it } from 'vitest';
import { labCookies, removals } from './leftovers.ts';

const PAST = 'Expires=Thu, 01 Jan 1970 00:00:00 GMT';

describe('labCookies', () => {
  it('are those of its own names, whatever else is sent', () => {
    expect(
      labCookies('session-memory=a; lab=1; label=2; __Host-lab-x=3=4; lab=; lab; LAB-y=5; xlab=6; =lab'),
    ).toEqual(['lab=1', '__Host-lab-x=3=4', 'lab=', 'LAB-y=5']);
  });

  it('are read as UTF-8', () => {
    expect(labCookies(Buffer.from('lab=ü').toString('latin1'))).toEqual(['lab=ü']);
  });
});

describe('removals', () => {
  const lines = removals({
    names: ['lab', 'lab', '__Host-lab'],
    paths: ['/lab/deep', '/'],
    host: 'localhost',
  });

  it('remove each name at each path, host-only and not, Secure and not, partitioned and not', () => {
    expect(new Set(lines).size).toBe(lines.length);
    expect(lines).toHaveLength(2 * 5 * 2 * 3);
    for (const line of [
      `lab=; ${PAST}; Path=/`,
      `lab=; ${PAST}; Path=/lab/deep; Domain=localhost`,
      `__Host-lab=; ${PAST}; Path=/; Secure; SameSite=None; Partitioned`,
    ]) {
      expect(lines).toContain(line);
    }
  });

  it('touch nothing else', () => {
    for (const line of lines) expect(line).toMatch(/^(__Host-)?lab=; Expires=[^;]*1970[^;]*; Path=\//);
  });
});
