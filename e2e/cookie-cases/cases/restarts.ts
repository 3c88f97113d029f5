import { type CaseGroup, type CookieCase, line } from '../cookie-case.ts';

const at = 'https://example.com/';
const restarted = (title: string, setCookie: string): CookieCase => ({
  ...line(title, setCookie, { at }),
  restarts: true,
});

export const restarts: CaseGroup = {
  title: 'When the browser is closed and started again',
  cases: [
    restarted('a dated cookie, by Max-Age', '#=v; Path=/; Max-Age=86400'),
    restarted('a dated cookie, by Expires', `#=v; Path=/; Expires=<in 1 days>`),
    restarted('a cookie without an end', '#=v; Path=/'),
    restarted(
      'a dated cookie with all attributes',
      '#=v; Path=/; Max-Age=86400; Secure; HttpOnly; SameSite=Lax',
    ),
    restarted('a dated __Host- cookie', '__Host-#=v; Path=/; Max-Age=86400; Secure'),
  ],
};
