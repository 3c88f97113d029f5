import { describe, expect, it } from 'vitest';
import { labCookies, removals } from './leftovers.ts';

const PAST = 'Expires=Thu, 01 Jan 1970 00:00:00 GMT';

describe('labCookies', () => {
  it('are those of its own names, whatever else is sent', () => {
    expect(
      labCookies('session-memory=a; lab=1; label=2; __Host-lab-x=3=4; lab=; lab; LAB-y=5; xlab=6; =lab'),
    ).toEqual(['lab=1', '__Host-lab-x=3=4', 'lab=', 'LAB-y=5']);
  });

  it('are read as UTF-8, and blanks are spaces and tabs alone', () => {
    const header = Buffer.from('lab=ü; \tlab=a\u00A0; lab\u00A0=1; \uFEFFlab=1').toString('latin1');
    expect(labCookies(header)).toEqual(['lab=ü', 'lab=a\u00A0']);
  });
});

describe('removals', () => {
  const lines = removals({
    names: ['lab', 'lab', '__Host-lab'],
    host: 'localhost',
  });

  it('remove each name at each path, host-only and not, Secure and not, partitioned and not', () => {
    expect(new Set(lines).size).toBe(lines.length);
    expect(lines).toHaveLength(2 * 4 * 2 * 3);
    for (const line of [
      `lab=; ${PAST}; Path=/`,
      `lab=; ${PAST}; Path=/lab/trial; Domain=localhost`,
      `__Host-lab=; ${PAST}; Path=/; Secure; SameSite=None; Partitioned`,
    ]) {
      expect(lines).toContain(line);
    }
  });

  it('touch nothing else', () => {
    for (const line of lines) expect(line).toMatch(/^(__Host-)?lab=; Expires=[^;]*1970[^;]*; Path=\//);
  });
});
