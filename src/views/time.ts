import { html, type Html } from './html.ts';

const UNITS: readonly (readonly [name: string, ms: number])[] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
];

/** A moment as `<time>`, e.g. "24 Nov 2025, 07:05:09 UTC": in UTC, like the dates of a `Set-Cookie` line. */
export function utcTime(ms: number): Html {
  const iso = new Date(ms).toISOString();
  return html`<time datetime="${iso}">${utcText(ms)}</time>`;
}

/** A moment as text, e.g. "24 Nov 2025, 07:05:09 UTC". */
export function utcText(ms: number): string {
  const [, day, month, year, time] = new Date(ms).toUTCString().split(' ');
  return `${Number(day)} ${month} ${year}, ${time} UTC`;
}

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
