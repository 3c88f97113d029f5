import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { table, withTables } from '../scale/markdown.ts';
import type { Name } from './candidates.ts';
import { overheadTable } from './cost-tables.ts';
import { picture } from './picture.ts';
import { ROOT } from './peers.ts';
import type { Recorded } from './record.ts';
import { type SectionName, SECTIONS } from './sections.ts';
import { MARKS, type Verdict } from './verdict.ts';

/** The part of the document that people write, and that a run leaves as it is. */
const GENERATED = '<!-- What follows is written by npm run bench. -->';

/** Those in the table of the README, in its order. */
const IN_README: Name[] = [
  'koa-session, store',
  'ours, store',
  'ours, store, all guards',
  'koa-session, cookie',
  'ours, sealed cookie',
  'ours, signed cookie',
  'express-session',
  '@fastify/session',
  '@fastify/secure-session',
];

/** A file that is made of what is recorded. */
interface Document {
  path: string;
  /** @param text what it is now */
  make: (recorded: Recorded, text: string) => string;
}

export const DOCUMENTS: Document[] = [
  { path: join(ROOT, 'docs', 'bench.md'), make: benchDocument },
  {
    path: join(ROOT, 'docs', 'bench.svg'),
    make: ({ measured: { requests } }) => (requests ? picture(requests) : ''),
  },
  { path: join(ROOT, 'README.md'), make: readme },
];

export function writeDocuments(recorded: Recorded): void {
  for (const { path, make } of DOCUMENTS) writeFileSync(path, make(recorded, readFileSync(path, 'utf8')));
}

function readme({ measured: { requests } }: Recorded, text: string): string {
  return requests ? withTables(text, [overheadTable(requests, IN_README)]) : text;
}

function benchDocument(recorded: Recorded, text: string): string {
  const [written = ''] = text.split(GENERATED);
  return `${written}${GENERATED}\n\n${generated(recorded)}\n`;
}

function generated({ about, measured }: Recorded): string {
  const packages = Object.entries(about.packages).map(([name, version]) => `${name} ${version}`);
  return [
    `Last run on ${about.date}: Node ${about.node}, ${about.machine}, load ${about.load}; ${packages.join(', ')}.`,
    ...(Object.keys(SECTIONS) as SectionName[]).flatMap((name) => {
      const shown = SECTIONS[name].show(measured);
      if (!shown) return [];
      return [`## ${SECTIONS[name].title}`, ...shown.tables, ...goals(shown.verdicts)];
    }),
  ].join('\n\n');
}

function goals(verdicts: readonly Verdict[]): string[] {
  if (verdicts.length === 0) return [];
  const rows = verdicts.map(({ of, value, goal, reached, standing }) => [
    of,
    `≤ ${goal}`,
    value,
    reached === undefined || reached === Infinity ? '' : `≤ ${reached}`,
    MARKS[standing],
  ]);
  return [table(['Goal', 'At most', 'Is', 'Recorded', ''], rows)];
}
