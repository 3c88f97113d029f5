import { type CaseGroup, type CookieCase, line, type Travel } from '../cookie-case.ts';

const ALL: readonly Travel[] = ['sameSite', 'crossSiteGet', 'crossSitePost', 'subresource'];
const at = 'https://example.com/';

const travelling = (title: string, setCookie: string, address = at): CookieCase => ({
  ...line(title, setCookie, { at: address }),
  travels: ALL,
});

export const sameSite: CaseGroup = {
  title: 'SameSite, and where a cookie travels',
  cases: [
    travelling('SameSite=Strict', '#=v; Path=/; Secure; SameSite=Strict'),
    travelling('SameSite=Lax', '#=v; Path=/; Secure; SameSite=Lax'),
    travelling('SameSite=None; Secure', '#=v; Path=/; Secure; SameSite=None'),
    travelling('no SameSite', '#=v; Path=/; Secure'),
    travelling('SameSite=None without Secure', '#=v; Path=/; SameSite=None'),
    travelling('SameSite=Lax on http', '#=v; Path=/; SameSite=Lax', 'http://example.com/'),
    travelling('SameSite=Strict on http', '#=v; Path=/; SameSite=Strict', 'http://example.com/'),
    travelling('no SameSite on http', '#=v; Path=/', 'http://example.com/'),
    travelling('SameSite=None without Secure on http', '#=v; Path=/; SameSite=None', 'http://example.com/'),
    travelling(
      'SameSite=None; Secure on http://localhost',
      '#=v; Path=/; Secure; SameSite=None',
      'http://localhost/',
    ),
    travelling('an unknown SameSite', '#=v; Path=/; Secure; SameSite=Sometimes'),
    travelling('an empty SameSite', '#=v; Path=/; Secure; SameSite='),
    travelling('SameSite in upper case', '#=v; Path=/; Secure; SAMESITE=STRICT'),
    travelling('two SameSites: the last one counts', '#=v; Path=/; Secure; SameSite=Strict; SameSite=Lax'),
    travelling('Partitioned; Secure', '#=v; Path=/; Secure; SameSite=None; Partitioned'),
    travelling('Partitioned without Secure', '#=v; Path=/; SameSite=Lax; Partitioned'),
  ],
};
