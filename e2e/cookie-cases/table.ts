import { table } from '../../scripts/scale/markdown.ts';
import type { Engine } from '../../src/set-cookie/index.ts';
import { GROUPS } from './all-cases.ts';
import { type CookieCase, PAGE, type Step, type Travel } from './cookie-case.ts';
import { markOf } from './mark.ts';
import type { Observation } from './observation.ts';
import { predict } from './predict.ts';
import type { Recorded } from './recorded.ts';

const ENGINES: readonly Engine[] = ['chromium', 'firefox', 'webkitgtk'];
const NAMES = { chromium: 'Chromium', firefox: 'Firefox', webkitgtk: 'WebKitGTK' };
const TRAVELS: Record<Travel, string> = {
  sameSite: 'same site',
  crossSiteGet: 'link',
  crossSitePost: 'form',
  subresource: 'frame',
};

/** docs/browsers.md, of what was recorded. */
export function browsersTable(recorded: Recorded): string {
  const { date, engines, observed } = recorded;
  const cases = GROUPS.flatMap((group) => group.cases);
  const differing = cases.filter((one) => enginesDiffer(one, recorded));
  return `${[
    '# What browsers do with a cookie',
    `Observed on ${date} by \`npm run browsers\`, which writes this page. [The tests](testing.md#what-runs-when)
observe the cases again, and fail if an engine behaves differently.`,
    ENGINES.map(
      (engine) => `- ${NAMES[engine]} ${engines[engine].version}, driven by ${engines[engine].driver}`,
    ).join('\n'),
    HOW_TO_READ,
    `${cases.length} cases. In ${differing.length} of them, marked with ≠, the engines differ.`,
    ...GROUPS.flatMap(({ title, cases: own }) => [
      `## ${title}`,
      table(
        ['Case', 'Response', ...ENGINES.map((engine) => NAMES[engine]), 'RFC 6265bis'],
        own.map((one) =>
          [
            one.title + (differing.includes(one) ? ' ≠' : ''),
            responseOf(one),
            ...cellsOf(one, observed[title]?.[one.title]),
          ].map(escaped),
        ),
      ),
    ]),
  ].join('\n\n')}\n`;
}

const HOW_TO_READ = `A server on this machine sends the lines of the second column, from the address there or else from
\`${PAGE}\`; \`n\` is a name that no other case has. The engine columns show the \`Cookie\`
header of the next request, to the same address unless the case names another; \`—\` means no header. Then follow the
cookie's end, if it has one, and the requests that carried it: from a page of the same site, by a link and by a form
with POST on a page of \`example.net\`, and in a frame of \`example.org\`. The last column is the answer of
\`checkSetCookie\` by RFC 6265bis. Its answers for the three engines must equal what was observed; tests check that.

The third engine is WebKitGTK, not Safari: libsoup keeps its cookies. Chromium is the full browser without a window; its
default settings block cookies of frames on other sites. In Firefox, the heuristics that allow frames to use cookies
after a click are off (\`privacy.antitracking.enableWebcompat\`). A person's own settings may be stricter.`;

/** Whether a reader of the page sees a difference between the three. */
export function enginesDiffer(one: CookieCase, { observed }: Recorded): boolean {
  const cells = cellsOf(one, observed[groupOf(one)]?.[one.title]);
  return new Set(cells.slice(0, ENGINES.length)).size > 1;
}

function cellsOf(one: CookieCase, seen: Record<Engine, Observation> | undefined): string[] {
  if (seen === undefined) throw new Error(`'${one.title}' was not recorded: run npm run browsers`);
  const byRfc = predict(one, markOf(0), 'rfc', Date.now());
  return [...ENGINES.map((engine) => seen[engine]), byRfc].map(cell);
}

function cell({ looks, scripts, held, travels }: Observation): string {
  const sent = looks.map((pairs) => (pairs === '' ? '—' : code(shortened(pairs)))).join(' · ');
  const hidden = scripts === looks.at(-1) ? '' : 'hidden from scripts';
  const ends = [...new Set(held.map((cookie) => cookie.ends))].filter((end) => end !== 'session');
  const travelled = Object.entries(travels).map(
    ([travel, came]) => `${TRAVELS[travel as Travel]} ${came ? '✓' : '✗'}`,
  );
  return [sent, hidden, ...ends, travelled.join(', ')].filter((part) => part !== '').join('<br>');
}

function responseOf({ steps, looks }: CookieCase): string {
  const shown = steps.map(stepText).join('<br>then ');
  const last = steps.at(-1)?.at;
  if (looks.length === 1 && looks[0] === last) return shown;
  return `${shown}<br>looked at from ${looks.map((look) => code(shortened(look))).join(' · ')}`;
}

function stepText({ at, lines, status, inFrameOf }: Step): string {
  const place = [
    at !== PAGE && code(at),
    inFrameOf !== undefined && `in a frame of ${code(inFrameOf)}`,
    status !== undefined && `with ${status}`,
  ].filter((part) => part !== false);
  return `${lines.map((line) => code(shortened(line))).join(' and ')}${place.length > 0 ? `, ${place.join(' ')}` : ''}`;
}

function groupOf(one: CookieCase): string {
  return GROUPS.find(({ cases }) => cases.includes(one))?.title ?? '';
}

/** Control characters and long runs of one letter are named, not shown. */
function shortened(text: string): string {
  return (
    text
      .replaceAll(/(.)\1{30,}/gu, (run, letter: string) => `${letter}×${run.length / letter.length}`)
      // oxlint-disable-next-line no-control-regex -- they are what is to be seen
      .replaceAll(/[\0-\u001F\u007F]/g, (one) => `\\x${one.charCodeAt(0).toString(16).padStart(2, '0')}`)
  );
}

function code(text: string): string {
  return `\`${text.replaceAll('#', 'n')}\``;
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|');
}
