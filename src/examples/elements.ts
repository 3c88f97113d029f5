import { html, type Html } from '../views/html.ts';

const UNITS: readonly (readonly [name: string, ms: number])[] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
];

/** A length of time (ms) in its two largest units, rounded to the smaller of them, e.g. "1 day 3 hours". */
export function duration(ms: number): string {
  if (ms < 1000) return ms <= 0 ? '0 seconds' : 'less than a second';
  const largest = UNITS.findIndex(([, size]) => ms >= size);
  const [, step] = UNITS[largest + 1] ?? ['second', 1000];
  let rest = Math.round(ms / step) * step;
  const parts: string[] = [];
  for (const [name, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest %= size;
    if (count > 0) parts.push(`${count} ${name}${count === 1 ? '' : 's'}`);
  }
  return parts.join(' ');
}

/** A line of `<dl class="facts">`. */
export function fact(term: string | Html, description: string | Html, testId?: string): Html {
  return html`<div>
    <dt>${term}</dt>
    <dd ${testId && html`data-testid="${testId}"`}>${description}</dd>
  </div>`;
}

/** For pages that show a session: visit again, or end it. `endRoute` ends the session. */
export function againOrEnd(path: string, again = 'Visit again'): Html {
  return html`<div class="actions">
    <a class="button" href="${path}">${again}</a>
    <form method="post" action="${path}/end">
      <button class="secondary">End this session</button>
    </form>
  </div>`;
}
