import { describe, expect, it } from 'vitest';
import { labCookies, removals, trialProblem } from './rules.ts';

const PAST = 'Expires=Thu, 01 Jan 1970 00:00:00 GMT';
const ARRIVAL = { url: 'http://localhost:3000/lab/trial', now: Date.UTC(2026, 10, 24) };

function problem(line: string, before = ''): string | undefined {
  return trialProblem(line, before, ARRIVAL);
}

describe('what may be tried', () => {
  it.each([
    'lab=1; Path=/; SameSite=Lax',
    'LAB-a b=ü; SameSite=None',
    '__Host-lab=1',
    '__secure-LAB-x=; Max-Age=0',
    'lab=1; Path=/lab; Domain=example.org; Expires=soon',
    'lab=1; Path=/lab/',
    'lab=1; Path=/lab/trial',
    'lab=1; Path=relative; Max-Age=60',
    'lab=1; Path="/memory"',
    'lab=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
    'lab=1; Expires=Tue, 24 Nov 2026 00:00:05 GMT; Max-Age=60',
    `lab=${'x'.repeat(4094)}; Path=/; SameSite=Lax`,
  ])('is "%s"', (line) => {
    expect(problem(line)).toBeUndefined();
    expect(problem('lab=1', line)).toBeUndefined();
  });

  it.each([
    ['session-memory=1', /name is "session-memory"/],
    ['__Host-session-memory=1', /name is "__Host-session-memory"/],
    ['__Host-__Host-lab=1', /name is/],
    ['label=1', /name is "label"/],
    ['=lab=1', /name is ""/],
    ['lab', /name is ""/],
    ['lab; session-memory=1', /name is ""/],
    ['lab-1, session-memory=1', /name is "lab-1, session-memory"/],
    ['lab\u00A0=1', /name is "lab\u00A0"/],
    ['lab\uFEFF=1', /name is/],
    ['lab-\u3000=1', /name is/],
    [`lab-${'x'.repeat(57)}=1`, /name is "lab-x{56}…" \(61 characters\).*at most 60 ASCII characters/],
    ['lab=1\r\nSet-Cookie: session-memory=1', /control character/],
    ['lab=1\0', /control character/],
    ['lab=1\t', /control character/],
    ['lab=1; Path=/memory', /path is "\/memory"/],
    ['lab=1; Path=/memory; path=/', /path is "\/memory"/],
    ['lab=1; PATH=/label', /path is "\/label".*Try it with "\/", "\/lab", "\/lab\/" or "\/lab\/trial"/],
    ['lab=1; Path=/lab/é', /path is/],
    ['lab=1; Path=/lab/trial/', /path is/],
    ['lab=1; Path=/lab/station', /path is/],
    [`lab=1; Path=/${'x'.repeat(99)}`, /path is "\/x{59}…" \(100 characters\)/],
    ['lab-é=1', /name is "lab-é"/],
    [`lab=${'x'.repeat(5000)}`, /5004 bytes, and a trial takes 5000/],
    ['lab=1; Max-Age=59', /less than a minute/],
    ['lab=1; Max-Age=3600; Expires=Tue, 24 Nov 2026 00:00:05 GMT', /less than a minute/],
  ])('is not "%s"', (line, reason) => {
    expect(problem(line)).toMatch(reason);
    expect(problem('lab=1', line)).toBeDefined();
  });

  it('is not an empty line, but the earlier cookie may be missing', () => {
    expect(problem('')).toMatch(/name is ""/);
    expect(problem('lab=1', '')).toBeUndefined();
  });

  it('counts the bytes of both lines together', () => {
    expect(problem('lab=1', `lab=${'é'.repeat(2496)}`)).toMatch(/5001 bytes/);
  });
});

describe('labCookies', () => {
  it('are those with its own names, whatever else is sent', () => {
    expect(
      labCookies('session-memory=a; lab=1; label=2; __Host-lab-x=3=4; lab=; lab; LAB-y=5; xlab=6; =lab'),
    ).toEqual(['lab=1', '__Host-lab-x=3=4', 'lab=', 'LAB-y=5']);
  });

  it('are read as UTF-8, without spaces and tabs around them', () => {
    const header = Buffer.from('lab=ü; \tlab=a\u00A0; lab\u00A0=1; \uFEFFlab=1').toString('latin1');
    expect(labCookies(header)).toEqual(['lab=ü', 'lab=a\u00A0']);
  });
});

describe('removals', () => {
  const lines = removals(['lab', 'lab', '__Host-lab'], 'localhost');

  it('delete each name at each path, host-only and not, Secure and not, partitioned and not', () => {
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
