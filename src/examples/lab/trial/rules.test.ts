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
    'lab=1; Path="/lab/trial"',
    'lab=1; Path=relative; Max-Age=60',
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
    [`lab-${'x'.repeat(57)}=1`, /at most 60 characters/],
    ['lab=1\r\nSet-Cookie: session-memory=1', /control character/],
    ['lab=1\0', /control character/],
    ['lab=1\t', /control character/],
    ['lab=1; Path=/memory', /path is "\/memory"/],
    ['lab=1; Path=/memory; path=/', /path is "\/memory"/],
    ['lab=1; PATH="/memory"', /path is/],
    ['lab=1; Path=/label', /path is/],
    ['lab=1; Path=/lab/é', /path is/],
    ['lab-é=1', /name is "lab-é"/],
    [`lab=${'x'.repeat(5000)}`, /5004 bytes, and 5000/],
    ['lab=1; Max-Age=59', /less than a minute/],
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
