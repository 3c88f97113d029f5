import { type CaseGroup, line, lines } from '../cookie-case.ts';

export const schemes: CaseGroup = {
  title: 'http, https and localhost',
  cases: [
    line('Secure on https', '#=v; Path=/; Secure', {
      looks: ['https://example.com/', 'http://example.com/'],
    }),
    line('Secure on http', '#=v; Path=/; Secure', { at: 'http://example.com/' }),
    line('Secure on http://localhost', '#=v; Path=/; Secure', { at: 'http://localhost/' }),
    line('Secure on http://127.0.0.1', '#=v; Path=/; Secure', { at: 'http://127.0.0.1/' }),
    line('Secure on https://localhost, then http://localhost', '#=v; Path=/; Secure', {
      at: 'https://localhost/',
      looks: ['https://localhost/', 'http://localhost/'],
    }),
    line('not Secure, from http to https', '#=v; Path=/', {
      at: 'http://example.com/',
      looks: ['https://example.com/'],
    }),
    line('not Secure, from https to http', '#=v; Path=/', { looks: ['http://example.com/'] }),
    lines(
      'http replaces a Secure cookie',
      [
        ['https://example.com/', '#=old; Path=/; Secure'],
        ['http://example.com/', '#=new; Path=/'],
      ],
      ['https://example.com/'],
    ),
    lines(
      'http replaces a Secure cookie of localhost',
      [
        ['https://localhost/', '#=old; Path=/; Secure'],
        ['http://localhost/', '#=new; Path=/'],
      ],
      ['https://localhost/'],
    ),
    lines(
      "http sets a Secure cookie's name on a path below it",
      [
        ['https://example.com/', '#=old; Path=/; Secure'],
        ['http://example.com/', '#=new; Path=/docs'],
      ],
      ['https://example.com/docs/x'],
    ),
    lines(
      "http sets a Secure cookie's name on a path above it",
      [
        ['https://example.com/', '#=old; Path=/docs; Secure'],
        ['http://example.com/', '#=new; Path=/'],
      ],
      ['https://example.com/docs/x'],
    ),
    lines(
      'http deletes a Secure cookie',
      [
        ['https://example.com/', '#=old; Path=/; Secure'],
        ['http://example.com/', '#=; Path=/; Max-Age=0'],
      ],
      ['https://example.com/'],
    ),
    lines(
      "http of a subdomain sets a Secure cookie's name",
      [
        ['https://example.com/', '#=old; Path=/; Secure; Domain=example.com'],
        ['http://www.example.com/', '#=new; Path=/'],
      ],
      ['https://www.example.com/'],
    ),
  ],
};
