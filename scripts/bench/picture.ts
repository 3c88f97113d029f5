import type { Name } from './candidates.ts';
import { type Costs, overheadOf } from './costs.ts';
import type { Estimate } from './estimate.ts';
import { type Kind, KINDS } from './kinds.ts';
import { bareText } from './verdict.ts';

interface Panel {
  title: string;
  /** With the class of their bars. */
  bars: { name: Name; look: 'theirs' | 'ours' | 'other' }[];
}

const PANELS: Panel[] = [
  {
    title: 'Sessions in memory',
    bars: [
      { name: 'koa-session, store', look: 'theirs' },
      { name: '@fastify/session', look: 'other' },
      { name: 'ours, store', look: 'ours' },
    ],
  },
  {
    title: 'Sessions in the cookie',
    bars: [
      { name: 'koa-session, cookie', look: 'theirs' },
      { name: '@fastify/secure-session', look: 'other' },
      { name: 'ours, sealed cookie', look: 'ours' },
    ],
  },
];

const SAID: Record<Kind, string> = {
  none: 'not looked at',
  read: 'read',
  write: 'changed',
  new: 'begun',
};

/** Measures of the drawing, in its units. */
const WIDTH = 760;
const PANEL_WIDTH = 350;
const LABEL = 96;
const VALUE = 40;
const BAR = 14;
const GROUP_GAP = 14;
const TOP = 96;
const GROUP = 3 * (BAR + 2) + GROUP_GAP;
const HEIGHT = TOP + KINDS.length * GROUP + 34;

/** Light unless the reader's scheme is dark. */
const STYLE = `
    text { font: 13px system-ui, sans-serif; fill: #1f2328; }
    .title { font-size: 15px; font-weight: 600; }
    .value, .note { font-size: 12px; fill: #59636e; }
    .page { fill: #ffffff; }
    .axis { stroke: #59636e; }
    .theirs { fill: #b0560c; }
    .other { fill: #8c959f; }
    .ours { fill: #0969da; }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc; }
      .value, .note { fill: #9198a1; }
      .page { fill: #0d1117; }
      .axis { stroke: #9198a1; }
      .theirs { fill: #e3812b; }
      .other { fill: #656c76; }
      .ours { fill: #4493f8; }
    }`;

/** What sessions cost over the bare framework, as bars by kind of request: an SVG of its own. */
export function picture(costs: Costs): string {
  const names = PANELS.flatMap(({ bars }) => bars.map(({ name }) => name));
  const most = Math.max(...names.flatMap((name) => KINDS.map((kind) => overheadOf(costs, name, kind).value)));
  const scale = (PANEL_WIDTH - LABEL - VALUE) / most;
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="title desc">`,
    `  <title id="title">CPU time that sessions cost a request, over the bare framework</title>`,
    `  <desc id="desc">${description(costs)}</desc>`,
    `  <style>${STYLE}\n  </style>`,
    `  <rect class="page" width="${WIDTH}" height="${HEIGHT}" rx="6"/>`,
    `  <text class="title" x="16" y="28">What sessions cost a request: µs of CPU over the bare framework</text>`,
    ...PANELS.flatMap((panel, at) => panelOf(costs, panel, 16 + at * (PANEL_WIDTH + 28), scale)),
    `  <text class="note" x="16" y="${HEIGHT - 14}">Shorter is better. By npm run bench; docs/bench.md says how.</text>`,
    '</svg>',
  ];
  return `${lines.join('\n')}\n`;
}

function panelOf(costs: Costs, { title, bars }: Panel, left: number, scale: number): string[] {
  const zero = left + LABEL;
  return [
    `  <text x="${left}" y="54">${title}</text>`,
    ...legend(bars, left),
    ...KINDS.flatMap((kind, at) => {
      const top = TOP + at * GROUP;
      return [
        `  <text x="${left}" y="${top + GROUP / 2}">${SAID[kind]}</text>`,
        ...bars.map(({ name, look }, nth) =>
          bar(overheadOf(costs, name, kind), look, { x: zero, y: top + nth * (BAR + 2), scale }),
        ),
      ];
    }),
    `  <path class="axis" d="M${zero} ${TOP - 4}V${TOP + KINDS.length * GROUP - GROUP_GAP + 4}"/>`,
  ];
}

function legend(bars: Panel['bars'], left: number): string[] {
  let x = left;
  return bars.map(({ name, look }) => {
    // The panel says where the sessions are.
    const label = name.replace(/, .*/, '');
    const drawn =
      `  <rect class="${look}" x="${x}" y="66" width="10" height="10"/>` +
      `<text class="note" x="${x + 14}" y="75">${label}</text>`;
    x += 32 + label.length * 6.4;
    return drawn;
  });
}

/** What costs less than nothing, within the noise, has no bar. */
function bar(cost: Estimate, look: string, { x, y, scale }: { x: number; y: number; scale: number }): string {
  const width = rounded(Math.max(0, cost.value * scale));
  return (
    `  <rect class="${look}" x="${x}" y="${y}" width="${width}" height="${BAR}"/>` +
    `<text class="value" x="${rounded(x + width + 5)}" y="${y + 11}">${bareText(cost)}</text>`
  );
}

/** The same in words and numbers. */
function description(costs: Costs): string {
  return PANELS.map(({ title, bars }) => {
    const told = bars.map(({ name }) => {
      const values = KINDS.map((kind) => `${SAID[kind]} ${bareText(overheadOf(costs, name, kind))}`);
      return `${name}: ${values.join(', ')}`;
    });
    return `${title}, µs. ${told.join('; ')}.`;
  }).join(' ');
}

function rounded(value: number): number {
  return Number(value.toFixed(1));
}
