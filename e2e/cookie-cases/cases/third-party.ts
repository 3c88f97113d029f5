import { type CaseGroup, type CookieCase } from '../cookie-case.ts';

const at = 'https://example.com/frame';

const framed = (title: string, setCookie: string, inFrameOf: string): CookieCase => ({
  title,
  steps: [{ at, lines: [setCookie], inFrameOf }],
  looks: ['https://example.com/'],
  travels: ['sameSite', 'subresource'],
});

// No case clicks on anything there: Firefox takes a click as permission to use cookies across sites.
const other = 'https://example.org/';

export const thirdParty: CaseGroup = {
  title: 'Set in a frame',
  cases: [
    framed(
      'in a frame of the same site, SameSite=Strict',
      '#=v; Path=/; Secure; SameSite=Strict',
      'https://www.example.com/',
    ),
    framed('in a frame of the same site, no SameSite', '#=v; Path=/; Secure', 'https://www.example.com/'),
    framed('in a frame of another site, SameSite=Strict', '#=v; Path=/; Secure; SameSite=Strict', other),
    framed('in a frame of another site, SameSite=Lax', '#=v; Path=/; Secure; SameSite=Lax', other),
    framed('in a frame of another site, no SameSite', '#=v; Path=/; Secure', other),
    framed('in a frame of another site, SameSite=None', '#=v; Path=/; Secure; SameSite=None', other),
    framed(
      'in a frame of another site, Partitioned',
      '#=v; Path=/; Secure; SameSite=None; Partitioned',
      other,
    ),
  ],
};
