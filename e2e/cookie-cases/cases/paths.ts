import { type CaseGroup, line, lines } from '../cookie-case.ts';

export const paths: CaseGroup = {
  title: 'Path',
  cases: [
    line('below the path, not beside it', '#=v; Path=/docs', {
      looks: [
        'https://example.com/docs',
        'https://example.com/docs/a/b',
        'https://example.com/docsx',
        'https://example.com/',
      ],
    }),
    line('a path with / at its end', '#=v; Path=/docs/', {
      looks: ['https://example.com/docs', 'https://example.com/docs/a'],
    }),
    line('in another case', '#=v; Path=/Docs', { looks: ['https://example.com/docs/a'] }),
    line('not a path of the address', '#=v; Path=/other', {
      looks: ['https://example.com/other/x', 'https://example.com/docs/page'],
    }),
    line('default of an address with / at its end', '#=v', {
      at: 'https://example.com/docs/page/',
      looks: ['https://example.com/docs/page', 'https://example.com/docs/x'],
    }),
    line('default of an address of one segment', '#=v', {
      at: 'https://example.com/docs',
      looks: ['https://example.com/other'],
    }),
    lines(
      'one name on two paths: the longer one first',
      [
        ['https://example.com/', '#=root; Path=/'],
        ['https://example.com/', '#=docs; Path=/docs'],
      ],
      ['https://example.com/docs/x', 'https://example.com/'],
    ),
  ],
};
