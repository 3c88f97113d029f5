import { describe, expect, it } from 'vitest';
import { trialProblem } from './rules.ts';

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
    [`lab-${'x'.repeat(57)}=1`, /name is "lab-x{56}…" \(61 characters\).*at most 60 characters/],
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
    [`lab=${'x'.repeat(5000)}`, /5004 bytes, and 5000/],
    ['lab=1; Max-Age=59', /less than a minute/],
    ['lab=1; Max-Age=3600; Expires=Tue, 24 Nov 2026 00:00:05 GMT', /less than a minute/],
  ])('is not "%s"', (line, reason) => {
    expect(problem(line)).toMatch(reason);
    expect(problem('lab=1', line)).toBeDefined();
  });

  it('is not an empty line, but there need be no cookie before it', () => {
    expect(problem('')).toMatch(/name is ""/);
    expect(problem('lab=1', '')).toBeUndefined();
  });

  it('counts the bytes of both lines together', () => {
    expect(problem('lab=1', `lab=${'é'.repeat(2496)}`)).toMatch(/5001 bytes/);
  });
});
