import { type CaseGroup, lines, PAGE, type Step } from '../cookie-case.ts';

const at = 'https://example.com/';
const root = [at];
const once = (...setCookie: string[]): Step[] => [{ at, lines: setCookie }];
const answered = (status: number): Step[] => [{ at: PAGE, status, lines: ['#=v; Path=/'] }];

export const overwriting: CaseGroup = {
  title: 'Replacing, and responses of all kinds',
  cases: [
    lines(
      'the same name, domain and path',
      [
        [at, '#=old; Path=/'],
        [at, '#=new; Path=/'],
      ],
      root,
    ),
    { title: 'one name twice in a response', steps: once('#=old; Path=/', '#=new; Path=/'), looks: root },
    {
      title: 'set and deleted in one response',
      steps: once('#=old; Path=/', '#=; Path=/; Max-Age=0'),
      looks: root,
    },
    {
      title: 'deleted and set in one response',
      steps: once('#=; Path=/; Max-Age=0', '#=new; Path=/'),
      looks: root,
    },
    lines(
      'names in other cases are two cookies',
      [
        [at, 'a#=old; Path=/'],
        [at, 'A#=new; Path=/'],
      ],
      root,
    ),
    lines(
      'with and without Domain: two cookies',
      [
        [at, '#=old; Path=/'],
        [at, '#=new; Path=/; Domain=example.com'],
      ],
      root,
    ),
    lines(
      'a dated cookie replaced by one without an end',
      [
        [at, '#=old; Path=/; Max-Age=86400'],
        [at, '#=new; Path=/'],
      ],
      root,
    ),
    lines(
      'HttpOnly replaced by one without',
      [
        [at, '#=old; Path=/; HttpOnly'],
        [at, '#=new; Path=/'],
      ],
      root,
    ),
    { title: 'on a redirect (302)', steps: answered(302), looks: root },
    { title: 'on 401', steps: answered(401), looks: root },
    { title: 'on 404', steps: answered(404), looks: root },
    { title: 'on 500', steps: answered(500), looks: root },
  ],
};
