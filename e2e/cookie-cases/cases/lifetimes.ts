import { type CaseGroup, line, lines } from '../cookie-case.ts';

const DAY = 86_400;
const PAST = 'Thu, 01 Jan 1970 00:00:00 GMT';
const at = 'https://example.com/';
const root = [at];

export const lifetimes: CaseGroup = {
  title: 'Lifetime and deletion',
  cases: [
    line('no lifetime', '#=v; Path=/', { at }),
    line('Max-Age of 30 days', `#=v; Path=/; Max-Age=${30 * DAY}`, { at }),
    line('Max-Age of 500 days', `#=v; Path=/; Max-Age=${500 * DAY}`, { at }),
    line('Max-Age of 20 digits', '#=v; Path=/; Max-Age=99999999999999999999', { at }),
    line('Max-Age=0', '#=v; Path=/; Max-Age=0', { at }),
    line('Max-Age=-1', '#=v; Path=/; Max-Age=-1', { at }),
    line('Max-Age in words', '#=v; Path=/; Max-Age=soon', { at }),
    line('an empty Max-Age', '#=v; Path=/; Max-Age=', { at }),
    line('Max-Age with a fraction', '#=v; Path=/; Max-Age=86400.5', { at }),
    line('Max-Age with a plus', '#=v; Path=/; Max-Age=+86400', { at }),
    line('Max-Age in quotes', '#=v; Path=/; Max-Age="86400"', { at }),
    line('Expires in 30 days', `#=v; Path=/; Expires=<in 30 days>`, { at }),
    line('Expires in 500 days', `#=v; Path=/; Expires=<in 500 days>`, { at }),
    line('Expires in the past', `#=v; Path=/; Expires=${PAST}`, { at }),
    line('Expires is no date', '#=v; Path=/; Expires=tomorrow', { at }),
    line('Expires=0', '#=v; Path=/; Expires=0', { at }),
    line('Expires in the form of ISO 8601', '#=v; Path=/; Expires=2090-01-01T00:00:00Z', { at }),
    line(
      'Expires with hyphens and two digits of the year',
      '#=v; Path=/; Expires=Sunday, 06-Nov-60 08:49:37 GMT',
      { at },
    ),
    line('Expires as C writes it', '#=v; Path=/; Expires=Sun Nov  6 08:49:37 2060', { at }),
    line('Expires with the year 94, which is past', '#=v; Path=/; Expires=Sunday, 06-Nov-94 08:49:37 GMT', {
      at,
    }),
    line('Expires in the year 9999', '#=v; Path=/; Expires=Fri, 31 Dec 9999 23:59:59 GMT', { at }),
    line('Expires on the 31st of February', '#=v; Path=/; Expires=Fri, 31 Feb 2090 00:00:00 GMT', { at }),
    line('Max-Age before a past Expires', `#=v; Path=/; Max-Age=${DAY}; Expires=${PAST}`, { at }),
    line('a past Expires before Max-Age', `#=v; Path=/; Expires=${PAST}; Max-Age=${DAY}`, { at }),
    line('Max-Age=0 before Expires', `#=v; Path=/; Max-Age=0; Expires=<in 30 days>`, { at }),
    lines(
      'deletion',
      [
        [at, '#=v; Path=/'],
        [at, '#=; Path=/; Max-Age=0'],
      ],
      root,
    ),
    lines(
      'deletion with other attributes',
      [
        [at, '#=v; Path=/; Secure; HttpOnly; SameSite=Lax'],
        [at, `#=; Path=/; Expires=${PAST}`],
      ],
      root,
    ),
    lines(
      'deletion with another Path',
      [
        [at, '#=v; Path=/'],
        [at, '#=; Path=/docs; Max-Age=0'],
      ],
      ['https://example.com/docs/x'],
    ),
    lines(
      'deletion without its Domain',
      [
        [at, '#=v; Path=/; Domain=example.com'],
        [at, '#=; Path=/; Max-Age=0'],
      ],
      root,
    ),
    lines(
      'deletion with a Domain that it does not have',
      [
        [at, '#=v; Path=/'],
        [at, '#=; Path=/; Domain=example.com; Max-Age=0'],
      ],
      root,
    ),
    lines(
      'deletion of __Host- without Secure',
      [
        [at, '__Host-#=v; Path=/; Secure'],
        [at, '__Host-#=; Path=/; Max-Age=0'],
      ],
      root,
    ),
    lines(
      'deletion of __Host- with Secure',
      [
        [at, '__Host-#=v; Path=/; Secure'],
        [at, '__Host-#=; Path=/; Secure; Max-Age=0'],
      ],
      root,
    ),
    lines(
      'deletion of SameSite=None without Secure',
      [
        [at, '#=v; Path=/; Secure; SameSite=None'],
        [at, '#=; Path=/; SameSite=None; Max-Age=0'],
      ],
      root,
    ),
  ],
};
